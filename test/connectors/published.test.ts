import assert from "node:assert/strict";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connectorApp } from "../../connectors/connector-app.ts";
import { generateConnectors } from "../../connectors/generate-connectors.ts";
import { lintConnectors } from "../../connectors/lint/lint-connectors.ts";
import { lockCommand } from "../../connectors/lock-command.ts";
import { drift, publishedOf, readPublished } from "../../connectors/published.ts";
import { generateZapier } from "../../connectors/zapier/generate-zapier.ts";
import { loadCatalogue, type Product } from "../../schemas/load-catalogue.ts";
import { schemasFolder } from "../../server/config.ts";
import { temporaryFolder } from "../helpers/store.ts";
import type { Json } from "../helpers/test-app.ts";

describe("the drift guard", () => {
  const root = temporaryFolder();
  const folder = join(root, "tesoro-two");
  const change = (file: string, edit: (content: Json) => void): void => {
    const path = join(folder, file);
    const content = JSON.parse(readFileSync(path, "utf8"));
    edit(content);
    writeFileSync(path, JSON.stringify(content));
  };
  /** A product of its own, as it was when it was published. */
  beforeEach(() => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    for (const part of ["objects", "product.json"]) cpSync(join(schemasFolder, "tesoro", part), join(folder, part), { recursive: true });
    for (const type of ["deal.won", "deal.status_changed", "lead.updated"])
      cpSync(join(schemasFolder, "tesoro", "events", `${type}.json`), join(folder, "events", `${type}.json`));
    change("product.json", (product) => {
      product.id = "tesoro-two";
    });
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  const load = (): Product => loadCatalogue(root).get("tesoro-two") as Product;
  const app = () => connectorApp(load(), "https://hooks.example.com");

  function found(edit: () => void): string[] {
    const published = publishedOf(app());
    edit();
    return drift(published, app()).map(({ rule, message }) => `${rule} ${message}`);
  }

  it("finds nothing where nothing changed, nor where something came in addition", () => {
    assert.deepEqual(
      found(() => {}),
      [],
    );
    const added = found(() => {
      change("objects/deal.json", ({ properties }) => {
        properties.close_reason = { title: "Close reason", description: "Why.", type: ["string", "null"], default: null };
        properties.status.enum.push("on_hold");
      });
      cpSync(join(schemasFolder, "tesoro", "events", "deal.lost.json"), join(folder, "events", "deal.lost.json"));
    });
    assert.deepEqual(added, []);
  });

  it("C001: an event type that is gone", () => {
    assert.deepEqual(
      found(() => rmSync(join(folder, "events", "deal.won.json"))),
      ["C001 the event type deal.won is gone"],
    );
  });

  it("an event type that is deprecated passes, and its trigger stays, hidden", async () => {
    const nothing = found(() =>
      change("events/deal.won.json", (schema) => {
        schema.deprecated = true;
      }),
    );
    assert.deepEqual(nothing, []);
    const deprecated = app();
    const files = await generateZapier(deprecated);
    assert.match(String(files.get("triggers/deal_won.js")), /hidden: true/);
    assert.doesNotMatch(String(files.get("triggers/lead_updated.js")), /hidden: true/);
    // Where a platform has no way to hide a trigger, its name says so; what is there is as good as before.
    const out = join(root, "apps");
    await generateConnectors(load(), { server: "https://hooks.example.com", out });
    assert.deepEqual(lintConnectors(deprecated, out), []);
    const said: Record<string, RegExp> = {
      "make-tesoro-two/makecomapp.json": /"Watch deals won \(deprecated\)"/,
      "n8n-tesoro-two/nodes/TesoroTwo/events.ts": /'Deal Won \(Deprecated\)'/,
      "activepieces-tesoro-two/src/lib/triggers/deal-won.ts": /'Deal Won \(Deprecated\)'/,
      "pipedream-tesoro-two/sources/deal-won-instant/deal-won-instant.mjs": /"New Deal Won \(Deprecated\) \(Instant\)"/,
      "power-automate-tesoro-two/apiDefinition.swagger.json": /"deprecated": true/,
    };
    for (const [file, pattern] of Object.entries(said)) assert.match(readFileSync(join(out, file), "utf8"), pattern);
    rmSync(out, { recursive: true });
  });

  it("C002: a filter that is gone, or asks something else", () => {
    const gone = found(() =>
      change("objects/stage_link.json", ({ properties, required }) => {
        properties.title = properties.name;
        delete properties.name;
        required[required.indexOf("name")] = "title";
        for (const type of ["deal.won", "deal.status_changed"])
          change(`events/${type}.json`, ({ examples }) => {
            for (const { data, previous_data } of examples)
              for (const stage of [data.stage, previous_data.stage]) {
                if (!stage) continue;
                stage.title = stage.name;
                delete stage.name;
              }
          });
      }),
    );
    assert.ok(gone.includes("C002 the filter stage is gone"), gone.join("\n"));
    assert.ok(gone.includes("C003 the field data.stage.name is gone"));
  });

  it("C003: a field that is gone or of another type, a value that an enumeration lost", () => {
    const lost = found(() =>
      change("objects/lead.json", ({ properties, required }) => {
        delete properties.phone;
        required.splice(required.indexOf("phone"), 1);
        properties.budget.type = ["string", "null"];
        delete properties.budget.minimum;
        properties.status.enum = properties.status.enum.filter((value: string) => value !== "contacted");
        change("events/lead.updated.json", (schema) => {
          delete schema.properties.previous_data.properties.phone;
          schema.examples.forEach(({ data, previous_data }: Json) => {
            delete data.phone;
            delete previous_data?.phone;
            data.budget = data.budget === null ? null : String(data.budget);
            if (previous_data?.budget) previous_data.budget = String(previous_data.budget);
            data.status = "new";
          });
        });
      }),
    );
    for (const expected of [
      "C003 the field data.phone is gone",
      "C003 the field data.budget was number and is string",
      'C003 the field data.status no longer has "contacted"',
      "C002 the filter minimum_budget is gone",
    ])
      assert.ok(lost.includes(expected), lost.join("\n"));
  });

  it("both products are as they were published", () => {
    for (const product of loadCatalogue(schemasFolder).values()) {
      const published = readPublished(join(schemasFolder, product.id));
      assert.ok(published, `${product.id} has no lock file`);
      assert.deepEqual(drift(published, connectorApp(product, "https://hooks.example.com")), []);
    }
  });

  it("connectors:lock won't write over what would break, and says what to do", () => {
    const lock = (...more: string[]): string => lockCommand(["--schemas", root, "--product", "tesoro-two", ...more]);
    assert.match(lock(), /3 event types, first lock/);
    assert.match(lock(), /nothing new/);
    rmSync(join(folder, "events", "deal.won.json"));
    assert.throws(
      () => lock(),
      /C001 events\/deal\.won\.json: the event type deal\.won is gone\n {4}Put it back and mark it "deprecated": true instead[\s\S]*Nothing was written/,
    );
    assert.ok(readPublished(folder)?.events["deal.won"]);
    lock("--breaking");
    assert.equal(readPublished(folder)?.events["deal.won"], undefined);
  });
});
