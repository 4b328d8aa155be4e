import assert from "node:assert/strict";
import { Decimal128, Double, Long } from "mongodb";
import type { Json } from "../../helpers/test-app.ts";
import { failsWith, ground } from "./tables.ts";

/** MongoDB manual: "find", "getMore", "killCursors", "count", "distinct", "aggregate". */
describe("reads", () => {
  const on = ground();
  const numbered = (count: number) => Array.from({ length: count }, (_, i) => ({ _id: i, g: i % 5, r: (i * 7919) % count }));

  it("skip and limit, in the order of an index and in one that is made", async () => {
    const c = await on.collection(numbered(300));
    const ids = async (sort: Json, skip: number, limit: number) =>
      (await c.find().sort(sort).skip(skip).limit(limit).toArray()).map(({ _id }) => _id);
    assert.deepEqual(await ids({ _id: 1 }, 295, 10), [295, 296, 297, 298, 299]);
    assert.deepEqual(await ids({ _id: -1 }, 0, 2), [299, 298]);
    assert.deepEqual(
      await ids({ r: 1 }, 1, 2),
      (await c.find().sort({ r: 1 }).toArray()).slice(1, 3).map(({ _id }) => _id),
    );
    assert.deepEqual(await ids({ _id: 1 }, 500, 10), []);
  });

  for (const [how, index, sort] of [
    ["by _id", undefined, undefined],
    ["by an index", { g: 1 }, undefined],
    ["by an index on an array", { tags: 1 }, undefined],
    ["by an index, backwards", { g: 1 }, { g: -1, _id: -1 }],
    ["by a sort that is made", undefined, { r: 1 }],
  ] as [string, Json | undefined, Json | undefined][]) {
    it(`a cursor ${how} gives each document once, whatever the batches`, async () => {
      const c = await on.collection(numbered(1_000).map((doc) => ({ ...doc, tags: ["a", "b", `t${doc.g}`] })));
      if (index) await c.createIndex(index as never);
      const filter: Json = index?.tags ? { tags: { $in: ["a", "b", "t1"] } } : index ? { g: { $in: [0, 1, 2, 3, 4] } } : {};
      const whole = (
        await c
          .find(filter)
          .sort(sort ?? {})
          .batchSize(10_000)
          .toArray()
      ).map(({ _id }) => _id);
      assert.equal(new Set(whole).size, 1_000);
      for (const size of [1, 7, 1_000]) {
        const cursor = c
          .find(filter)
          .sort(sort ?? {})
          .batchSize(size)
          .limit(size === 1 ? 40 : 0);
        assert.deepEqual(
          (await cursor.toArray()).map(({ _id }) => _id),
          size === 1 ? whole.slice(0, 40) : whole,
        );
      }
    });
  }

  it("a cursor goes on while others write: what is gone or no longer matches is left out", async () => {
    const c = await on.collection(Array.from({ length: 1_000 }, (_, i) => ({ _id: i, keep: i % 2 === 0 })));
    const seen: number[] = [];
    for await (const doc of c.find({ keep: true }).sort({ _id: 1 }).batchSize(50)) {
      seen.push(doc._id);
      if (seen.length === 60) await c.updateMany({ _id: { $gte: 900 } }, { $set: { keep: false } });
    }
    assert.equal(seen.length, 450);
    assert.equal(new Set(seen).size, 450);
  });

  it("a cursor of a collection that is dropped ends with an error", async () => {
    const c = await on.collection(numbered(300));
    const cursor = c.find().batchSize(10);
    await cursor.next();
    await c.drop();
    await failsWith(175, cursor.toArray());
  });

  it("a cursor that is killed, or never was, is not found", async () => {
    const c = await on.collection(numbered(300));
    const { cursor } = await on.db.command({ find: c.collectionName, batchSize: 1 });
    const more = () => on.db.command({ getMore: cursor.id, collection: c.collectionName, batchSize: 1 });
    assert.equal((await more()).cursor.nextBatch.length, 1);
    await failsWith(13, on.db.command({ getMore: cursor.id, collection: "another" }));
    const killed = await on.db.command({ killCursors: c.collectionName, cursors: [cursor.id, Long.fromNumber(5)] });
    assert.deepEqual([killed.cursorsKilled.length, killed.cursorsNotFound.length], [1, 1]);
    await failsWith(43, more());
  });

  it("a batch is no larger than a message may be", async () => {
    const c = await on.collection();
    for (let i = 0; i < 6; i++) await c.insertOne({ _id: i, big: "x".repeat(6_000_000) });
    const { cursor } = await on.db.command({ find: c.collectionName, batchSize: 100 });
    assert.equal(cursor.firstBatch.length, 2);
    assert.equal((await c.find().toArray()).length, 6);
  });

  it("singleBatch leaves no cursor, a batch of none does; a limit below zero is refused", async () => {
    const c = await on.collection(numbered(300));
    for (const options of [
      { singleBatch: true, batchSize: 5 },
      { limit: 5, singleBatch: true },
    ]) {
      const { cursor } = await on.db.command({ find: c.collectionName, ...options });
      assert.deepEqual([cursor.firstBatch.length, String(cursor.id)], [5, "0"]);
    }
    await failsWith(51024, on.db.command({ find: c.collectionName, limit: -5 }));
    const { cursor } = await on.db.command({ find: c.collectionName, batchSize: 0 });
    assert.equal(cursor.firstBatch.length, 0);
    assert.notEqual(String(cursor.id), "0");
  });

  it("maxTimeMS ends what takes too long", async () => {
    const c = await on.collection(numbered(30_000).map(({ _id }) => ({ _id, a: [1, 2, 3], s: "x".repeat(50) })));
    await failsWith(
      50,
      c
        .find({ s: { $regex: "y$" }, a: 9 })
        .maxTimeMS(1)
        .toArray(),
    );
  });

  it("counts, with skip and limit", async () => {
    const c = await on.collection(numbered(100));
    assert.equal(await c.countDocuments({ g: 1 }), 20);
    assert.equal(await c.countDocuments({ g: 1 }, { limit: 5 }), 5);
    assert.equal(await c.countDocuments({ g: 1 }, { skip: 18, limit: 5 }), 2);
    assert.equal(await c.countDocuments({ g: 9 }), 0);
    assert.equal(await c.countDocuments(), 100);
    assert.equal(await c.estimatedDocumentCount(), 100);
    assert.equal(await on.db.collection("nowhere").countDocuments(), 0);
    assert.equal((await on.db.command({ count: c.collectionName, query: { g: 1 }, skip: 15, limit: 10 })).n, 5);
  });

  it("distinct values, out of arrays too, equal ones once", async () => {
    const c = await on.collection([
      { _id: 1, v: 1, t: ["x", "y"] },
      { _id: 2, v: new Double(1), t: "z", a: [{ b: 1 }, { b: [2, 3] }] },
      { _id: 3, v: Decimal128.fromString("1.0"), t: [] },
      { _id: 4, v: null, t: "x" },
      { _id: 5 },
    ]);
    assert.equal((await c.distinct("v")).length, 2, "1, 1.0 and the decimal are one value");
    assert.deepEqual((await c.distinct("t")).sort(), ["x", "y", "z"]);
    assert.deepEqual(await c.distinct("t", { _id: { $gt: 1 } }), ["x", "z"]);
    assert.deepEqual(await c.distinct("a.b"), [1, 2, 3]);
  });

  it("aggregates", async () => {
    const c = await on.collection([
      { _id: 1, k: "a", n: 5, l: [1, 2] },
      { _id: 2, k: "a", n: 7, l: [3] },
      { _id: 3, k: "b", n: 1, l: [] },
    ]);
    const run = (...pipeline: Json[]) => c.aggregate(pipeline).toArray();
    assert.deepEqual(await run({ $match: { n: { $gt: 1 } } }, { $group: { _id: "$k", total: { $sum: "$n" } } }), [{ _id: "a", total: 12 }]);
    assert.deepEqual(await run({ $sort: { n: -1 } }, { $limit: 2 }, { $project: { n: 1 } }), [
      { _id: 2, n: 7 },
      { _id: 1, n: 5 },
    ]);
    assert.deepEqual(await run({ $unwind: "$l" }, { $sort: { l: -1 } }, { $project: { _id: 0, l: 1 } }), [{ l: 3 }, { l: 2 }, { l: 1 }]);
    assert.deepEqual(await run({ $match: { k: "a" } }, { $match: { n: 7 } }, { $count: "many" }), [{ many: 1 }]);
    assert.deepEqual(await run({ $match: { k: "z" } }, { $count: "many" }), []);
    assert.deepEqual(await run({ $sortByCount: "$k" }), [
      { _id: "a", count: 2 },
      { _id: "b", count: 1 },
    ]);
    assert.deepEqual(
      (await run({ $sort: { _id: 1 } }, { $skip: 1 }, { $limit: 1 })).map(({ _id }) => _id),
      [2],
    );
    await failsWith(40324, run({ $nearly: {} }));
    await failsWith(40323, run({ $match: {}, $limit: 1 }));
    await failsWith(15958, run({ $limit: 0 }));
  });

  it("an aggregation's cursor goes on over batches", async () => {
    const c = await on.collection(numbered(500));
    const plain = await c.aggregate([{ $match: { g: { $lt: 4 } } }], { batchSize: 33 }).toArray();
    assert.equal(new Set(plain.map(({ _id }) => _id)).size, 400);
    const grouped = await c.aggregate([{ $group: { _id: "$r" } }], { batchSize: 33 }).toArray();
    assert.equal(grouped.length, 500);
  });
});
