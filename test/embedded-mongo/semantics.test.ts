import assert from "node:assert/strict";
import { Binary, type Db, Decimal128, Double, Int32, Long, MongoClient, ObjectId } from "mongodb";
import { plan } from "../../server/embedded-mongo/planner.ts";
import { testDatabaseUri } from "../helpers/store.ts";
import type { Json } from "../helpers/test-app.ts";

/** Through the real driver; with MONGODB_URI the same tables run against that server. */
describe("the embedded store", () => {
  let client: MongoClient;
  let db: Db;
  before(async () => {
    client = await MongoClient.connect(await testDatabaseUri());
    db = client.db();
  });
  after(async () => {
    await db.dropDatabase();
    await client.close();
  });

  let made = 0;
  const collection = async (docs: Json[] = []) => {
    const fresh = db.collection<Json>(`c${++made}`);
    if (docs.length > 0) await fresh.insertMany(docs);
    return fresh;
  };
  const failsWith = (code: number, work: Promise<unknown>) => assert.rejects(work, (error: { code?: number }) => error.code === code);

  describe("matches as MongoDB does", () => {
    const id = new ObjectId();
    const docs = [
      {
        _id: 1,
        a: 1,
        tags: ["x", "y"],
        sub: { k: 1, l: 2 },
        items: [
          { q: 5, s: "a" },
          { q: 15, s: "b" },
        ],
      },
      { _id: 2, a: 2.5, tags: [], sub: { l: 2, k: 1 }, items: [{ q: 8, s: "a" }] },
      { _id: 3, a: null, bin: new Binary(Buffer.from("abc")), oid: id },
      { _id: 4, b: "text", when: new Date(1000), long: Long.fromString("9007199254740993") },
      { _id: 5, a: "1", tags: "x", flag: true, dec: Decimal128.fromString("1.5") },
    ];
    const table: [string, Json, number[]][] = [
      ["equality across number types", { a: new Int32(1) }, [1]],
      ["equality of long and number", { a: Long.fromNumber(1) }, [1]],
      ["null matches missing too", { a: null }, [3, 4]],
      ["not null", { a: { $ne: null } }, [1, 2, 5]],
      ["exists", { a: { $exists: true } }, [1, 2, 3, 5]],
      ["exists false", { a: { $exists: false } }, [4]],
      ["comparison stays within its type", { a: { $gte: 1 } }, [1, 2]],
      ["comparison of strings", { a: { $gte: "1" } }, [5]],
      ["$gte null", { a: { $gte: null } }, [3, 4]],
      ["an element of an array", { tags: "x" }, [1, 5]],
      ["a whole array", { tags: ["x", "y"] }, [1]],
      ["an empty array", { tags: [] }, [2]],
      ["$size", { tags: { $size: 2 } }, [1]],
      ["$all", { tags: { $all: ["y", "x"] } }, [1]],
      ["a document with its key order", { sub: { k: 1, l: 2 } }, [1]],
      ["a path through arrays", { "items.q": 8 }, [2]],
      ["an array's place", { "items.1.q": 15 }, [1]],
      ["clauses met by different elements", { "items.q": { $gt: 10 }, "items.s": "a" }, [1]],
      ["$elemMatch: one element meets all", { items: { $elemMatch: { q: { $gt: 10 }, s: "a" } } }, []],
      ["binary", { bin: new Binary(Buffer.from("abc")) }, [3]],
      ["ObjectId", { oid: id }, [3]],
      ["long beyond 2^53, exactly", { long: Long.fromString("9007199254740993") }, [4]],
      ["long beyond 2^53, one off", { long: Long.fromString("9007199254740992") }, []],
      ["decimal and double", { dec: 1.5 }, [5]],
      ["dates", { when: { $lt: new Date(1001) } }, [4]],
      ["$in with a regex", { b: { $in: [/^te/, "no"] } }, [4]],
      ["$regex with options", { b: { $regex: "^TE", $options: "i" } }, [4]],
      ["$nin", { a: { $nin: [1, null] } }, [2, 5]],
      ["$not", { a: { $not: { $gt: 1 } } }, [1, 3, 4, 5]],
      ["$or and $and", { $or: [{ a: 1 }, { $and: [{ flag: true }, { a: "1" }] }] }, [1, 5]],
      ["$nor", { $nor: [{ a: 1 }, { b: "text" }] }, [2, 3, 5]],
      ["$type", { a: { $type: "string" } }, [5]],
      ["$mod", { a: { $mod: [2, 1] } }, [1]],
    ];
    for (const [what, query, expected] of table) {
      it(what, async () => {
        const plain = await collection(docs);
        const indexed = await collection(docs);
        for (const key of ["a", "tags", "b", "sub", "items.q", "when", "long", "oid", "bin", "dec"])
          await indexed.createIndex({ [key]: 1 });
        for (const [name, where] of [
          ["scanning", plain],
          ["with indexes", indexed],
        ] as const) {
          const found = (await where.find(query).toArray()).map(({ _id }) => _id).sort();
          assert.deepEqual(found, expected, name);
          assert.equal(await where.countDocuments(query), expected.length, name);
        }
      });
    }
    it("refuses an operator that it doesn't know", async () => {
      const c = await collection(docs);
      await failsWith(2, c.find({ a: { $nearly: 1 } }).toArray());
      await failsWith(2, c.find({ $where: "1" }).toArray());
    });
  });

  describe("updates as MongoDB does", () => {
    const table: [string, Json, Json, Json][] = [
      ["$set nested", { a: 1 }, { $set: { "b.c": 2 } }, { a: 1, b: { c: 2 } }],
      ["$set in an array's place", { a: [1, 2] }, { $set: { "a.3": 4 } }, { a: [1, 2, null, 4] }],
      ["$unset", { a: 1, b: { c: 1, d: 2 } }, { $unset: { a: 1, "b.c": 1 } }, { b: { d: 2 } }],
      ["$inc", { a: 1 }, { $inc: { a: 2, b: 5 } }, { a: 3, b: 5 }],
      ["$mul", { a: 3 }, { $mul: { a: 2, b: 5 } }, { a: 6, b: 0 }],
      ["$min keeps the smaller", { a: 3 }, { $min: { a: 5, b: 1 } }, { a: 3, b: 1 }],
      ["$max keeps the larger", { a: 3 }, { $max: { a: 5 } }, { a: 5 }],
      ["$push", { a: [1] }, { $push: { a: 2, b: 1 } }, { a: [1, 2], b: [1] }],
      ["$push with $each, $sort and $slice", { a: [5, 1] }, { $push: { a: { $each: [3, 4], $sort: 1, $slice: -3 } } }, { a: [3, 4, 5] }],
      ["$push in a position", { a: [1, 4] }, { $push: { a: { $each: [2, 3], $position: 1 } } }, { a: [1, 2, 3, 4] }],
      ["$addToSet", { a: [1, { x: 1 }] }, { $addToSet: { a: { $each: [1, { x: 1 }, 2] } } }, { a: [1, { x: 1 }, 2] }],
      ["$pull by value", { a: [1, 2, 1] }, { $pull: { a: 1 } }, { a: [2] }],
      ["$pull by condition", { a: [{ q: 1 }, { q: 5 }] }, { $pull: { a: { q: { $gt: 2 } } } }, { a: [{ q: 1 }] }],
      ["$pop", { a: [1, 2, 3] }, { $pop: { a: -1 } }, { a: [2, 3] }],
      ["$rename", { a: 1 }, { $rename: { a: "b.c" } }, { b: { c: 1 } }],
      ["a replacement keeps the _id", { a: 1 }, { b: 2 }, { b: 2 }],
    ];
    for (const [what, before, update, expected] of table) {
      it(what, async () => {
        const c = await collection([{ _id: 7, ...before }]);
        const isReplacement = !Object.keys(update)[0]?.startsWith("$");
        if (isReplacement) await c.replaceOne({ _id: 7 }, update);
        else await c.updateOne({ _id: 7 }, update);
        assert.deepEqual(await c.findOne(), { _id: 7, ...expected });
      });
    }

    it("refuses what MongoDB refuses, with its codes, and leaves the document whole", async () => {
      const before = { _id: 1, a: 1, s: "x", arr: [1] };
      const c = await collection([before]);
      for (const [code, update] of [
        [66, { $set: { _id: 2 } }],
        [40, { $set: { a: 1 }, $inc: { a: 1 } }],
        [40, { $set: { b: 1, "b.c": 1 } }],
        [14, { $inc: { s: 1 } }],
        [28, { $set: { "a.b": 1 } }],
        [9, { $bit: { a: { and: 1 } } }],
        [2, { $push: { s: 1 } }],
      ] as const) {
        await failsWith(code, c.updateOne({ _id: 1 }, update as Json));
      }
      assert.deepEqual(await c.findOne(), before);
    });

    it("upserts from the query's equalities and $setOnInsert", async () => {
      const c = await collection();
      const result = await c.updateOne({ _id: "k", "a.b": 1, c: { $gt: 5 } }, { $set: { d: 1 }, $setOnInsert: { e: 2 } }, { upsert: true });
      assert.equal(result.upsertedId, "k");
      assert.deepEqual(await c.findOne(), { _id: "k", a: { b: 1 }, d: 1, e: 2 });
      await c.updateOne({ _id: "k" }, { $setOnInsert: { e: 3 } }, { upsert: true });
      assert.equal((await c.findOne())?.e, 2);
    });

    it("findOneAndUpdate sorts, gives before or after, and claims a document once", async () => {
      const c = await collection(Array.from({ length: 20 }, (_, i) => ({ _id: i, order: -i, free: true })));
      const first = await c.findOneAndUpdate({ free: true }, { $set: { free: false } }, { sort: { order: 1 } });
      assert.deepEqual(first, { _id: 19, order: -19, free: true });
      const claims = await Promise.all(
        Array.from({ length: 30 }, () =>
          c.findOneAndUpdate({ free: true }, { $set: { free: false } }, { sort: { order: 1 }, returnDocument: "after" }),
        ),
      );
      const got = claims.flatMap((claim) => (claim ? [claim._id] : []));
      assert.equal(got.length, 19);
      assert.equal(new Set(got).size, 19);
      assert.deepEqual(await c.findOneAndDelete({ _id: 3 }, { projection: { free: 1 } }), { _id: 3, free: false });
    });
  });

  describe("indexes", () => {
    it("unique ones refuse with key pattern and value, also partial and compound, and through updates", async () => {
      const c = await collection();
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
      await failsWith(
        11000,
        c.createIndex({ _id: 1, zero: 1 }, { unique: true }).then(() => c.createIndex({ zero: 1 }, { unique: true })),
      );
    });

    it("unordered inserts go on after a duplicate, ordered ones stop", async () => {
      const c = await collection([{ _id: 1 }]);
      await assert.rejects(
        c.insertMany([{ _id: 2 }, { _id: 1 }, { _id: 3 }], { ordered: false }),
        (error: Json) => error.insertedCount === 2 && error.writeErrors.length === 1,
      );
      await assert.rejects(c.insertMany([{ _id: 4 }, { _id: 1 }, { _id: 5 }]), (error: Json) => error.insertedCount === 1);
      assert.deepEqual(
        (await c.find().sort({ _id: 1 }).toArray()).map(({ _id }) => _id),
        [1, 2, 3, 4],
      );
    });

    it("give the same answers as a scan, in both directions, with every kind of value", async () => {
      const values: Json[] = [
        null,
        -1e300,
        -5,
        -0.5,
        0,
        0.5,
        1,
        2,
        Long.fromString("9007199254740993"),
        1e300,
        "",
        "a",
        "a\u0000b",
        "ab",
        "b",
        "ż",
        "🎉",
        "x".repeat(700),
        `${"x".repeat(700)}y`,
        true,
        false,
        new Date(-5),
        new Date(5),
        new ObjectId(),
        [1, "a"],
        [],
        { a: 1 },
        new Binary(Buffer.from("z")),
        new Double(7),
      ];
      const docs = values
        .flatMap((v, i) => [
          { _id: i, v, g: i % 3 },
          { _id: 1000 + i, v, g: (i + 1) % 3 },
        ])
        .concat([{ _id: 5000, g: 1 } as Json]);
      const plain = await collection(docs);
      const indexed = await collection(docs);
      await indexed.createIndex({ v: 1 });
      await indexed.createIndex({ g: 1, v: -1 });
      const queries: Json[] = [
        ...values.map((v) => ({ v })),
        ...[-5, 0.5, "a", "x".repeat(700), new Date(0)].flatMap((v) => [
          { v: { $gt: v } },
          { v: { $lte: v } },
          { g: 1, v: { $gte: v } },
          { g: { $in: [0, 2] }, v: { $lt: v } },
        ]),
        { v: { $gt: -5, $lt: 2 } },
        { v: { $in: [1, "a", null] } },
        { g: 1 },
        { v: { $exists: false } },
      ];
      for (const query of queries) {
        for (const sort of [{ _id: 1 }, { v: 1, _id: 1 }, { v: -1, _id: 1 }] as Json[]) {
          const [a, b] = await Promise.all(
            [plain, indexed].map(async (c) => (await c.find(query).sort(sort).toArray()).map(({ _id }) => _id)),
          );
          assert.deepEqual(b, a, `${JSON.stringify(query)} ${JSON.stringify(sort)}`);
        }
      }
    });

    it("are used: explain names the index, and says when there is none", async () => {
      const c = await collection([{ _id: 1, a: 1, b: 1 }]);
      await c.createIndex({ a: 1, b: -1 });
      const winner = async (query: Json, sort: Json = {}) => ((await c.find(query).sort(sort).explain()) as Json).queryPlanner.winningPlan;
      if (process.env.MONGODB_URI) return;
      assert.equal((await winner({ a: 1, b: { $gt: 0 } })).indexName, "a_1_b_-1");
      assert.equal((await winner({ a: 1 }, { b: -1 })).sortedByIndex, true);
      assert.equal((await winner({ b: 1 })).stage, "COLLSCAN");
      assert.equal((await winner({ _id: 1 })).stage, "IDHACK");
    });

    it("of several bounds on a field the tightest counts, for what is found and for what is looked at", async () => {
      const c = await collection([1, 5, 9, [3, 20], "a"].map((v, _id) => ({ _id, v })));
      await c.createIndex({ v: 1 });
      const ids = async (query: Json) => (await c.find(query).sort({ _id: 1 }).toArray()).map(({ _id }) => _id);
      assert.deepEqual(await ids({ $and: [{ v: { $gte: 1 } }, { v: { $gt: 1, $lte: 9 } }, { v: { $lt: 9 } }] }), [1, 3]);
      assert.deepEqual(await ids({ $and: [{ v: { $gt: 10 } }, { v: { $lt: 4 } }] }), [3], "an array may meet each by another element");
      assert.deepEqual(await ids({ $and: [{ v: { $gt: 1 } }, { v: { $lt: "b" } }] }), []);
      const range = (query: Json) => plan({ id: 1, indexes: [] }, query, [])[0]?.ranges;
      assert.deepEqual(
        range({ $and: [{ _id: { $gte: "a" } }, { _id: { $lt: "z", $gte: "k" } }, { _id: { $lte: "p" } }] }),
        range({ _id: { $gte: "k", $lte: "p" } }),
      );
    });
  });

  it("pages through a cursor while others write", async () => {
    const c = await collection(Array.from({ length: 1_000 }, (_, i) => ({ _id: i, keep: i % 2 === 0 })));
    const seen: number[] = [];
    const cursor = c.find({ keep: true }).batchSize(50);
    for await (const doc of cursor) {
      seen.push(doc._id);
      if (seen.length === 60) await c.updateMany({ _id: { $gte: 900 } }, { $set: { keep: false } });
    }
    assert.equal(seen.length, 450);
    assert.equal(new Set(seen).size, 450);
  });

  it("projects, counts, takes distinct values and aggregates", async () => {
    const c = await collection([
      { _id: 1, a: { b: 1, c: 2 }, t: ["x", "y"], n: 5 },
      { _id: 2, a: { b: 1 }, t: "z", n: 7 },
    ]);
    assert.deepEqual(await c.findOne({ _id: 1 }, { projection: { "a.b": 1 } }), { _id: 1, a: { b: 1 } });
    assert.deepEqual(await c.findOne({ _id: 1 }, { projection: { _id: 0, a: 0, t: 0 } }), { n: 5 });
    await failsWith(31254, c.findOne({}, { projection: { a: 1, t: 0 } }));
    assert.deepEqual(await c.distinct("t"), ["x", "y", "z"]);
    assert.equal(await c.estimatedDocumentCount(), 2);
    assert.deepEqual(await c.aggregate([{ $match: { n: { $gt: 1 } } }, { $group: { _id: "$a.b", total: { $sum: "$n" } } }]).toArray(), [
      { _id: 1, total: 12 },
    ]);
  });

  it("refuses commands and options that it doesn't have, by name", async function () {
    if (process.env.MONGODB_URI) this.skip();
    await failsWith(59, db.command({ shutdown: 1 }));
    const c = await collection([{ _id: 1 }]);
    await failsWith(238, c.find({}, { collation: { locale: "de" } }).toArray());
    await failsWith(238, c.updateOne({ _id: 1 }, [{ $set: { a: 1 } }]));
    await failsWith(40324, c.aggregate([{ $lookup: {} }]).toArray());
    await failsWith(10334, c.insertOne({ big: "x".repeat(16 * 1024 * 1024) })).catch(() =>
      failsWith(10334, c.insertOne({ big: "x".repeat(16 * 1024 * 1024 - 60) })),
    );
  });
});
