import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { connectorApp, type Trigger } from "../../connectors/connector-app.ts";
import { connectorsCommand } from "../../connectors/connectors.ts";
import { generators } from "../../connectors/generators.ts";
import { sentenceCase, snakeCase, titleCase, watchedThing } from "../../connectors/names.ts";
import type { Files } from "../../connectors/source.ts";
import { loadCatalogue, type Product } from "../../schemas/load-catalogue.ts";
import { schemasFolder } from "../../server/config.ts";
import { temporaryFolder } from "../helpers/store.ts";

const fixtures = fileURLToPath(new URL("../../../test/fixtures/products", import.meta.url));
const command = fileURLToPath(new URL("../../connectors/command.js", import.meta.url));
const catalogue = loadCatalogue(schemasFolder, fixtures);

function triggersOf(product: string): Map<string, Trigger> {
  const found = catalogue.get(product);
  assert.ok(found);
  return new Map(connectorApp(found, "https://hooks.example.com").triggers.map((trigger) => [trigger.type, trigger]));
}

describe("connector apps", () => {
  it("the same catalogue gives the same bytes", async () => {
    const digest = (files: Files): string => {
      const hash = createHash("sha256");
      for (const [path, content] of files) hash.update(path).update("\0").update(content).update("\0");
      return hash.digest("hex");
    };
    const load = (id: string): Product => loadCatalogue(schemasFolder, fixtures).get(id) as Product;
    const [first, second, other] = [load("tonic-desk"), load("tonic-desk"), load("larder")];
    for (const [platform, generate] of Object.entries(generators)) {
      const once = digest(await generate(connectorApp(first, "https://hooks.example.com")));
      assert.equal(digest(await generate(connectorApp(second, "https://hooks.example.com"))), once, platform);
      assert.notEqual(digest(await generate(connectorApp(other, "https://hooks.example.com"))), once, platform);
    }
  }).timeout(60_000);

  it("npm run connectors writes a folder for each platform and product, six for a product made of JSON alone", () => {
    const out = temporaryFolder();
    try {
      const args = [
        command,
        "generate",
        "--schemas",
        fixtures,
        "--product",
        "larder",
        "--server",
        "https://hooks.larder.example",
        "--out",
        out,
      ];
      const printed = execFileSync(process.execPath, args, { encoding: "utf8" });
      assert.match(printed, /Larder: 1 triggers, server https:\/\/hooks\.larder\.example/);
      const folders = readdirSync(out).sort();
      assert.deepEqual(
        folders,
        Object.keys(generators)
          .map((platform) => `${platform}-larder`)
          .sort(),
      );
      for (const folder of folders) {
        const files = readdirSync(join(out, folder), { recursive: true }) as string[];
        for (const file of ["README.md", "SUBMISSION.md", "listing.json"]) assert.ok(files.includes(file), `${folder} lacks ${file}`);
        assert.ok(
          files.some((file) => /\.(png|svg)$/.test(file)),
          `${folder} has no icon`,
        );
        for (const file of files.filter((path) => /\.(js|mjs|ts|json|md|yml)$/.test(path)))
          assert.doesNotMatch(readFileSync(join(out, folder, file), "utf8"), /__[A-Z_]+__|undefined\b.*undefined/, `${folder}/${file}`);
      }
    } finally {
      rmSync(out, { recursive: true, force: true });
    }
  });

  it("says what is wrong with its flags", async () => {
    const refused = (args: string[], message: RegExp) => assert.rejects(connectorsCommand(args), message);
    await refused(["--product", "tesorro"], /There is no product "tesorro"; known are tesoro, tonic-desk/);
    await refused(["--platform", "zappier", "--product", "tonic-desk"], /There is no generator for "zappier"; known are zapier, make/);
    await refused(["--server", "hooks.example.com"], /--server must be a URL like https:/);
  });

  it("a trigger's inputs follow from its schema: where from and where to, links, values, least amount, changed field", () => {
    const tesoro = triggersOf("tesoro");
    const inputs = (type: string, triggers = tesoro): string[] =>
      triggers.get(type)?.filters.map(({ key, operator, path, choices }) => `${key} ${operator} ${path} ${choices?.kind ?? "free"}`) ?? [];
    assert.deepEqual(inputs("deal.status_changed"), [
      "from_status eq previous_data.status listed",
      "to_status eq data.status listed",
      "pipeline eq data.pipeline.id seen",
      "stage eq data.stage.id seen",
      "owner eq data.owner.id seen",
      "minimum_amount gte data.amount free",
    ]);
    assert.ok(inputs("lead.updated").includes("changed_field has previous_data listed"));
    assert.ok(!inputs("deal.won").some((input) => input.startsWith("status")), "that a deal was won says its status");
    assert.ok(!inputs("meeting.created").some((input) => input.startsWith("contact")), "contacts are too many for a dropdown");
    assert.deepEqual(inputs("deal.stage_changed", triggersOf("tonic-desk")).slice(0, 3), [
      "from_stage eq data.previous_stage_id seen",
      "to_stage eq data.stage_id seen",
      "pipeline eq data.pipeline_id seen",
    ]);
    assert.deepEqual(inputs("item.low", triggersOf("larder")), []);
  });

  it("a static sample has nothing that a live body may lack", () => {
    const { sample } = triggersOf("tesoro").get("deal.status_changed") as Trigger;
    assert.deepEqual(Object.keys(sample.previous_data as object), ["status"]);
    assert.deepEqual(sample.data.custom_fields, {});
  });

  it("names come out in each platform's case", () => {
    assert.equal(titleCase("Date of birth"), "Date of Birth");
    assert.equal(titleCase("Deal ID"), "Deal ID");
    assert.equal(sentenceCase("Deal Status Changed"), "Deal status changed");
    assert.equal(sentenceCase("Record URL"), "Record URL");
    assert.equal(snakeCase("deal.status_changed"), "deal_status_changed");
    assert.deepEqual(["Deal Won", "Property Sold", "Deal Stage Changed", "Contact Portal User Created"].map(watchedThing), [
      "deals won",
      "properties sold",
      "deal stage changes",
      "contact portal users created",
    ]);
  });
});
