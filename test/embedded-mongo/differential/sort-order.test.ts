import assert from "node:assert/strict";
import { Binary, Decimal128, Double, Long, MaxKey, MinKey, ObjectId, Timestamp } from "mongodb";
import type { Json } from "../../helpers/test-app.ts";
import { failsWith, ground } from "./tables.ts";

/** MongoDB manual: "Comparison/Sort Order", "cursor.sort()". */
describe("the order of values", () => {
  const on = ground();
  /** Upwards; what stands in one list is equal. */
  const ladder: unknown[][] = [
    [new MinKey()],
    // The manual: an empty array is less than null or missing; missing is as null.
    [[]],
    [null, undefined],
    [Number.NaN],
    [Number.NEGATIVE_INFINITY],
    [-1e300],
    [Long.MIN_VALUE],
    [-5, new Double(-5), Long.fromNumber(-5)],
    [-0.5],
    [0, new Double(-0)],
    [Decimal128.fromString("0.1")],
    [0.1],
    [0.5, Decimal128.fromString("0.50")],
    [1],
    [new Double(9007199254740992)],
    [Long.fromString("9007199254740993")],
    [Long.MAX_VALUE],
    [1e300],
    [Number.POSITIVE_INFINITY],
    [""],
    ["A"],
    ["a"],
    ["a\u0000b"],
    ["aa"],
    ["b"],
    ["ż"],
    ["\uffee"],
    ["🎉"],
    [{}],
    [{ a: 1 }],
    [{ a: 1, b: 1 }],
    [{ b: 1 }],
    [{ a: "x" }],
    [new Binary(Buffer.from("z"))],
    [new Binary(Buffer.from("aa"))],
    [new ObjectId("000000000000000000000001")],
    [new ObjectId("000000000000000000000002")],
    [false],
    [true],
    [new Date(-5)],
    [new Date(5)],
    [new Timestamp({ t: 1, i: 1 })],
    [new Timestamp({ t: 1, i: 2 })],
    [/a/],
    [/b/],
    [new MaxKey()],
  ];
  const docs = ladder.flatMap((rung, step) => rung.map((v, i) => ({ _id: step * 10 + i, step, ...(v === undefined ? {} : { v }) })));
  const steps = docs.map(({ step }) => step);
  const shuffled = [...docs].sort((a, b) => ((a._id * 7919) % 101) - ((b._id * 7919) % 101));

  for (const [how, key] of [
    ["in memory", undefined],
    ["by an index upwards", { v: 1 }],
    ["by an index downwards", { v: -1 }],
    ["by a compound index", { v: 1, step: 1 }],
  ] as [string, Json | undefined][]) {
    it(`is MongoDB's ${how}, both ways`, async () => {
      const c = await on.collection(shuffled);
      if (key) await c.createIndex(key as never);
      const sorted = async (way: 1 | -1) => (await c.find().sort({ v: way }).toArray()).map(({ step }) => step);
      assert.deepEqual(await sorted(1), steps);
      assert.deepEqual(await sorted(-1), [...steps].reverse());
    });
  }

  it("an array sorts by its smallest element upwards, by its largest downwards", async () => {
    const c = await on.collection([
      { _id: 1, v: [5, 20] },
      { _id: 2, v: 10 },
      { _id: 3, v: [7, 8] },
    ]);
    for (let round = 0; round < 2; round++) {
      const ids = async (way: 1 | -1) => (await c.find().sort({ v: way }).toArray()).map(({ _id }) => _id);
      assert.deepEqual(
        [await ids(1), await ids(-1)],
        [
          [1, 3, 2],
          [1, 2, 3],
        ],
      );
      await c.createIndex({ v: 1 });
    }
  });

  it("by several fields in mixed directions, with and without an index that has it", async () => {
    const rows = Array.from({ length: 60 }, (_, i) => ({ _id: i, a: i % 3, b: (i * 7) % 10, c: i % 2 }));
    const plain = await on.collection(rows);
    const indexed = await on.collection(rows);
    await indexed.createIndex({ a: 1, b: -1 });
    await indexed.createIndex({ c: 1, a: -1, _id: 1 });
    for (const sort of [
      { a: 1, b: -1, _id: 1 },
      { a: -1, b: 1, _id: -1 },
      { a: 1, b: 1, _id: 1 },
      { a: -1, _id: 1 },
      { _id: -1 },
    ] as Json[])
      for (const filter of [{}, { a: 1 }, { a: { $in: [2, 0] } }, { c: 1 }, { c: { $in: [0, 1] }, a: 2 }] as Json[]) {
        const [x, y] = await Promise.all([plain, indexed].map((c) => c.find(filter).sort(sort).toArray()));
        assert.deepEqual(y, x, `${JSON.stringify(filter)} ${JSON.stringify(sort)}`);
        const [p, q] = await Promise.all([plain, indexed].map((c) => c.find(filter).sort(sort).skip(3).limit(5).toArray()));
        assert.deepEqual([p, q], [x?.slice(3, 8), x?.slice(3, 8)]);
      }
  });

  it("by a field that an equality on an array seems to fix", async () => {
    const c = await on.collection([
      { _id: 1, a: [5, 9], b: 1 },
      { _id: 2, a: [5, 1], b: 2 },
      { _id: 3, a: 5, b: 3 },
    ]);
    await c.createIndex({ b: 1 });
    assert.deepEqual(
      (await c.find({ a: 5 }).sort({ a: 1, b: 1 }).toArray()).map(({ _id }) => _id),
      [2, 1, 3],
    );
  });

  it("refuses a direction that isn't one", async () => {
    const c = await on.collection([{ _id: 1 }]);
    await failsWith(15975, on.db.command({ find: c.collectionName, sort: { a: 2 } }));
  });
});
