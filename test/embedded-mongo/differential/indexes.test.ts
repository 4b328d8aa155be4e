import assert from "node:assert/strict";
import { Long } from "mongodb";
import type { Json } from "../../helpers/test-app.ts";
import { failsWith, ground } from "./tables.ts";

/** MongoDB manual: "Indexes", "createIndexes", "explain", "hint". */
describe("indexes", () => {
  const on = ground();

  /** The stages of a plan from the top down, and the index that it uses. */
  function planOf(explained: Json): { stages: string[]; index: string | undefined } {
    const stages: string[] = [];
    let index: string | undefined;
    for (
      let stage = explained.queryPlanner.winningPlan.queryPlan ?? explained.queryPlanner.winningPlan;
      stage;
      stage = stage.inputStage ?? stage.inputStages?.[0]
    ) {
      stages.push(stage.stage);
      index ??= stage.indexName;
    }
    return { stages, index };
  }

  it("unique ones refuse with key pattern and value, also partial and compound, and through updates", async () => {
    const c = await on.collection();
    await c.createIndex({ a: 1, b: -1 }, { unique: true, partialFilterExpression: { a: { $exists: true } } });
    await c.insertMany([{ _id: 1, a: 1, b: 1 }, { _id: 2, a: 1, b: 2 }, { _id: 3 }, { _id: 4 }]);
    await assert.rejects(c.insertOne({ a: 1, b: 2 }), (error: Json) => {
      assert.deepEqual([error.code, error.keyPattern, error.keyValue], [11000, { a: 1, b: -1 }, { a: 1, b: 2 }]);
      assert.match(error.message, /^E11000 duplicate key error collection: .*\.c\d+ index: a_1_b_-1 dup key: \{ a: 1, b: 2 \}$/);
      return true;
    });
    await failsWith(11000, c.updateOne({ _id: 2 }, { $set: { b: 1 } }));
    await failsWith(11000, c.insertOne({ _id: 1 }));
    await c.updateOne({ _id: 2 }, { $unset: { a: 1 } });
    await c.insertOne({ _id: 5, a: 1, b: 2 });
  });

  it("unique ones: one missing value, elements of different documents, numbers of any type", async () => {
    const c = await on.collection();
    await c.createIndex({ u: 1 }, { unique: true });
    await c.insertMany([
      { _id: 1 },
      { _id: 2, u: [1, 2, 2] },
      { _id: 3, u: Long.fromString("9007199254740993") },
      { _id: 4, u: Long.fromString("9007199254740992") },
    ]);
    await failsWith(11000, c.insertOne({ _id: 5 }));
    await failsWith(11000, c.insertOne({ _id: 5, u: null }));
    await failsWith(11000, c.insertOne({ _id: 5, u: [2, 3] }));
    await failsWith(11000, c.insertOne({ _id: 5, u: Long.fromString("9007199254740993") }));
    await failsWith(11000, c.insertOne({ _id: 5, u: 9007199254740992 }));
    await c.insertOne({ _id: 5, u: [] });
    await failsWith(11000, c.insertOne({ _id: 6, u: [] }));
  });

  it("a unique one can't be made over what is there twice, and leaves nothing behind", async () => {
    const c = await on.collection([
      { _id: 1, a: 1 },
      { _id: 2, a: 1 },
    ]);
    await failsWith(11000, c.createIndex({ a: 1 }, { unique: true }));
    assert.deepEqual(
      (await c.indexes()).map(({ name }) => name),
      ["_id_"],
    );
    await c.createIndex({ a: 1 });
    assert.equal(await c.countDocuments({ a: 1 }), 2);
  });

  it("sparse and partial ones leave out what they leave out, and are not asked for it", async () => {
    const c = await on.collection([
      { _id: 1, a: 1, s: "on" },
      { _id: 2, a: null, s: "off" },
      { _id: 3, s: "on" },
      { _id: 4, a: 1, s: "off" },
    ]);
    await c.createIndex({ a: 1 }, { unique: false, sparse: true, name: "sparse" });
    await c.createIndex({ s: 1, a: 1 }, { partialFilterExpression: { s: "on" }, name: "partial" });
    const ids = async (filter: Json, options: Json = {}) => (await c.find(filter, options).toArray()).map(({ _id }) => _id).sort();
    assert.deepEqual(await ids({ a: null }), [2, 3]);
    assert.deepEqual(await ids({ a: 1 }), [1, 4]);
    assert.deepEqual(await ids({ s: "off" }), [2, 4]);
    assert.deepEqual(await ids({ s: "on" }), [1, 3]);
    assert.deepEqual(await ids({}, { hint: "sparse" }), [1, 2, 4], "a hint is followed, whatever the index leaves out");
    assert.deepEqual((await c.find().sort({ a: 1 }).toArray()).length, 4);
  });

  it("a partial filter says what partial filters may say", async () => {
    const c = await on.collection();
    const create = (partialFilterExpression: unknown) => c.createIndex({ a: 1 }, { partialFilterExpression } as Json);
    await failsWith(67, create({ a: { $ne: 1 } }));
    await failsWith(67, create({ a: { $exists: false } }));
    await failsWith(14, create(5));
    await failsWith(2, create({ a: { $nearly: 1 } }));
    await create({ a: { $gt: 5 }, b: { $exists: true }, $or: [{ c: 1 }, { c: { $lt: 0 } }] });
    await c.insertMany([{ a: 9, b: 1, c: 1 }, { a: 9, b: 1, c: 2 }, { a: 1 }]);
    assert.equal(await c.countDocuments({ a: { $gt: 5 } }), 2);
  });

  it("a partial one serves what it holds all of, and nothing else", async () => {
    const c = await on.collection([
      { _id: 1, x: 5, a: 2 },
      { _id: 2, x: 6, a: 1 },
      { _id: 3, x: 6, a: 1.5 },
      { _id: 4, x: 6 },
      { _id: 5, x: 6, a: [1, 9] },
    ]);
    await c.createIndex({ x: 1 }, { partialFilterExpression: { a: { $lte: 1.5 } } });
    const rows: [filter: Json, index: string | undefined, ids: number[]][] = [
      [{ x: 6, a: 1 }, "x_1", [2, 5]],
      [{ x: { $gt: 1 }, a: 1 }, "x_1", [2, 5]],
      [{ x: 6, a: { $lte: 1 } }, "x_1", [2, 5]],
      [{ x: 6, a: { $lt: 1.5 } }, "x_1", [2, 5]],
      [{ x: 6, a: { $lte: 1.5 } }, "x_1", [2, 3, 5]],
      [{ x: 6, a: { $in: [1, 1.5] } }, "x_1", [2, 3, 5]],
      [{ x: 6, a: { $lte: 1.6 } }, undefined, [2, 3, 5]],
      [{ x: 6, a: { $in: [1, 9] } }, undefined, [2, 5]],
      [{ x: 6, a: { $gte: 1 } }, undefined, [2, 3, 5]],
      [{ x: 6, a: null }, undefined, [4]],
      [{ x: 6 }, undefined, [2, 3, 4, 5]],
    ];
    for (const [filter, index, ids] of rows) {
      const said = JSON.stringify(filter);
      assert.equal(planOf((await c.find(filter).explain()) as Json).index, index, said);
      assert.deepEqual((await c.find(filter).toArray()).map(({ _id }) => _id).sort(), ids, said);
    }
  });

  it("keep up with updates and deletes", async () => {
    const c = await on.collection();
    await c.createIndex({ "a.b": 1 });
    await c.createIndex({ t: 1, n: -1 });
    await c.insertOne({ _id: 1, a: [{ b: 1 }, { b: 2 }], t: ["x", "y"], n: 1 });
    await c.updateOne({ _id: 1 }, { $pull: { a: { b: 1 } }, $push: { t: "z" } } as Json);
    assert.deepEqual(
      [await c.countDocuments({ "a.b": 1 }), await c.countDocuments({ "a.b": 2 }), await c.countDocuments({ t: "z", n: 1 })],
      [0, 1, 1],
    );
    await c.updateOne({ _id: 1 }, { $rename: { a: "c" }, $set: { n: 2 } });
    assert.deepEqual(
      [await c.countDocuments({ "a.b": 2 }), await c.countDocuments({ t: "x", n: 1 }), await c.countDocuments({ t: "x", n: 2 })],
      [0, 0, 1],
    );
    await c.deleteOne({ _id: 1 });
    assert.equal(await c.countDocuments({ t: "x" }), 0);
  });

  it("two arrays side by side are refused", async () => {
    const c = await on.collection();
    await c.createIndex({ a: 1, b: 1 });
    await failsWith(171, c.insertOne({ a: [1], b: [2] }));
    await c.insertOne({ _id: 1, a: [1], b: 2 });
    await failsWith(171, c.updateOne({ _id: 1 }, { $set: { b: [1] } }));
  });

  it("are made, listed and dropped; the same again is the same, another of that name is refused", async () => {
    const c = await on.collection([{ _id: 1 }]);
    assert.equal(await c.createIndex({ a: 1, b: -1 }), "a_1_b_-1");
    assert.equal(await c.createIndex({ a: 1, b: -1 }), "a_1_b_-1");
    await c.createIndex({ when: 1 }, { expireAfterSeconds: 60, name: "ttl" });
    assert.deepEqual(
      (await c.indexes()).map(({ name, key, expireAfterSeconds }) => ({ name, key, expireAfterSeconds })),
      [
        { name: "_id_", key: { _id: 1 }, expireAfterSeconds: undefined },
        { name: "a_1_b_-1", key: { a: 1, b: -1 }, expireAfterSeconds: undefined },
        { name: "ttl", key: { when: 1 }, expireAfterSeconds: 60 },
      ],
    );
    await failsWith(86, c.createIndex({ c: 1 }, { name: "ttl" }));
    await failsWith(85, c.createIndex({ a: 1, b: -1 }, { name: "another" }));
    await failsWith(27, c.dropIndex("nowhere"));
    await failsWith(72, c.dropIndex("_id_"));
    await c.dropIndex("a_1_b_-1");
    await c.dropIndexes();
    assert.equal((await c.indexes()).length, 1);
    await failsWith(26, on.db.collection("nowhere").indexes());
  });

  it("explain says which index served, and what it cost", async () => {
    const c = await on.collection(Array.from({ length: 200 }, (_, i) => ({ _id: i, a: i % 10, b: i, t: ["x", `t${i % 3}`] })));
    await c.createIndex({ a: 1, b: -1 });
    await c.createIndex({ t: 1 });
    const explained = async (filter: Json, sort: Json = {}) => (await c.find(filter).sort(sort).explain("executionStats")) as Json;
    const first = await explained({ a: 1, b: { $gt: 100 } });
    assert.deepEqual(planOf(first), { stages: ["FETCH", "IXSCAN"], index: "a_1_b_-1" });
    assert.equal(first.executionStats.nReturned, 10);
    assert.ok(first.executionStats.totalDocsExamined <= 11);
    assert.deepEqual(planOf(await explained({ a: 1 }, { b: -1 })).stages, ["FETCH", "IXSCAN"]);
    assert.deepEqual(planOf(await explained({ a: { $in: [1, 2] } }, { a: 1, b: -1 })).stages, ["FETCH", "IXSCAN"]);
    assert.equal(planOf(await explained({ t: "x" })).index, "t_1");
    const made = planOf(await explained({ b: { $gt: 1 } }, { b: 1 }));
    assert.deepEqual([made.stages.includes("SORT"), made.stages.at(-1)], [true, "COLLSCAN"]);
    assert.ok(["IDHACK", "EXPRESS_IXSCAN"].includes(planOf(await explained({ _id: 1 })).stages[0] as string));
    assert.ok((await explained({ $or: [{ a: 1 }, { t: "t2" }] })).executionStats.totalDocsExamined < 200);
    const update = await on.db.command({
      explain: { update: c.collectionName, updates: [{ q: { a: 1 }, u: { $set: { c: 1 } } }] },
      verbosity: "queryPlanner",
    });
    assert.match(JSON.stringify(update.queryPlanner.winningPlan), /a_1_b_-1/);
    assert.equal(await c.countDocuments({ c: 1 }), 0, "explaining changes nothing");
  });

  it("a hint names the index, by name or key, or none; one that there isn't is refused", async () => {
    const c = await on.collection(Array.from({ length: 20 }, (_, i) => ({ _id: i, a: i % 2, b: i })));
    await c.createIndex({ a: 1 });
    await c.createIndex({ b: 1 });
    const plan = async (hint: Json | string) =>
      planOf(
        (await c
          .find({ a: 1, b: { $gt: 5 } })
          .hint(hint)
          .explain()) as Json,
      );
    assert.equal((await plan("b_1")).index, "b_1");
    assert.equal((await plan({ a: 1 })).index, "a_1");
    assert.equal((await plan({ $natural: 1 })).stages.at(-1), "COLLSCAN");
    for (const hint of ["b_1", { a: 1 }, { $natural: 1 }] as (Json | string)[])
      assert.equal(
        (
          await c
            .find({ a: 1, b: { $gt: 5 } })
            .hint(hint)
            .toArray()
        ).length,
        7,
      );
    await failsWith(2, c.find({ a: 1 }).hint("nowhere").toArray());
    await failsWith(2, c.updateOne({ a: 1 }, { $set: { c: 1 } }, { hint: "nowhere" }));
  });

  it("give the answers of a scan for bounds of every kind", async () => {
    const c = await on.collection([1, 5, 9, [3, 20], "a", null, [], new Date(4), true].map((v, _id) => ({ _id, v })));
    const filters: Json[] = [
      { $and: [{ v: { $gte: 1 } }, { v: { $gt: 1, $lte: 9 } }, { v: { $lt: 9 } }] },
      { $and: [{ v: { $gt: 10 } }, { v: { $lt: 4 } }] },
      { $and: [{ v: { $gt: 1 } }, { v: { $lt: "b" } }] },
      { v: { $in: [null, 5, "a"] } },
      { v: { $gte: new Date(0) } },
      { v: null },
      { v: [] },
      { v: { $ne: 5 } },
    ];
    const ids = async (filter: Json) => (await c.find(filter).sort({ _id: 1 }).toArray()).map(({ _id }) => _id);
    const scanned = await Promise.all(filters.map(ids));
    await c.createIndex({ v: 1 });
    assert.deepEqual(await Promise.all(filters.map(ids)), scanned);
    await c.dropIndexes();
    await c.createIndex({ v: -1 });
    assert.deepEqual(await Promise.all(filters.map(ids)), scanned);
    assert.deepEqual(scanned.slice(0, 3), [[1, 3], [3], []]);
  });
});
