import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type Collection, MongoClient } from "mongodb";
import { temporaryFolder } from "../helpers/store.ts";

/**
 * `npm run chaos:store [-- kills]`: kills the embedded store's process at random instants while many write, and compares
 * every acknowledged write with what is there after each restart. Ends with 1 where anything was lost.
 */
const kills = Number(process.argv[2] ?? 200);
const writers = 16;
const keysPerWriter = 60;
const storeProcess = fileURLToPath(new URL("./store-process.js", import.meta.url));

type Stored = { _id: string; writer: number; n: number; tag: string; list: number[]; unique: string };
/** What a key may hold now: one state, or two while a write's answer never came. */
type Possible = (Stored | undefined)[];

const counts = { acknowledged: 0, doubted: 0, happened: 0, lost: 0, wrong: 0, indexes: 0, restarts: 0 };
const folder = temporaryFolder();
const known = new Map<string, Possible>();
const complaints: string[] = [];
let made = 0;
let stopping = false;

async function startStore(): Promise<{ child: ChildProcess; uri: string }> {
  const child = fork(storeProcess, [folder], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const [message] = (await Promise.race([
    once(child, "message"),
    once(child, "exit").then(() => {
      throw new Error("the store didn't start");
    }),
  ])) as [{ uri: string }];
  return { child, uri: message.uri };
}

async function kill(child: ChildProcess): Promise<void> {
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

/** One random write of a writer's own key; what it was told is remembered. */
async function write(collection: Collection<Stored>, writer: number): Promise<void> {
  const _id = `${writer}/${Math.floor(Math.random() * keysPerWriter)}`;
  const possible = known.get(_id) ?? [undefined];
  const now = possible[0];
  const serial = ++made;
  let next: Stored | undefined;
  let run: () => Promise<unknown>;
  if (!now) {
    next = { _id, writer, n: serial, tag: `t${serial % 7}`, list: [serial % 5, 100], unique: `u${serial}` };
    const doc = next;
    run = () => collection.insertOne(doc);
  } else if (Math.random() < 0.2) {
    next = undefined;
    run = () => collection.deleteOne({ _id });
  } else if (Math.random() < 0.5) {
    next = { ...now, n: serial, tag: `t${serial % 7}`, list: [...now.list, serial % 5].slice(-6) };
    const { n, tag } = next;
    run = () => collection.updateOne({ _id }, { $set: { n, tag }, $push: { list: { $each: [serial % 5], $slice: -6 } } });
  } else {
    next = { ...now, n: serial, unique: `u${serial}` };
    const { n, unique } = next;
    run = () => collection.findOneAndUpdate({ _id }, { $set: { n, unique } }, { sort: { _id: 1 } });
  }
  known.set(_id, [now, next]);
  try {
    await run();
    counts.acknowledged++;
    known.set(_id, [next]);
  } catch (error) {
    // No answer: it may have happened or not. A refusal would be a fault, since every writer has keys of its own.
    if (typeof (error as { code?: unknown }).code === "number") complain("wrong", `a write was refused: ${(error as Error).message}`);
    counts.doubted++;
    throw error;
  }
}

async function writeUntilDead(collection: Collection<Stored>, writer: number): Promise<void> {
  while (!stopping) {
    try {
      await write(collection, writer);
    } catch {
      return;
    }
  }
}

function complain(kind: "lost" | "wrong" | "indexes", text: string): void {
  counts[kind]++;
  if (complaints.length < 20) complaints.push(`${kind}: ${text}`);
}

const same = (a: Stored | undefined, b: Stored | undefined) => JSON.stringify(a) === JSON.stringify(b);

/** Every key holds what was acknowledged last, or what was under way; indexes are in step with the documents. */
async function verify(collection: Collection<Stored>): Promise<void> {
  const stored = new Map((await collection.find().toArray()).map((doc) => [doc._id, doc]));
  for (const [_id, possible] of known) {
    const found = stored.get(_id);
    if (!possible.some((state) => same(state, found)))
      complain("lost", `${_id} holds ${JSON.stringify(found)}, acknowledged was ${JSON.stringify(possible)}`);
    if (possible.length > 1 && same(possible[1], found)) counts.happened++;
    known.set(_id, [found]);
  }
  for (const _id of stored.keys()) if (!known.has(_id)) complain("wrong", `${_id} is there and was never written`);
  const { valid, errors } = await collection.db.command({ validate: collection.collectionName, full: true });
  if (!valid) complain("indexes", errors.join("; "));
}

let ended: "killed" | "between" = "between";
const started = performance.now();
try {
  for (let round = 0; round <= kills; round++) {
    const { child, uri } = await startStore();
    // Some are killed while they start: recovering must be as safe as running.
    if (round > 0 && round % 10 === 0 && round < kills) {
      await delay(Math.random() * 30);
      await kill(child);
      counts.restarts++;
      continue;
    }
    const client = await MongoClient.connect(`${uri}/chaos`, { maxPoolSize: writers, serverSelectionTimeoutMS: 5_000 });
    const collection = client.db().collection<Stored>("things");
    if (round === 0) {
      await collection.createIndex({ unique: 1 }, { unique: true });
      await collection.createIndex({ tag: 1, n: -1 });
      await collection.createIndex({ list: 1 });
      await collection.createIndex({ writer: 1 }, { partialFilterExpression: { tag: "t1" } });
    }
    await verify(collection);
    if (round === kills) {
      ended = "killed";
      await client.close();
      await kill(child);
      break;
    }
    stopping = false;
    const all = Promise.all(Array.from({ length: writers }, (_, writer) => writeUntilDead(collection, writer)));
    await delay(20 + Math.random() * 300);
    await kill(child);
    stopping = true;
    await client.close(true);
    await all;
    if (round % 20 === 19) console.log(`${round + 1} kills, ${counts.acknowledged} writes acknowledged, ${counts.lost} lost`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

console.table([
  {
    kills,
    "of them while starting": counts.restarts,
    acknowledged: counts.acknowledged,
    "without an answer": counts.doubted,
    "of them done": counts.happened,
    lost: counts.lost,
    "otherwise wrong": counts.wrong,
    "indexes out of step": counts.indexes,
    seconds: Math.round((performance.now() - started) / 1000),
  },
]);
for (const complaint of complaints) console.log(complaint);
process.exit(ended === "killed" && counts.lost + counts.wrong + counts.indexes === 0 && counts.acknowledged > kills ? 0 : 1);
