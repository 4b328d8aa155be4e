import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { MongoClient } from "mongodb";
import { backUp, restore } from "../../server/embedded-mongo/backup.ts";
import { type EmbeddedMongo, startEmbeddedMongo } from "../../server/embedded-mongo/start-embedded-mongo.ts";
import { temporaryFolder } from "../helpers/store.ts";

const run = promisify(execFile);

describe("backup and restore of the embedded store", () => {
  let folder: string;
  let store: EmbeddedMongo | undefined;
  const made: string[] = [];
  const newFolder = () => {
    const one = temporaryFolder();
    made.push(one);
    return one;
  };
  beforeEach(async () => {
    folder = newFolder();
    store = await startEmbeddedMongo(folder);
  });
  afterEach(async () => {
    await store?.stop();
    for (const one of made.splice(0)) rmSync(one, { recursive: true, force: true });
  });

  const inStore = async <T>(work: (client: MongoClient) => Promise<T>): Promise<T> => {
    const client = await MongoClient.connect(store?.uri as string);
    try {
      return await work(client);
    } finally {
      await client.close();
    }
  };

  it("copies what is there at one instant while others write, and puts it back with its indexes", async () => {
    const target = join(newFolder(), "backup");
    writeFileSync(join(folder, "secret.key"), "a key", { mode: 0o600 });
    let written = 0;
    await inStore(async (client) => {
      const pairs = client.db("a").collection<{ _id: string; n: number }>("pairs");
      await pairs.createIndex({ n: 1 });
      let stopped = false;
      // Each turn writes a pair together; a copy that tore them apart would hold an odd number.
      const writing = (async () => {
        while (!stopped) {
          await pairs.insertMany([
            { _id: `${written}a`, n: written },
            { _id: `${written}b`, n: written },
          ]);
          written++;
        }
      })();
      while (written < 50) await new Promise((done) => setImmediate(done));
      const inventory = await backUp(folder, target);
      stopped = true;
      await writing;
      assert.equal(inventory.collections, 1);
      assert.ok(inventory.documents >= 100 && inventory.documents <= written * 2);
      assert.equal(inventory.documents % 2, 0);
    });
    assert.deepEqual(readdirSync(target).sort(), ["hookline.mdb", "secret.key"]);
    assert.equal(statSync(join(target, "hookline.mdb")).mode & 0o777, 0o600);
    await store?.stop();
    store = undefined;

    const elsewhere = newFolder();
    const restored = await restore(elsewhere, target);
    assert.equal(restored.before, undefined);
    assert.equal(readFileSync(join(elsewhere, "secret.key"), "utf8"), "a key");
    store = await startEmbeddedMongo(elsewhere);
    await inStore(async (client) => {
      const pairs = client.db("a").collection("pairs");
      assert.equal(await pairs.countDocuments(), restored.documents);
      assert.equal(await pairs.countDocuments({ n: 10 }), 2);
      assert.equal((await pairs.indexes()).length, 2);
    });
  });

  it("refuses to overwrite, to restore under a running server, and a copy that is not whole", async () => {
    await inStore((client) =>
      client
        .db("a")
        .collection("b")
        .insertMany(Array.from({ length: 5_000 }, (_, i) => ({ i, s: "x".repeat(100) }))),
    );
    const target = join(newFolder(), "backup");
    await backUp(folder, target);
    await assert.rejects(backUp(folder, target), /is not empty; choose a new folder/);
    await assert.rejects(backUp(newFolder(), join(newFolder(), "b")), /there is no store in/);
    await assert.rejects(restore(folder, target), /a process runs on the store/);
    await store?.stop();
    store = undefined;
    await assert.rejects(restore(folder, newFolder()), /holds no backup/);
    await assert.rejects(restore(folder, target), /there is a store in .* already; --replace/);
    const { before, documents } = await restore(folder, target, { replace: true });
    assert.equal(documents, 5_000);
    assert.ok(before && existsSync(join(before, "hookline.mdb")), "what was there is kept");
    const file = join(target, "hookline.mdb");
    for (const bytes of [statSync(file).size - 4_096, 8_192, 5_000, 40]) {
      truncateSync(file, bytes);
      await assert.rejects(restore(folder, target, { replace: true }), /is not whole/, String(bytes));
    }
    store = await startEmbeddedMongo(folder);
    await inStore(async (client) => assert.equal(await client.db("a").collection("b").countDocuments({}), 5_000));
  });

  it("by command, beside a running server and without one", async () => {
    await inStore((client) => client.db("hookline").collection("b").insertOne({ a: 1 }));
    const env = { ...process.env, DATA_DIR: folder, MONGODB_URI: "" };
    const cli = (...args: string[]) => run(process.execPath, ["dist/server/cli/cli.js", ...args], { env });
    const target = join(newFolder(), "copy");
    assert.match(
      (await cli("backup", target)).stdout,
      /1 documents in 1 collections are in .*every one of them was read back[\s\S]*SECRET_KEY/,
    );
    await assert.rejects(cli("restore", target), /a process runs on the store/);
    await store?.stop();
    store = undefined;
    assert.match((await cli("backup", `${target}2`)).stdout, /1 documents/);
    assert.match(
      (await cli("restore", `${target}2`, "--replace")).stdout,
      /1 documents in 1 collections are in .* again\.\nWhat was there is in /,
    );
    await assert.rejects(
      run(process.execPath, ["dist/server/cli/cli.js", "backup", target], { env: { ...env, MONGODB_URI: "mongodb://127.0.0.1:1/x" } }),
      /mongodump/,
    );
  });
});
