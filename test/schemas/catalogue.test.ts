import assert from "node:assert/strict";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadCatalogue } from "../../schemas/load-catalogue.ts";
import { schemasFolder } from "../../server/config.ts";
import { temporaryFolder } from "../helpers/store.ts";
import type { Json } from "../helpers/test-app.ts";

const tonicDesk = [
  "activity.created",
  "company.created",
  "company.deleted",
  "company.updated",
  "contact.created",
  "contact.deleted",
  "contact.updated",
  "deal.created",
  "deal.lost",
  "deal.stage_changed",
  "deal.updated",
  "deal.won",
  "task.completed",
  "task.created",
];
const tesoro = [
  "activity.note_created",
  "activity.task_completed",
  "activity.task_created",
  "contact.created",
  "contact.deleted",
  "contact.portal_user_created",
  "contact.updated",
  "deal.created",
  "deal.deleted",
  "deal.lost",
  "deal.status_changed",
  "deal.won",
  "lead.converted",
  "lead.created",
  "lead.deleted",
  "lead.status_changed",
  "lead.updated",
  "meeting.completed",
  "meeting.created",
  "meeting.status_changed",
  "property.created",
  "property.deleted",
  "property.rented",
  "property.sold",
  "property.status_changed",
];

describe("the catalogue", () => {
  const catalogue = loadCatalogue(schemasFolder);
  const typeOf = (product: string, type: string) => {
    const found = catalogue.get(product)?.eventTypes.get(type);
    assert.ok(found, `${product} has ${type}`);
    return found;
  };

  it("has every event type of both products", () => {
    assert.deepEqual([...(catalogue.get("tonic-desk")?.eventTypes.keys() ?? [])], tonicDesk);
    assert.deepEqual([...(catalogue.get("tesoro")?.eventTypes.keys() ?? [])], tesoro);
  });

  it("has at least two examples of each event type, valid and complete as they stand", () => {
    for (const product of catalogue.values()) {
      for (const { type, examples, validate } of product.eventTypes.values()) {
        assert.ok(examples.length >= 2, `${product.id} ${type}`);
        for (const example of examples) {
          const copy = structuredClone(example);
          assert.deepEqual(validate(copy), [], `${product.id} ${type}`);
          // Nothing was filled in, so the example shows every key that a receiver will ever see.
          assert.deepEqual(copy, example, `${product.id} ${type}`);
        }
      }
    }
  });

  it("labels and describes every field", () => {
    for (const { eventTypes } of catalogue.values()) {
      for (const { type, label, description, fields } of eventTypes.values()) {
        assert.match(description, /^Triggers when .+\.$/, type);
        assert.ok(label.length >= 2, type);
        for (const field of fields.values()) assert.ok(field.title && field.description, `${type} ${field.path}`);
      }
    }
  });

  it("accepts the sample of Tonic Desk's documentation and fills in the keys it leaves out", () => {
    const body = {
      id: "evt_1",
      event: "deal.stage_changed",
      timestamp: "2026-04-05T14:30:00Z",
      data: {
        id: 42,
        name: "Acme Enterprise License",
        amount: 25000,
        stage: "Negotiation",
        previous_stage: "Proposal",
        pipeline: "Sales Pipeline",
      },
    };
    const { validate, examples } = typeOf("tonic-desk", "deal.stage_changed");
    assert.deepEqual(validate(body), []);
    assert.deepEqual(Object.keys(body.data).sort(), Object.keys(examples[0]?.data ?? {}).sort());
    assert.equal((body.data as Record<string, unknown>).owner, null);
  });

  it("refuses a field that the schema doesn't know and a value of the wrong type", () => {
    const { validate, examples } = typeOf("tonic-desk", "deal.won");
    const [example] = examples;
    const unknown = validate({ ...example, data: { ...example?.data, amout: 1 } });
    assert.equal(unknown[0]?.params.unevaluatedProperty, "amout");
    const wrong = validate({ ...example, data: { ...example?.data, amount: "a lot" } });
    assert.equal(wrong[0]?.instancePath, "/data/amount");
  });

  it("puts company_id and previous_data into Tesoro's bodies and neither into Tonic Desk's", () => {
    const tesoroFields = typeOf("tesoro", "deal.status_changed").fields;
    assert.ok(tesoroFields.has("company_id") && tesoroFields.has("previous_data.status"));
    const tonicFields = typeOf("tonic-desk", "deal.stage_changed").fields;
    assert.ok(!tonicFields.has("company_id") && !tonicFields.has("previous_data") && tonicFields.has("data.previous_stage"));
  });

  it("carries the delivery rules of both products", () => {
    assert.deepEqual(catalogue.get("tonic-desk")?.delivery, {
      success: ["2xx"],
      timeout_seconds: 10,
      retry_delays_seconds: [15, 60, 240],
      disable_after_days: 5,
    });
    assert.deepEqual(catalogue.get("tesoro")?.delivery, {
      success: ["200"],
      timeout_seconds: 5,
      retry_delays_seconds: [60, 300, 1800, 7200],
      disable_after_days: 5,
    });
  });

  describe("with mistakes", () => {
    let folder: string;
    beforeEach(() => {
      folder = temporaryFolder();
      cpSync(join(schemasFolder, "tonic-desk"), join(folder, "tonic-desk"), { recursive: true });
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    function change(file: string, edit: (content: Json) => void): string {
      const path = join(folder, "tonic-desk", file);
      const content = JSON.parse(readFileSync(path, "utf8"));
      edit(content);
      writeFileSync(path, JSON.stringify(content));
      return path;
    }

    const fails = (...parts: (string | RegExp)[]) =>
      assert.throws(
        () => loadCatalogue(folder),
        (error: Error) => parts.every((part) => (typeof part === "string" ? error.message.includes(part) : part.test(error.message))),
      );

    it("names the file and the place of an example that breaks its schema", () => {
      const path = change("events/deal.won.json", (schema: Json) => {
        schema.examples[1].data.amount = "a lot";
      });
      fails(path, "/examples/1/data/amount", "must be number");
    });

    it("names a reference to a file that isn't there", () => {
      change("events/deal.won.json", (schema: Json) => {
        schema.properties.data = { $ref: "../objects/dael.json" };
      });
      fails("dael.json", "missing");
    });

    it("names a keyword that JSON Schema doesn't have, broken JSON, and a bad rule, all at once", () => {
      const schema = change("events/deal.won.json", (content: Json) => Object.assign(content, { propertys: {} }));
      const rules = change("product.json", (content: Json) => Object.assign(content.delivery, { timeout_seconds: "ten" }));
      fails(rules, "/delivery/timeout_seconds");
      change("product.json", (content: Json) => Object.assign(content.delivery, { timeout_seconds: 10 }));
      const broken = join(folder, "tonic-desk", "events", "deal.lost.json");
      writeFileSync(broken, "{");
      fails("2 mistake(s)", schema, "propertys", broken, "not valid JSON");
    });

    it("names a field without a title", () => {
      const path = change("objects/deal.json", (content: Json) => {
        delete content.properties.amount.title;
      });
      assert.ok(path);
      fails("deal.won.json", "/properties/data/properties/amount", "title");
    });

    it("says so when two folders have the same product", () => {
      const second = temporaryFolder();
      mkdirSync(second, { recursive: true });
      cpSync(join(schemasFolder, "tonic-desk"), join(second, "tonic-desk"), { recursive: true });
      assert.throws(() => loadCatalogue(folder, second), /another folder's product/);
      rmSync(second, { recursive: true });
    });
  });
});
