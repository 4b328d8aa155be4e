import assert from "node:assert/strict";
import { Double, ObjectId } from "mongodb";
import type { Json } from "../../helpers/test-app.ts";
import { canonical, failsWith, ground } from "./tables.ts";

/** MongoDB manual: "Upsert Behavior", "$setOnInsert", "findAndModify". */
describe("upserts", () => {
  const on = ground();
  const made: [what: string, filter: Json, update: Json, expected: Json | { code: number }][] = [
    [
      "equalities of the query, then the update",
      { _id: "k", "a.b": 1, c: { $gt: 5 } },
      { $set: { d: 1 }, $setOnInsert: { e: 2 } },
      { _id: "k", a: { b: 1 }, d: 1, e: 2 },
    ],
    [
      "$eq and a single $in",
      { _id: 1, a: { $eq: 5 }, b: { $in: [6] }, c: { $in: [1, 2] } },
      { $set: { d: 1 } },
      { _id: 1, a: 5, b: 6, d: 1 },
    ],
    ["$and", { $and: [{ _id: 1 }, { a: 2 }] }, { $set: { b: 3 } }, { _id: 1, a: 2, b: 3 }],
    ["an $or of two says nothing", { _id: 1, $or: [{ a: 1 }, { a: 2 }] }, { $set: { b: 3 } }, { _id: 1, b: 3 }],
    ["$inc and $push begin with nothing", { _id: 1 }, { $inc: { n: 2 }, $push: { l: "x" } }, { _id: 1, l: ["x"], n: 2 }],
    [
      "numbers keep their type",
      { _id: 1, a: new Double(5) },
      { $set: { b: new Double(1) } },
      { _id: 1, a: new Double(5), b: new Double(1) },
    ],
    ["_id by $setOnInsert", { a: 1 }, { $setOnInsert: { _id: "made" } }, { _id: "made", a: 1 }],
    ["a replacement takes the _id of the query", { _id: 9, a: 1 }, { b: 2 }, { _id: 9, b: 2 }],
    ["a query that says two things of a path", { _id: 1, $and: [{ a: 1 }, { a: 2 }] }, { $set: { b: 1 } }, { code: 54 }],
    ["another _id than the query's", { _id: 1 }, { $set: { _id: 2 } }, { code: 66 }],
    ["$ has nothing to stand for", { a: 1 }, { $set: { "a.$": 1 } }, { code: 2 }],
  ];
  for (const [what, filter, update, expected] of made) {
    it(what, async () => {
      const c = await on.collection();
      const run = () =>
        Object.keys(update)[0]?.startsWith("$")
          ? c.updateOne(filter, update, { upsert: true })
          : c.replaceOne(filter, update, { upsert: true });
      if (typeof expected.code === "number") {
        await failsWith(expected.code, run());
        assert.equal(await c.countDocuments(), 0);
        return;
      }
      const result = await run();
      assert.deepEqual([result.matchedCount, result.upsertedCount, result.upsertedId], [0, 1, expected._id]);
      const stored = (await on.typed.collection(c.collectionName).findOne()) as Json;
      // Which of the update's fields comes first is not promised.
      assert.equal(canonical(sorted(stored)), canonical(sorted(expected)));
    });
  }

  function sorted(doc: Json): Json {
    return Object.fromEntries(Object.entries(doc).sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  it("make an _id where there is none, and find it the next time", async () => {
    const c = await on.collection();
    const first = await c.updateOne({ k: 1 }, { $set: { n: 1 } }, { upsert: true });
    assert.ok(first.upsertedId instanceof ObjectId);
    const second = await c.updateOne({ k: 1 }, { $set: { n: 2 }, $setOnInsert: { n2: 1 } }, { upsert: true });
    assert.deepEqual([second.matchedCount, second.upsertedCount], [1, 0]);
    assert.deepEqual(await c.find({}, { projection: { _id: 0 } }).toArray(), [{ k: 1, n: 2 }]);
  });

  it("of many at once make one, where an index keeps them apart", async () => {
    const c = await on.collection();
    await c.createIndex({ k: 1 }, { unique: true });
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => c.updateOne({ k: 1 }, { $inc: { n: 1 } }, { upsert: true })));
    const done = results.filter(({ status }) => status === "fulfilled").length;
    assert.deepEqual(await c.find({}, { projection: { _id: 0 } }).toArray(), [{ k: 1, n: done }]);
  });
});
