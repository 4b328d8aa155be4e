import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { type Collection, MongoClient } from "mongodb";
import { type EmbeddedMongo, startEmbeddedMongo } from "../../server/embedded-mongo/start-embedded-mongo.ts";
import { temporaryFolder } from "../helpers/store.ts";
import type { Json } from "../helpers/test-app.ts";
import { type Change, type Condition, Model, Refused, type Thing } from "./model.ts";

/** Of every seed the same sequence; a failure names the seed. PROPERTY_SEEDS says how many to run, PROPERTY_SEED which alone. */
const seeds = process.env.PROPERTY_SEED
  ? [Number(process.env.PROPERTY_SEED)]
  : Array.from({ length: Number(process.env.PROPERTY_SEEDS ?? 2) }, (_, i) => i + 1);
const stepsEach = 260;
const reopenEvery = 120;

const indexSets: Record<string, (things: Collection<Thing>) => Promise<unknown>> = {
  "without indexes": async () => {},
  "with plain indexes": (things) =>
    Promise.all([
      things.createIndex({ a: 1 }),
      things.createIndex({ b: -1 }),
      things.createIndex({ t: 1 }),
      things.createIndex({ "s.x": 1 }),
    ]),
  "with compound, partial and unique indexes": (things) =>
    Promise.all([
      things.createIndex({ a: 1, b: -1 }),
      things.createIndex({ t: 1, b: 1, _id: -1 }),
      things.createIndex({ "s.x": 1, a: 1 }, { sparse: true }),
      things.createIndex({ a: -1, _id: 1 }, { partialFilterExpression: { b: { $exists: true } } }),
      things.createIndex({ b: 1 }, { unique: true, partialFilterExpression: { b: { $exists: true } }, name: "b_unique" }),
    ]),
};

describe("random operations on the embedded store", function () {
  this.timeout(60_000);
  for (const [how, makeIndexes] of Object.entries(indexSets))
    for (const seed of seeds)
      it(`leave what a plain model has, ${how}, also after reopening (seed ${seed})`, async () => {
        const folder = temporaryFolder();
        let store: EmbeddedMongo = await startEmbeddedMongo(folder);
        let client = await MongoClient.connect(store.uri);
        let things = client.db("p").collection<Thing>("things");
        try {
          const model = new Model();
          model.unique = how.includes("unique");
          await makeIndexes(things);
          const random = mulberry32(seed * 7_919);
          for (let step = 0; step < stepsEach; step++) {
            const where = `seed ${seed}, step ${step}`;
            await oneStep(things, model, random, where);
            if (step % reopenEvery === reopenEvery - 1) {
              await client.close();
              await store.stop();
              store = await startEmbeddedMongo(folder);
              client = await MongoClient.connect(store.uri);
              things = client.db("p").collection<Thing>("things");
            }
          }
          assert.deepEqual(sortedById(await things.find().toArray()), sortedById([...model.things.values()]));
          const { valid, errors } = await client.db("p").command({ validate: "things" });
          assert.ok(valid, errors.join("; "));
        } finally {
          await client.close();
          await store.stop();
          rmSync(folder, { recursive: true, force: true });
        }
      });
});

type Random = () => number;

