import { rmSync } from "node:fs";
import { type AnyBulkWriteOperation, type Collection, MongoClient } from "mongodb";
import { startEmbeddedMongo } from "../../server/embedded-mongo/start-embedded-mongo.ts";
import { temporaryFolder } from "../helpers/store.ts";

/**
 * `npm run bench:store [-- scale]`: operations per second of the embedded store through the driver, at 1 and at 64 in
 * flight, on collections of ten thousand, a hundred thousand and a million documents; every write flushed before it is
 * acknowledged. `scale` 0.1 takes a tenth of the documents and of the time. MONGODB_URI measures another server.
 */
const scale = Number(process.argv[2] ?? 1);
const sizes = [10_000, 100_000, 1_000_000].map((size) => Math.round(size * scale));
const secondsEach = Math.max(0.5, 3 * scale);
const batch = 1_000;

type Row = { _id: string; key: string; group: number; n: number; at: Date; name: string; note: string };
const folder = temporaryFolder();
const store = process.env.MONGODB_URI ? undefined : await startEmbeddedMongo(folder);
const client = await MongoClient.connect(process.env.MONGODB_URI ?? `${store?.uri}/bench`, { maxPoolSize: 64 });
const db = client.db(`bench_${process.pid}`);
const rows: Collection<Row> = db.collection("rows");
await rows.createIndex({ key: 1 }, { unique: true });
await rows.createIndex({ group: 1, _id: 1 });

const idOf = (i: number) => `r${String(i).padStart(9, "0")}`;
const rowOf = (i: number): Row => ({
  _id: idOf(i),
  key: `k${(i * 7_919_993) % 1_000_000_007}`,
  group: i % 1_000,
  n: i,
  at: new Date(1_700_000_000_000 + i),
  name: `A name of some length ${i}`,
  note: "x".repeat(120),
});

/** How often a second `work` is done by so many at once. */
async function rate(inFlight: number, work: (i: number) => Promise<unknown>, each = 1): Promise<number> {
  const until = performance.now() + secondsEach * 1000;
  let done = 0;
  let next = 0;
  const started = performance.now();
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (performance.now() < until) {
        await work(next++);
        done += each;
      }
    }),
  );
  return Math.round(done / ((performance.now() - started) / 1000));
}

const results: Record<string, Record<string, number>> = {};
let stored = 0;
let extra = 1_500_000_000;
for (const size of sizes) {
  const started = performance.now();
  const loaded = size - stored;
  for (; stored < size; stored += batch)
    await rows.insertMany(
      Array.from({ length: batch }, (_, i) => rowOf(stored + i)),
      { ordered: false },
    );
  const column = size.toLocaleString("en-GB");
  const put = (name: string, value: number) => {
    results[name] = { ...results[name], [column]: value };
  };
  const random = () => Math.floor(Math.random() * size);
  put("insertMany of 1,000, documents", Math.round(loaded / ((performance.now() - started) / 1000)));
  for (const inFlight of [1, 64]) {
    const inserted: string[] = [];
    put(
      `insertOne, ${inFlight} in flight`,
      await rate(inFlight, () => {
        const row = rowOf(extra++);
        inserted.push(row._id);
        return rows.insertOne({ ...row, key: `extra${extra}` });
      }),
    );
    await rows.deleteMany({ _id: { $in: inserted } });
    put(
      `findOneAndUpdate by _id, ${inFlight} in flight`,
      await rate(inFlight, () => rows.findOneAndUpdate({ _id: idOf(random()) }, { $inc: { n: 1 } })),
    );
    put(`findOne by _id, ${inFlight} in flight`, await rate(inFlight, () => rows.findOne({ _id: idOf(random()) })));
    put(`findOne by an index, ${inFlight} in flight`, await rate(inFlight, () => rows.findOne({ key: rowOf(random()).key })));
    put(
      `a page of 20 by an index, ${inFlight} in flight`,
      await rate(inFlight, () =>
        rows
          .find({ group: random() % 1_000 })
          .sort({ _id: -1 })
          .limit(20)
          .toArray(),
      ),
    );
  }
  const updates = (): AnyBulkWriteOperation<Row>[] =>
    Array.from({ length: batch }, () => ({
      updateOne: { filter: { _id: idOf(random()) }, update: { $set: { group: random() % 1_000 } } },
    }));
  put(
    "bulkWrite of 1,000 updates that move in an index, documents",
    await rate(1, () => rows.bulkWrite(updates(), { ordered: false }), batch),
  );
}
const [smallest, , largest] = sizes.map((size) => size.toLocaleString("en-GB")) as [string, string, string];
for (const row of Object.values(results)) row["last / first"] = Number(((row[largest] as number) / (row[smallest] as number)).toFixed(2));
console.log(`${process.env.MONGODB_URI ? "MONGODB_URI" : "embedded store"}, operations a second (documents where it says so)`);
console.table(results);
await db.dropDatabase();
await client.close();
await store?.stop();
rmSync(folder, { recursive: true, force: true });
