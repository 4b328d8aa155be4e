import assert from "node:assert/strict";
import { loadCatalogue } from "../../schemas/load-catalogue.ts";
import { schemasFolder } from "../../server/config.ts";
import { filterFields, filterOf, rowsOf } from "../../server/dashboard/webhooks/filter-rows.ts";
import { type Filter, parseFilter } from "../../server/hooks/filter.ts";

const catalogue = loadCatalogue(schemasFolder);
const typesOf = (product: string, ...names: string[]) => names.flatMap((name) => catalogue.get(product)?.eventTypes.get(name) ?? []);

describe("the rows of the filter builder", () => {
  const won = typesOf("tonic-desk", "deal.won");

  for (const filter of [
    null,
    { "data.amount": { gte: 1000, lt: 5000 } },
    { "data.currency": { eq: "EUR" }, "data.owner.id": { in: [7, 8] } },
    { "data.lost_at": { exists: false }, "data.source": { exists: true } },
    { "data.tags": { in: ["a, b", "c"] }, "data.name": { ne: "Test" } },
  ] as (Filter | null)[]) {
    it(`writes ${JSON.stringify(filter)} back as it was`, () => {
      const rows = rowsOf(filter);
      assert.ok(rows);
      const back = filterOf(rows, won);
      assert.deepEqual(back, { filter, problems: [] });
      assert.deepEqual(parseFilter(back.filter, won), filter);
    });
  }

  it("takes the short forms: a value means is, a list means one of", () => {
    assert.deepEqual(rowsOf({ "data.currency": "EUR", "data.owner.id": [7, 8], "data.lost_at": null }), [
      { path: "data.currency", operator: "eq", value: "EUR" },
      { path: "data.owner.id", operator: "in", value: "7\n8" },
      { path: "data.lost_at", operator: "empty", value: "" },
    ]);
  });

  it("has no rows for what it could not write back", () => {
    assert.equal(rowsOf({ "data.name": { in: ["a", null] } }), undefined);
    assert.equal(rowsOf({ "data.name": { eq: "two\nlines" } }), undefined);
  });

  it("names the row that is wrong, and keeps texts that are no numbers for the filter's own check", () => {
    const { filter, problems } = filterOf(
      [
        { path: "data.amount", operator: "gte", value: "" },
        { path: "", operator: "eq", value: "ignored" },
        { path: "data.amount", operator: "lt", value: "a lot" },
        { path: "data.amount", operator: "lt", value: "5" },
      ],
      won,
    );
    assert.deepEqual(
      problems.map(({ field }) => field),
      ["condition-0", "condition-3"],
    );
    assert.throws(() => parseFilter(filter, won), /must be number/);
  });

  it("offers only fields that every chosen event has, and what changed where there is such a thing", () => {
    const both = filterFields(typesOf("tonic-desk", "deal.won", "contact.created")).map(({ path }) => path);
    assert.ok(both.includes("data.id") && !both.includes("data.amount"));
    assert.ok(filterFields(typesOf("tesoro", "deal.status_changed")).some(({ path }) => path === "previous_data"));
    assert.deepEqual(filterFields([]), []);
  });
});
