import assert from "node:assert/strict";
import { Decimal128, Double, Int32, Long, Timestamp } from "mongodb";
import type { Json } from "../../helpers/test-app.ts";
import { ground, updateTable } from "./tables.ts";

/** MongoDB manual: "Field Update Operators", "Bitwise Update Operator", "db.collection.replaceOne()". */
describe("field updates", () => {
  const on = ground();
  const long = Long.fromNumber;
  updateTable(on, [
    ["$set adds at the end", { a: 1 }, { $set: { b: 2, a: 3 } }, { a: 3, b: 2 }],
    ["$set makes the documents on the way", { a: 1 }, { $set: { "b.c": 2 } }, { a: 1, b: { c: 2 } }],
    ["$set in an array's place", { a: [1, 2] }, { $set: { "a.1": 9 } }, { a: [1, 9] }],
    ["$set behind an array's end fills with null", { a: [1] }, { $set: { "a.3": 4 } }, { a: [1, null, null, 4] }],
    ["$set below a document in an array", { a: [{ b: 1 }] }, { $set: { "a.0.b": 2, "a.1.c": 3 } }, { a: [{ b: 2 }, { c: 3 }] }],
    ["$set of a number as a key of a document", { a: {} }, { $set: { "a.0": 1 } }, { a: { 0: 1 } }],
    [
      "what isn't touched keeps its type",
      { d: new Double(1), l: long(2), i: 3 },
      { $set: { x: 1 } },
      { d: new Double(1), l: long(2), i: 3, x: 1 },
    ],
    ["$set of a double stays one", { a: 1 }, { $set: { a: new Double(5) } }, { a: new Double(5) }],
    ["$set through a value", { a: 1 }, { $set: { "a.b": 1 } }, { code: 28 }],
    ["$set through null", { a: null }, { $set: { "a.b": 1 } }, { code: 28 }],
    ["$set of a name in an array", { a: [1] }, { $set: { "a.b": 1 } }, { code: 28 }],
    ["$set of another _id", { a: 1 }, { $set: { _id: 8 } }, { code: 66 }],
    ["$set of the same _id", { a: 1 }, { $set: { _id: 7, a: 2 } }, { a: 2 }],
    ["$set of an empty name", { a: 1 }, { $set: { "a..b": 1 } }, { code: 56 }],
    ["$set of one path twice", { a: 1 }, { $set: { a: 1 }, $inc: { a: 1 } }, { code: 40 }],
    ["$set of a path and one below", { a: 1 }, { $set: { b: 1, "b.c": 1 } }, { code: 40 }],
    ["$unset", { a: 1, b: { c: 1, d: 2 } }, { $unset: { a: 1, "b.c": "" } }, { b: { d: 2 } }],
    ["$unset in an array leaves null", { a: [1, 2, 3] }, { $unset: { "a.1": 1 } }, { a: [1, null, 3] }],
    ["$unset of nothing", { a: 1 }, { $unset: { "x.y": 1 } }, { a: 1 }],
    ["$inc of ints", { a: 1 }, { $inc: { a: 2, b: 5 } }, { a: 3, b: 5 }],
    ["$inc of an int beyond int32 gives a long", { a: 2147483647 }, { $inc: { a: 1 } }, { a: long(2147483648) }],
    ["$inc of a double and an int", { a: new Double(1) }, { $inc: { a: 1 } }, { a: new Double(2) }],
    ["$inc by a fraction", { a: 1 }, { $inc: { a: 0.5 } }, { a: 1.5 }],
    ["$inc of a long", { a: long(1) }, { $inc: { a: 1 } }, { a: long(2) }],
    ["$inc by a decimal", { a: 1 }, { $inc: { a: Decimal128.fromString("0.1") } }, { a: Decimal128.fromString("1.1") }],
    ["$inc of a long beyond int64", { a: Long.MAX_VALUE }, { $inc: { a: 1 } }, { code: 2 }],
    ["$inc of a text", { a: "x" }, { $inc: { a: 1 } }, { code: 14 }],
    ["$inc of null", { a: null }, { $inc: { a: 1 } }, { code: 14 }],
    ["$inc by a text", { a: 1 }, { $inc: { a: "1" } }, { code: 14 }],
    ["$mul", { a: 3, d: 1.5 }, { $mul: { a: 2, d: 2 } }, { a: 6, d: new Double(3) }],
    ["$mul of nothing gives 0 of its type", {}, { $mul: { a: 5, b: new Double(5), c: long(5) } }, { a: 0, b: new Double(0), c: long(0) }],
    ["$mul of ints beyond int32", { a: 2147483647 }, { $mul: { a: 2 } }, { a: long(4294967294) }],
    [
      "$mul of decimals",
      { a: Decimal128.fromString("1.5") },
      { $mul: { a: Decimal128.fromString("2") } },
      { a: Decimal128.fromString("3.0") },
    ],
    ["$min keeps the smaller", { a: 3, b: 3 }, { $min: { a: 5, b: 1, c: 7 } }, { a: 3, b: 1, c: 7 }],
    ["$max keeps the larger", { a: 3, b: 3 }, { $max: { a: 5, b: 1, c: 7 } }, { a: 5, b: 3, c: 7 }],
    ["$min and $max go by the order of types", { a: "x", b: 1 }, { $min: { a: 1 }, $max: { b: "x" } }, { a: 1, b: "x" }],
    ["$max of dates", { a: new Date(5) }, { $max: { a: new Date(9) } }, { a: new Date(9) }],
    ["$rename", { a: 1, b: 2 }, { $rename: { a: "c.d" } }, { b: 2, c: { d: 1 } }],
    ["$rename over what is there", { a: 1, b: 2 }, { $rename: { a: "b" } }, { b: 1 }],
    ["$rename of nothing", { b: 2 }, { $rename: { a: "b" } }, { b: 2 }],
    ["$rename to itself", { a: 1 }, { $rename: { a: "a" } }, { code: 2 }],
    ["$rename to a number", { a: 1 }, { $rename: { a: 1 } }, { code: 2 }],
    ["$rename out of an array", { a: [{ b: 1 }] }, { $rename: { "a.0.b": "c" } }, { code: 2 }],
    ["$setOnInsert leaves a document alone", { a: 1 }, { $setOnInsert: { a: 2 } }, { a: 1 }],
    ["$bit and", { a: 13 }, { $bit: { a: { and: 10 } } }, { a: 8 }],
    ["$bit or", { a: 3 }, { $bit: { a: { or: 5 } } }, { a: 7 }],
    ["$bit xor of a long", { a: long(1) }, { $bit: { a: { xor: 5 } } }, { a: long(4) }],
    ["$bit of nothing", {}, { $bit: { a: { or: 5 } } }, { a: 5 }],
    ["$bit of a double", { a: 1.5 }, { $bit: { a: { or: 5 } } }, { code: 2 }],
    ["$bit of an unknown kind", { a: 1 }, { $bit: { a: { not: 5 } } }, { code: 2 }],
    ["$bit by a double", { a: 1 }, { $bit: { a: { or: 0.5 } } }, { code: 2 }],
    ["$currentDate of an unknown type", {}, { $currentDate: { a: { $type: "time" } } }, { code: 2 }],
    ["an operator that there isn't", { a: 1 }, { $square: { a: 1 } }, { code: 9 }],
    ["an operator without a document", { a: 1 }, { $set: 5 }, { code: 9 }],
    ["a replacement keeps the _id", { a: 1 }, { b: new Double(2) }, { b: new Double(2) }],
    ["a replacement with another _id", { a: 1 }, { _id: 8, b: 2 }, { code: 66 }],
  ]);

  it("$currentDate sets a date or a timestamp", async () => {
    const c = await on.collection([{ _id: 1 }]);
    const earliest = Date.now() - 5_000;
    await c.updateOne({ _id: 1 }, { $currentDate: { a: true, b: { $type: "timestamp" }, c: { $type: "date" } } } as Json);
    const { a, b, c: other } = (await c.findOne()) as { a: Date; b: Timestamp; c: Date };
    assert.ok(a.getTime() >= earliest && other.getTime() >= earliest);
    assert.ok(b instanceof Timestamp && b.getHighBitsUnsigned() * 1000 >= earliest - 1_000);
  });

  it("tells what matched from what changed", async () => {
    const c = await on.collection([
      { _id: 1, a: 1, n: new Int32(1) },
      { _id: 2, a: 1, n: 2 },
    ]);
    const same = await c.updateMany({ a: 1 }, { $set: { n: 1 } });
    assert.deepEqual([same.matchedCount, same.modifiedCount], [2, 1]);
    const typed = await c.updateOne({ _id: 1 }, { $set: { n: new Double(1) } });
    assert.equal(typed.modifiedCount, 1, "1.0 is another document than 1");
    assert.equal((await c.updateOne({ _id: 9 }, { $set: { n: 1 } })).matchedCount, 0);
  });

  it("updates many whose own change would find them again, once each", async () => {
    const c = await on.collection(Array.from({ length: 50 }, (_, i) => ({ _id: i, n: i })));
    await c.createIndex({ n: 1 });
    await c.updateMany({ n: { $gte: 0 } }, { $inc: { n: 10 } });
    assert.deepEqual(
      (await c.find().sort({ _id: 1 }).toArray()).map(({ n }) => n),
      Array.from({ length: 50 }, (_, i) => i + 10),
    );
  });
});
