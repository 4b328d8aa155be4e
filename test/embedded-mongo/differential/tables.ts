import assert from "node:assert/strict";
import { BSON, type Collection, type Db, MongoClient } from "mongodb";
import { testDatabaseUri } from "../../helpers/store.ts";
import type { Json } from "../../helpers/test-app.ts";

/** Whether these tables run against a server of MongoDB's own, by MONGODB_URI, instead of the embedded store. */
export const elsewhere = Boolean(process.env.MONGODB_URI);

export type Ground = {
  readonly db: Db;
  /** Gives numbers as the store has them: Int32, Double, Long, Decimal128. */
  readonly typed: Db;
  /** A new collection with these documents. */
  collection(docs?: Json[]): Promise<Collection<Json>>;
};

/** A database for a `describe`, through the real driver; gone after it. */
export function ground(): Ground {
  let client: MongoClient;
  let typedClient: MongoClient;
  let name: string;
  let made = 0;
  before(async () => {
    const uri = await testDatabaseUri();
    client = await MongoClient.connect(uri);
    typedClient = await MongoClient.connect(uri, { promoteValues: false });
    name = client.db().databaseName;
    // The application may not scan; these tables compare scans with indexes.
    if (!elsewhere) await client.db("admin").command({ setParameter: 1, notablescan: 0 });
  });
  after(async () => {
    await client.db(name).dropDatabase();
    if (!elsewhere) await client.db("admin").command({ setParameter: 1, notablescan: 1 });
    await client.close();
    await typedClient.close();
  });
  return {
    get db() {
      return client.db(name);
    },
    get typed() {
      return typedClient.db(name);
    },
    async collection(docs = []) {
      const fresh = client.db(name).collection<Json>(`c${++made}`);
      if (docs.length > 0) await fresh.insertMany(docs);
      return fresh;
    },
  };
}

/** Documents with their types in the text, so that 1, 1.0 and NumberLong(1) differ. */
export function canonical(value: unknown): string {
  return BSON.EJSON.stringify(value as Json, { relaxed: false });
}

export async function failsWith(code: number, work: Promise<unknown>, what = ""): Promise<void> {
  await assert.rejects(work, (error: { code?: unknown; message: string }) => {
    assert.equal(Number(error.code), code, `${what} ${error.message}`);
    return true;
  });
}

/** A query and the _ids that it finds; or the code that it is refused with. */
export type QueryRow = [what: string, query: Json, expected: unknown[] | { code: number }];

/** Runs each query on a scan and with an index on each of the paths: both must say the same. */
export function queryTable(on: Ground, docs: Json[], paths: string[], rows: QueryRow[]): void {
  let plain: Collection<Json>;
  let indexed: Collection<Json>;
  before(async () => {
    plain = await on.collection(docs);
    indexed = await on.collection(docs);
    for (const path of paths) await indexed.createIndex({ [path]: 1 });
    for (const path of paths.slice(0, 2)) await indexed.createIndex({ [path]: -1, _id: 1 }, { name: `${path}_down` });
  });
  for (const [what, query, expected] of rows) {
    it(what, async () => {
      for (const [how, where] of [
        ["by a scan", plain],
        ["with indexes", indexed],
      ] as const) {
        if (!Array.isArray(expected)) {
          await failsWith(expected.code, where.find(query).toArray(), how);
          continue;
        }
        const found = (await where.find(query).toArray()).map(({ _id }) => _id);
        assert.deepEqual(found.sort(), [...expected].sort(), how);
        assert.equal(await where.countDocuments(query), expected.length, `${how}, counted`);
      }
    });
  }
}

/** An update of one document, and what is there afterwards (without _id); or the code that it is refused with, which changes nothing. */
export type UpdateRow = [what: string, before: Json, update: Json, expected: Json | { code: number }, options?: Json];

export function updateTable(on: Ground, rows: UpdateRow[]): void {
  for (const [what, before, update, expected, options = {}] of rows) {
    it(what, async () => {
      const c = await on.collection([{ _id: 7, ...before }]);
      const typed = on.typed.collection<Json>(c.collectionName);
      const { filter = { _id: 7 }, ...rest } = options;
      const run = () => (Object.keys(update)[0]?.startsWith("$") ? c.updateOne(filter, update, rest) : c.replaceOne(filter, update, rest));
      if (typeof expected.code === "number" && Object.keys(expected).length === 1) {
        await failsWith(expected.code, run());
        assert.equal(canonical(await typed.findOne()), canonical({ _id: 7, ...before }), "the document is whole");
      } else {
        await run();
        assert.equal(canonical(await typed.findOne()), canonical({ _id: 7, ...expected }));
      }
    });
  }
}
