import assert from "node:assert/strict";
import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Document, MongoClient } from "mongodb";
import { Cursors, cursorIdleMs } from "../../server/embedded-mongo/cursors.ts";
import { expireDocuments } from "../../server/embedded-mongo/expire.ts";
import { startEmbeddedMongo } from "../../server/embedded-mongo/start-embedded-mongo.ts";
import { Storage } from "../../server/embedded-mongo/storage.ts";
import { eventually } from "../helpers/eventually.ts";
import { temporaryFolder } from "../helpers/store.ts";

const storeProcess = fileURLToPath(new URL("../chaos/store-process.js", import.meta.url));

describe("the embedded store in trouble", () => {
  let folder: string;
  const children: ChildProcess[] = [];
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    }
    rmSync(folder, { recursive: true, force: true });
  });

  const started = async (child: ChildProcess): Promise<string> => {
    children.push(child);
    const [message] = (await once(child, "message")) as [{ uri: string }];
    return message.uri;
  };
  const ownerElsewhere = async () => {
    const child = fork(storeProcess, [folder], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    await started(child);
    return child;
  };

  it("a process that had joined takes the store over when its owner is killed, and says so", async () => {
    const owner = await ownerElsewhere();
    const said: string[] = [];
    const joined = await startEmbeddedMongo(folder, (message) => said.push(message));
    assert.equal(joined.owner, false);
    const client = await MongoClient.connect(joined.uri);
    const things = client.db("a").collection<Document>("things");
    await things.insertOne({ _id: 1 as never });
    owner.kill("SIGKILL");
    await eventually(
      async () => joined.owner,
      (owns) => owns,
      "a new owner",
    );
    assert.match(
      said.join(),
      new RegExp(`^The process that ran the store \\(process id ${owner.pid}\\) has ended\\. This process runs the store now; nothing`),
    );
    await eventually(
      () => things.countDocuments({ _id: 1 as never }).catch(() => 0),
      (count) => count === 1,
      "what was acknowledged",
    );
    await things.insertOne({ _id: 2 as never });
    await client.close();
    await joined.stop();
  });

  it("of several that had joined one takes over, and the others join it", async () => {
    const owner = await ownerElsewhere();
    const said: string[] = [];
    const joined = await Promise.all([1, 2, 3].map(() => startEmbeddedMongo(folder, (message) => said.push(message))));
    owner.kill("SIGKILL");
    await eventually(
      async () => said.length,
      (count) => count === 3,
      "three reports",
    );
    assert.equal(joined.filter(({ owner: owns }) => owns).length, 1);
    assert.equal(said.filter((text) => text.includes("Another process runs it now")).length, 2);
    for (const one of joined.filter(({ owner: owns }) => !owns)) await one.stop();
    for (const one of joined) await one.stop();
  });

  it("a file that may grow no more: writes are refused in words, reads go on, nothing that was acknowledged is lost", async function () {
    this.timeout(60_000);
    // The shell's limit on the size of files stands for a disk that is full.
    const limited = spawn("sh", ["-c", `ulimit -f 12288; exec "${process.execPath}" "${storeProcess}" "${folder}"`], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    const client = await MongoClient.connect(await started(limited));
    const things = client.db("a").collection<{ _id: number; s: string }>("things");
    await things.createIndex({ s: 1 });
    let acknowledged = 0;
    const full = await (async () => {
      for (; acknowledged < 100; acknowledged++) {
        try {
          await things.insertOne({ _id: acknowledged, s: `${acknowledged}`.repeat(100_000) });
        } catch (error) {
          return error as Error & { code: number };
        }
      }
      return undefined;
    })();
    assert.ok(full, "it became full");
    assert.equal(full.code, 14031, full.message);
    assert.match(full.message, /the disk is full or fails .*nothing was written\. Make room on the disk of DATA_DIR/);
    assert.ok(acknowledged > 5);
    const found = await things.find().project({ s: 0 }).toArray();
    assert.deepEqual(
      found.map(({ _id }) => _id),
      Array.from({ length: acknowledged }, (_, i) => i),
    );
    const gone = once(limited, "exit");
    limited.kill("SIGKILL");
    await gone;
    await client.close(true);
    const again = await startEmbeddedMongo(folder);
    const after = await MongoClient.connect(again.uri);
    assert.equal(await after.db("a").collection("things").countDocuments({}), acknowledged);
    assert.equal((await after.db("a").command({ validate: "things" })).valid, true);
    await after.close();
    await again.stop();
  });

  it("a folder that can't be used, and a file that is no store: said with the way out, and left alone", async () => {
    writeFileSync(join(folder, "store"), "a file");
    await assert.rejects(startEmbeddedMongo(folder), /can't use .*a file stands where the folder should be/);
    rmSync(join(folder, "store"));
    mkdirSync(join(folder, "store"));
    const file = join(folder, "store", "hookline.mdb");
    writeFileSync(file, "this is no store".repeat(1_000));
    await assert.rejects(
      startEmbeddedMongo(folder),
      /can't use .*damaged or no store: it doesn't begin as one; keep it for inspection and restore a backup/,
    );
    assert.equal(statSync(file).size, 16_000);
    rmSync(join(folder, "store"), { recursive: true });
    if (process.getuid?.() === 0) return;
    chmodSync(folder, 0o500);
    await assert.rejects(startEmbeddedMongo(folder), /this user may not write there; give it write access, or set DATA_DIR/);
    chmodSync(folder, 0o700);
  });

  it("reuses the room of what has gone: a history that comes and goes doesn't grow the file", async function () {
    this.timeout(60_000);
    const storage = new Storage(folder);
    const collection = (() => {
      let made: ReturnType<Storage["createCollection"]> | undefined;
      storage.commit(() => {
        made = storage.createCollection("a.history");
        storage.createIndex("a.history", { name: "at_1", key: [["at", 1]], unique: false, sparse: false, expireAfterSeconds: 60 });
      });
      return made as NonNullable<typeof made>;
    })();
    const { serialize } = await import("bson");
    const size = () => statSync(join(folder, "hookline.mdb")).size;
    const sizes: number[] = [];
    for (let day = 0; day < 12; day++) {
      for (let part = 0; part < 4; part++)
        storage.commit(() => {
          for (let i = 0; i < 500; i++) {
            const doc = { _id: `${day}/${part}/${i}`, at: new Date(day * 100_000), body: "x".repeat(500) };
            storage.insert("a.history", collection, doc, Buffer.from(serialize(doc)));
          }
        });
      expireDocuments(storage, new Date(day * 100_000 + 50_000));
      // Expiry goes on by itself, a piece a turn.
      await eventually(
        async () => storage.count(collection),
        (count) => count === 2_000,
        "only the latest day",
      );
      sizes.push(size());
    }
    assert.ok((sizes.at(-1) as number) <= (sizes[2] as number) * 1.2, `the file grew: ${sizes.join(", ")}`);
    await storage.close();
  });

  it("validate tells when an index is out of step with its documents", async () => {
    const store = await startEmbeddedMongo(folder);
    const client = await MongoClient.connect(store.uri);
    const things = client.db("a").collection("things");
    await things.insertMany([{ a: 1 }, { a: 2 }]);
    await things.createIndex({ a: 1 });
    assert.deepEqual((await client.db("a").command({ validate: "things" })).keysPerIndex, { _id_: 2, a_1: 2 });
    await client.close();
    await store.stop();
    const { open } = await import("lmdb");
    const env = open({ path: join(folder, "store", "hookline.mdb"), encoding: "binary", keyEncoding: "binary", maxDbs: 8 });
    const entries = env.openDB<Buffer, Buffer>({ name: "entries", encoding: "binary", keyEncoding: "binary" });
    const [first] = [...entries.getKeys()];
    await entries.remove(first as Buffer);
    await env.close();
    const again = await startEmbeddedMongo(folder);
    const after = await MongoClient.connect(again.uri);
    const { valid, errors } = await after.db("a").command({ validate: "things" });
    assert.equal(valid, false);
    assert.match(errors.join(), /index a_1 lacks an entry.*index a_1 has 1 entries, the documents make 2/);
    await after.close();
    await again.stop();
  });

  it("a cursor that nobody asks for in ten minutes is closed, unless it was to stay", () => {
    let now = 1_000_000;
    const cursors = new Cursors(() => now);
    const source = () => {
      let given = 0;
      return {
        *open() {
          while (given < 10) yield { bytes: Buffer.of(given), taken: () => void given++ };
        },
      };
    };
    const idle = cursors.start("a.b", source(), 2);
    const used = cursors.start("a.b", source(), 2);
    const immortal = cursors.start("a.b", source(), 2, { immortal: true });
    now += cursorIdleMs - 1;
    cursors.more(used.id, "a.b", 2);
    now += 2;
    cursors.closeIdle();
    assert.throws(() => cursors.more(idle.id, "a.b", 2), /not found/);
    assert.deepEqual([...cursors.more(used.id, "a.b", 2).batch.map((bytes) => bytes[0])], [4, 5]);
    now += 10 * cursorIdleMs;
    cursors.closeIdle();
    assert.equal(cursors.size, 1);
    assert.equal(cursors.more(immortal.id, "a.b", 100).batch.length, 8);
    assert.equal(cursors.size, 0);
  });
});
