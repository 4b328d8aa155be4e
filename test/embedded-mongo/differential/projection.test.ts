import assert from "node:assert/strict";
import { Double } from "mongodb";
import type { Json } from "../../helpers/test-app.ts";
import { canonical, failsWith, ground } from "./tables.ts";

/** MongoDB manual: "Projection", "$slice (projection)", "$elemMatch (projection)", "$ (projection)". */
describe("projections", () => {
  const on = ground();
  const doc = {
    _id: 1,
    a: { b: 1, c: new Double(2), d: [1, 2] },
    t: ["v", "w", "x", "y", "z"],
    items: [
      { q: 5, w: "A" },
      { q: 15, w: "B" },
    ],
    n: new Double(7),
  };
  const rows: [what: string, projection: Json, expected: Json | { code: number }, filter?: Json][] = [
    ["some fields, in the document's order, with _id", { n: 1, a: true }, { _id: 1, a: doc.a, n: doc.n }],
    ["a path", { "a.c": 1 }, { _id: 1, a: { c: new Double(2) } }],
    ["a path as a document", { a: { c: 1 } }, { _id: 1, a: { c: new Double(2) } }],
    ["a path through an array", { "items.q": 1 }, { _id: 1, items: [{ q: 5 }, { q: 15 }] }],
    ["without _id", { n: 1, _id: 0 }, { n: doc.n }],
    ["_id alone", { _id: 1 }, { _id: 1 }],
    ["all but some", { a: 0, t: 0, "items.w": 0 }, { _id: 1, items: [{ q: 5 }, { q: 15 }], n: doc.n }],
    ["all but _id and a path", { _id: 0, "a.d": 0, t: 0, items: 0 }, { a: { b: 1, c: new Double(2) }, n: doc.n }],
    ["nothing is everything", {}, doc],
    ["a field that isn't there", { nowhere: 1 }, { _id: 1 }],
    ["$slice shows the rest too", { t: { $slice: 2 }, a: 0, items: 0 }, { _id: 1, t: ["v", "w"], n: doc.n }],
    ["$slice from the end", { t: { $slice: -2 }, n: 1 }, { _id: 1, t: ["y", "z"], n: doc.n }],
    ["$slice with a skip", { t: { $slice: [1, 2] }, _id: 1, n: 1 }, { _id: 1, t: ["w", "x"], n: doc.n }],
    ["$slice with a skip from the end", { t: { $slice: [-3, 2] }, n: 1 }, { _id: 1, t: ["x", "y"], n: doc.n }],
    ["$elemMatch shows the first", { items: { $elemMatch: { q: { $gt: 4 } } } }, { _id: 1, items: [{ q: 5, w: "A" }] }],
    ["$elemMatch that none meets", { items: { $elemMatch: { q: 99 } } }, { _id: 1 }],
    ["$ shows what the query met", { "items.$": 1 }, { _id: 1, items: [{ q: 15, w: "B" }] }, { "items.q": { $gt: 10 } }],
    ["some in, some out", { a: 1, t: 0 }, { code: 31254 }],
    ["some out, some in", { a: 0, t: 1 }, { code: 31253 }],
    ["a path and one below", { a: 1, "a.b": 1 }, { code: 31249 }],
  ];
  for (const [what, projection, expected, filter = {}] of rows) {
    it(what, async () => {
      const c = await on.collection([doc]);
      const typed = on.typed.collection<Json>(c.collectionName);
      const find = () => typed.find(filter, { projection }).toArray();
      if (typeof expected.code === "number") return failsWith(expected.code, find());
      assert.equal(canonical(await find()), canonical([expected]));
    });
  }
});