/** A small generator with a seed (mulberry32). */
function mulberry32(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
const scalars = [0, 1, 2, 3, 5, 8, -1, 2.5, "", "a", "b", "ab", null] as const;
const numbers = [0, 1, 2, 3, 5, 8, -1, 2.5] as const;
const items = [1, 2, 3, "x", "y"] as const;

async function oneStep(things: Collection<Thing>, model: Model, random: Random, where: string): Promise<void> {
  const what = random();
  const conditions = Array.from({ length: Math.floor(random() * 3) }, () => someCondition(random));
  const filter = filterOf(conditions) as never;
  if (what < 0.3) {
    const thing = someThing(random);
    await both(
      () => things.insertOne({ ...thing }),
      () => model.insert(thing),
      where,
    );
  } else if (what < 0.55) {
    const change = someChange(random);
    const many = random() < 0.4;
    // A unique index stops an update of many halfway, in an order that isn't promised: then only one is changed.
    const all = many && !model.unique;
    if (all)
      await both(
        () => things.updateMany(filter, updateOf(change)),
        () => model.update(conditions, change, true),
        where,
      );
    else
      await both(
        () => things.findOneAndUpdate(filter, updateOf(change), { sort: { _id: 1 } }),
        () => model.update(conditions, change, false),
        where,
      );
  } else if (what < 0.65) {
    if (random() < 0.3) assert.equal((await things.deleteMany(filter)).deletedCount, model.remove(conditions, true), where);
    else assert.equal(Boolean(await things.findOneAndDelete(filter, { sort: { _id: 1 } })), model.remove(conditions, false) === 1, where);
  } else {
    const expected = model.matching(conditions);
    const said = `${where}: ${JSON.stringify(filter)}`;
    assert.deepEqual(sortedById(await things.find(filter).batchSize(7).toArray()), sortedById(expected), said);
    assert.equal(await things.countDocuments(filter), expected.length, said);
    const way = random() < 0.5 ? 1 : -1;
    const page = await things.find(filter).sort({ _id: way }).skip(2).limit(5).toArray();
    const wanted = sortedById(expected);
    if (way === -1) wanted.reverse();
    assert.deepEqual(page, wanted.slice(2, 7), said);
    const byB = (
      await things
        .find({ $and: [filter, { b: { $exists: true } }] } as never)
        .sort({ b: way, _id: way })
        .toArray()
    ).map(({ b, _id }) => [b, _id]);
    const modelByB = expected.filter(({ b }) => b !== undefined).map(({ b, _id }) => [b as number, _id]);
    modelByB.sort((x, y) => ((x[0] as number) - (y[0] as number) || (x[1] as number) - (y[1] as number)) * way);
    assert.deepEqual(byB, modelByB, said);
  }
}

/** Both do it, or both refuse. */
async function both(store: () => Promise<unknown>, model: () => unknown, where: string): Promise<void> {
  let refused = false;
  try {
    model();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    refused = true;
  }
  const failure = await store().then(
    () => undefined,
    (error: Json) => error,
  );
  assert.equal(failure?.code, refused ? 11000 : undefined, `${where}: ${failure?.message}`);
}

function someThing(random: Random): Thing {
  const thing: Thing = { _id: Math.floor(random() * 200) };
  if (random() < 0.8) thing.a = pick(random, scalars);
  if (random() < 0.7) thing.b = random() < 0.5 ? pick(random, numbers) : Math.floor(random() * 1_000);
  if (random() < 0.6) thing.t = Array.from({ length: Math.floor(random() * 4) }, () => pick(random, items));
  if (random() < 0.6) thing.s = { x: pick(random, numbers), ...(random() < 0.5 ? { y: "y" } : {}) };
  return thing;
}

function someCondition(random: Random, depth = 0): Condition {
  if (depth === 0 && random() < 0.15)
    return { or: [1, 2].map(() => Array.from({ length: 1 + Math.floor(random() * 2) }, () => someCondition(random, 1))) };
  const path = pick(random, ["a", "b", "t", "s.x", "_id"] as const);
  const value =
    path === "t"
      ? pick(random, items)
      : path === "a"
        ? pick(random, scalars)
        : path === "_id"
          ? Math.floor(random() * 200)
          : pick(random, numbers);
  const kind = random();
  if (kind < 0.15 && path !== "_id") return { path, is: "exists", value: random() < 0.6 };
  if (kind < 0.3)
    return { path, is: "in", value: [value, pick(random, scalars), path === "_id" ? Math.floor(random() * 200) : pick(random, items)] };
  return { path, is: pick(random, ["eq", "eq", "gt", "gte", "lt", "lte", "ne"] as const), value };
}

function someChange(random: Random): Change {
  const kind = random();
  if (kind < 0.3) {
    const path = pick(random, ["a", "b", "s.x"] as const);
    return { set: { path, value: path === "a" ? pick(random, scalars) : Math.floor(random() * 1_000) } };
  }
  if (kind < 0.45) return { unset: pick(random, ["a", "b", "t", "s"] as const) };
  if (kind < 0.65) return { inc: { path: pick(random, ["b", "s.x"] as const), by: pick(random, [1, 2.5, -3]) } };
  return kind < 0.85 ? { push: pick(random, items) } : { pull: pick(random, items) };
}

function filterOf(conditions: Condition[]): Json {
  const parts = conditions.map((condition): Json => {
    if ("or" in condition) return { $or: condition.or.map(filterOf) };
    const { path, is, value } = condition;
    return { [path]: is === "eq" ? value : { [`$${is}`]: value } };
  });
  return parts.length === 1 ? (parts[0] as Json) : parts.length === 0 ? {} : { $and: parts };
}

function updateOf(change: Change): Json {
  if ("set" in change) return { $set: { [change.set.path]: change.set.value } };
  if ("unset" in change) return { $unset: { [change.unset]: 1 } };
  if ("inc" in change) return { $inc: { [change.inc.path]: change.inc.by } };
  return "push" in change ? { $push: { t: change.push } } : { $pull: { t: change.pull } };
}

function sortedById<T extends { _id: number }>(list: T[]): T[] {
  return [...list].sort((x, y) => x._id - y._id);
}
