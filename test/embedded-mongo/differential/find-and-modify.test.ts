import assert from "node:assert/strict";
import { Double } from "mongodb";
import { canonical, failsWith, ground } from "./tables.ts";

/** MongoDB manual: "findAndModify". */
describe("findAndModify", () => {
  const on = ground();

  it("gives the document before or after, sorted, projected", async () => {
    const c = await on.collection(Array.from({ length: 20 }, (_, i) => ({ _id: i, order: -i, free: true })));
    const first = await c.findOneAndUpdate({ free: true }, { $set: { free: false } }, { sort: { order: 1 } });
    assert.deepEqual(first, { _id: 19, order: -19, free: true });
    const after = await c.findOneAndUpdate(
      { free: true },
      { $set: { free: false } },
      { sort: { order: -1 }, returnDocument: "after", projection: { order: 0 } },
    );
    assert.deepEqual(after, { _id: 0, free: false });
    assert.deepEqual(await c.findOneAndDelete({ _id: 3 }, { projection: { free: 1 } }), { _id: 3, free: true });
    assert.equal(await c.findOneAndUpdate({ _id: 3 }, { $set: { free: false } }), null);
    assert.deepEqual(await c.findOneAndReplace({ _id: 4 }, { now: 1 }, { returnDocument: "after" }), { _id: 4, now: 1 });
  });

  it("claims a document once, however many ask", async () => {
    const c = await on.collection(Array.from({ length: 19 }, (_, i) => ({ _id: i, order: -i, free: true })));
    const claims = await Promise.all(
      Array.from({ length: 30 }, () =>
        c.findOneAndUpdate({ free: true }, { $set: { free: false } }, { sort: { order: 1 }, returnDocument: "after" }),
      ),
    );
    const got = claims.flatMap((claim) => (claim ? [claim._id] : []));
    assert.equal(got.length, 19);
    assert.equal(new Set(got).size, 19);
  });

  it("upserts: null before, the document after, and says what it made", async () => {
    const c = await on.collection();
    assert.equal(await c.findOneAndUpdate({ _id: 1 }, { $set: { a: 1 } }, { upsert: true }), null);
    assert.deepEqual(await c.findOneAndUpdate({ _id: 2 }, { $set: { a: 1 } }, { upsert: true, returnDocument: "after" }), { _id: 2, a: 1 });
    const whole = await c.findOneAndUpdate({ _id: 3 }, { $set: { a: 1 } }, { upsert: true, includeResultMetadata: true });
    assert.deepEqual(whole.lastErrorObject, { n: 1, updatedExisting: false, upserted: 3 });
  });

  it("changes an element by $ and $[e]", async () => {
    const c = await on.collection([{ _id: 1, a: [{ k: 1 }, { k: 2 }] }]);
    await c.findOneAndUpdate({ "a.k": 2 }, { $set: { "a.$.x": 1 } });
    const after = await c.findOneAndUpdate(
      { _id: 1 },
      { $set: { "a.$[e].y": new Double(2) } },
      { arrayFilters: [{ "e.k": 1 }], returnDocument: "after" },
    );
    assert.deepEqual(after, {
      _id: 1,
      a: [
        { k: 1, y: 2 },
        { k: 2, x: 1 },
      ],
    });
    const typed = await on.typed.collection(c.collectionName).findOne();
    assert.match(canonical(typed), /"y":\{"\$numberDouble":"2.0"\}/);
  });

  it("refuses what makes no sense", async () => {
    const c = await on.collection([{ _id: 1 }]);
    const run = (options: object) => on.db.command({ findAndModify: c.collectionName, query: { _id: 1 }, ...options });
    await failsWith(9, run({}));
    await failsWith(9, run({ remove: true, update: { $set: { a: 1 } } }));
    await failsWith(9, run({ remove: true, new: true }));
    await failsWith(66, run({ update: { $set: { _id: 2 } } }));
  });
});
