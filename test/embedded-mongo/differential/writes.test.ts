import assert from "node:assert/strict";
import { Double, Long, ObjectId } from "mongodb";
import type { Json } from "../../helpers/test-app.ts";
import { canonical, elsewhere, failsWith, ground } from "./tables.ts";

/** MongoDB manual: "insert", "update", "delete", "Bulk Write Operations", "Limits and Thresholds". */
describe("writes", () => {
  const on = ground();

  it("what goes in comes out, to the type and the order of keys; _id goes first", async () => {
    const c = await on.collection();
    const doc = { z: new Double(1), a: 1, l: Long.fromNumber(1), nested: { y: 1, x: [new Double(2), null, {}] }, _id: "k", __proto__x: 1 };
    await c.insertOne(doc);
    const { _id, ...rest } = doc;
    assert.equal(canonical(await on.typed.collection(c.collectionName).findOne()), canonical({ _id, ...rest }));
  });

  it("makes an _id where there is none", async () => {
    const c = await on.collection();
    await on.db.command({ insert: c.collectionName, documents: [{ a: 1 }] });
    assert.ok((await c.findOne())?._id instanceof ObjectId);
  });

  it("an _id is any value but an array and a regex, once", async () => {
    const c = await on.collection();
    const ids = [
      1,
      "1",
      { a: 1 },
      new Date(1),
      true,
      Long.fromString("9007199254740993"),
      Long.fromString("9007199254740992"),
      "x".repeat(2_000),
      `${"x".repeat(2_000)}y`,
    ];
    for (const _id of ids) await c.insertOne({ _id });
    for (const _id of [new Double(1), Long.fromNumber(1), { a: new Double(1) }, "x".repeat(2_000)])
      await failsWith(11000, c.insertOne({ _id }), String(_id));
    await failsWith(2, c.insertOne({ _id: [1] }));
    await failsWith(2, c.insertOne({ _id: /x/ }));
    await failsWith(52, c.insertOne({ _id: { $a: 1 } }));
    for (const _id of ids) assert.equal(await c.countDocuments({ _id }), 1);
    assert.equal(await c.countDocuments(), ids.length);
  });

  it("unordered ones go on after an error, ordered ones stop", async () => {
    const c = await on.collection([{ _id: 1 }]);
    await assert.rejects(
      c.insertMany([{ _id: 2 }, { _id: 1 }, { _id: 3 }, { _id: 2 }], { ordered: false }),
      (error: Json) => error.insertedCount === 2 && error.writeErrors.length === 2 && error.writeErrors[0].index === 1,
    );
    await assert.rejects(c.insertMany([{ _id: 4 }, { _id: 1 }, { _id: 5 }]), (error: Json) => error.insertedCount === 1);
    assert.deepEqual(
      (await c.find().sort({ _id: 1 }).toArray()).map(({ _id }) => _id),
      [1, 2, 3, 4],
    );
  });

  it("in bulk: each kind, counted", async () => {
    const c = await on.collection([
      { _id: 1, n: 1 },
      { _id: 2, n: 1 },
      { _id: 3, n: 2 },
    ]);
    const result = await c.bulkWrite([
      { insertOne: { document: { _id: 4, n: 9 } } },
      { updateMany: { filter: { n: 1 }, update: { $inc: { n: 10 } } } },
      { updateOne: { filter: { _id: 5 }, update: { $set: { n: 5 } }, upsert: true } },
      { replaceOne: { filter: { _id: 3 }, replacement: { m: 1 } } },
      { deleteOne: { filter: { n: 11 } } },
      { deleteMany: { filter: { n: { $gte: 9 } } } },
    ]);
    assert.deepEqual(
      [result.insertedCount, result.matchedCount, result.modifiedCount, result.upsertedCount, result.deletedCount, result.upsertedIds],
      [1, 3, 3, 1, 3, { 2: 5 }],
    );
    assert.deepEqual(await c.find().sort({ _id: 1 }).toArray(), [
      { _id: 3, m: 1 },
      { _id: 5, n: 5 },
    ]);
  });

  it("a statement that fails changes nothing, those before it stay", async () => {
    const c = await on.collection([
      { _id: 1, n: 1, u: 1 },
      { _id: 2, n: "x", u: 2 },
    ]);
    await c.createIndex({ u: 1 }, { unique: true });
    await failsWith(14, c.updateOne({ _id: 2 }, { $set: { m: 1 }, $inc: { n: 1 } }));
    await assert.rejects(
      c.bulkWrite([
        { updateOne: { filter: { _id: 1 }, update: { $set: { a: 1 } } } },
        { updateOne: { filter: { _id: 2 }, update: { $set: { u: 1 } } } },
        { updateOne: { filter: { _id: 1 }, update: { $set: { b: 1 } } } },
      ]),
      (error: Json) => error.code === 11000 && error.result.modifiedCount === 1,
    );
    assert.deepEqual(await c.find().sort({ _id: 1 }).toArray(), [
      { _id: 1, n: 1, u: 1, a: 1 },
      { _id: 2, n: "x", u: 2 },
    ]);
  });

  it("deletes one or all, and counts", async () => {
    const c = await on.collection(Array.from({ length: 10 }, (_, i) => ({ _id: i, g: i % 2 })));
    assert.equal((await c.deleteOne({ g: 1 })).deletedCount, 1);
    assert.equal((await c.deleteMany({ g: 1 })).deletedCount, 4);
    assert.equal((await c.deleteMany({ g: 7 })).deletedCount, 0);
    assert.equal(await c.estimatedDocumentCount(), 5);
    assert.equal((await c.deleteMany({})).deletedCount, 5);
    assert.equal(await c.estimatedDocumentCount(), 0);
  });

  it("more than one copy can't be asked of one server", async function () {
    if (elsewhere) this.skip();
    const c = await on.collection();
    await failsWith(2, c.insertOne({ _id: 1 }, { writeConcern: { w: 2 } }));
    await c.insertOne({ _id: 1 }, { writeConcern: { w: "majority", j: true } });
    assert.equal(await c.countDocuments(), 1);
  });

  it("16 MB are the limit, for what is inserted and for what an update makes", async function () {
    this.timeout(60_000);
    const c = await on.collection([{ _id: 1, a: "x".repeat(9_000_000) }]);
    const most = 16 * 1024 * 1024;
    const overhead = 4 + 1 + 4 + 4 + 1 + 3 + 4 + 1 + 1;
    await c.insertOne({ _id: 2, big: "x".repeat(most - overhead - 10) });
    await assert.rejects(c.insertOne({ _id: 3, big: "x".repeat(most) }));
    await assert.rejects(c.updateOne({ _id: 1 }, { $set: { b: "x".repeat(9_000_000) } }), (error: Json) =>
      [10334, 17419, 17420].includes(error.code),
    );
    assert.deepEqual(await c.countDocuments(), 2);
  });

  it("bytes that are no BSON fail by themselves, and what came with them goes on", async () => {
    const c = await on.collection();
    const good = c.insertOne({ _id: 1 });
    const bad = c.insertOne({ _id: 2, s: Buffer.from([0xff, 0xfe]).toString("latin1") });
    await Promise.all([good, bad]);
    assert.equal(await c.countDocuments(), 2);
  });
});
