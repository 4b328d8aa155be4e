import assert from "node:assert/strict";
import type { Json } from "../helpers/test-app.ts";
import { elsewhere, failsWith, ground } from "./differential/tables.ts";

/** What MongoDB has and the embedded store refuses, loudly and with a code; nothing of it is half done. */
describe("the embedded store refuses", () => {
  if (elsewhere) return;
  const on = ground();
  const refused: [what: string, code: number, command: Json][] = [
    ["a command that it doesn't have", 59, { shutdown: 1 }],
    ["mapReduce", 59, { mapReduce: "c" }],
    ["a collation", 238, { find: "c", collation: { locale: "de" } }],
    ["a find option that there isn't", 238, { find: "c", nearly: 1 }],
    ["let", 238, { find: "c", let: { a: 1 } }],
    ["$expr", 238, { find: "c", filter: { $expr: { $eq: ["$a", 1] } } }],
    ["$where", 238, { find: "c", filter: { $where: "1" } }],
    ["$text", 238, { find: "c", filter: { $text: { $search: "x" } } }],
    ["$near", 2, { find: "c", filter: { a: { $near: [1, 1] } } }],
    ["an expression in a projection", 238, { find: "c", projection: { a: { $add: [1, 2] } } }],
    ["a sort by $meta", 238, { find: "c", sort: { a: { $meta: "textScore" } } }],
    ["$lookup", 238, { aggregate: "c", pipeline: [{ $lookup: {} }], cursor: {} }],
    ["$out", 238, { aggregate: "c", pipeline: [{ $out: "d" }], cursor: {} }],
    ["an aggregation without a cursor", 9, { aggregate: "c", pipeline: [] }],
    ["a pipeline as an update", 238, { findAndModify: "c", query: {}, update: [{ $set: { a: 1 } }] }],
    ["a text index", 67, { createIndexes: "c", indexes: [{ key: { a: "text" }, name: "t" }] }],
    ["an index with a collation", 67, { createIndexes: "c", indexes: [{ key: { a: 1 }, name: "t", collation: { locale: "de" } }] }],
    ["a capped collection", 238, { create: "capped", capped: true, size: 1000 }],
    ["a view", 238, { create: "view", viewOn: "c", pipeline: [] }],
    ["a transaction", 20, { insert: "c", documents: [{ a: 1 }], txnNumber: 1, startTransaction: true }],
    ["a collection without a name", 73, { find: "" }],
  ];
  for (const [what, code, command] of refused) {
    it(what, async () => {
      await failsWith(code, on.db.command(command));
      assert.equal(await on.db.collection("c").countDocuments(), 0);
    });
  }

  it("a sort or an aggregation of more than 100 MB that no index serves; with a limit a sort holds no more than that needs", async function () {
    this.timeout(60_000);
    const c = await on.collection();
    for (let i = 0; i < 10; i++) await c.insertOne({ _id: i, n: (i * 7) % 10, big: "x".repeat(11_000_000) });
    const order = { n: 1 } as const;
    await failsWith(292, c.find().sort(order).toArray());
    await failsWith(146, c.aggregate([{ $group: { _id: "$n", big: { $max: "$big" } } }]).toArray());
    const first = await c.find().sort(order).limit(2).project({ n: 1 }).toArray();
    assert.deepEqual(first, [
      { _id: 0, n: 0 },
      { _id: 3, n: 1 },
    ]);
    await c.createIndex(order);
    assert.equal((await c.find().sort(order).project({ n: 1 }).toArray()).length, 10);
  });

  it("queries that no index serves, where it was told to", async () => {
    const c = await on.collection([{ _id: 1, a: 1, b: 1 }]);
    await c.createIndex({ a: 1 });
    const admin = on.db.client.db("admin");
    const { was } = await admin.command({ setParameter: 1, notablescan: 1 });
    try {
      await failsWith(291, c.find({ b: 1 }).toArray());
      await failsWith(291, c.find().sort({ b: 1 }).toArray());
      await failsWith(291, c.updateMany({ b: 1 }, { $set: { c: 1 } }));
      await failsWith(291, c.deleteMany({ $or: [{ a: 1 }, { b: 1 }] }));
      await failsWith(291, c.aggregate([{ $match: { b: 1 } }, { $count: "n" }]).toArray());
      assert.equal((await c.find({ a: 1, b: 1 }).toArray()).length, 1);
      assert.equal((await c.find().toArray()).length, 1, "everything may be asked for");
      assert.equal((await c.find({ b: 1 }).hint({ $natural: 1 }).toArray()).length, 1, "and who says so may scan");
    } finally {
      await admin.command({ setParameter: 1, notablescan: was });
    }
  });
});
