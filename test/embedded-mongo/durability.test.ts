import assert from "node:assert/strict";
import { rmSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { MongoBackend } from "@agendajs/mongo-backend";
import { Agenda } from "agenda";
import MongoStore from "connect-mongo";
import { MongoClient } from "mongodb";
import { type EmbeddedMongo, startEmbeddedMongo } from "../../server/embedded-mongo/start-embedded-mongo.ts";
import { eventually } from "../helpers/eventually.ts";
import { temporaryFolder } from "../helpers/store.ts";

describe("the embedded store on disk", () => {
  let folder: string;
  let store: EmbeddedMongo;
  beforeEach(async () => {
    folder = temporaryFolder();
    store = await startEmbeddedMongo(folder);
  });
  afterEach(async () => {
    await store.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("keeps documents and indexes over a restart", async () => {
    const client = await MongoClient.connect(store.uri);
    const people = client.db("a").collection("people");
    await people.createIndex({ email: 1 }, { unique: true });
    await people.insertMany([{ email: "a@x.example" }, { email: "b@x.example" }]);
    await client.close();
    await store.stop();
    store = await startEmbeddedMongo(folder);
    const again = await MongoClient.connect(store.uri);
    const reopened = again.db("a").collection("people");
    assert.equal(await reopened.countDocuments({ email: "b@x.example" }), 1);
    await assert.rejects(reopened.insertOne({ email: "a@x.example" }), /E11000/);
    await again.close();
  });

  it("a second start on the same folder joins the first", async () => {
    const second = await startEmbeddedMongo(folder);
    assert.deepEqual([store.owner, second.owner, second.uri], [true, false, store.uri]);
    const racers = await Promise.all(Array.from({ length: 4 }, () => startEmbeddedMongo(folder)));
    assert.ok(racers.every(({ owner }) => !owner));
    for (const joined of [second, ...racers]) await joined.stop();
  });

  it("exactly one of several that start at once becomes the owner", async () => {
    const fresh = temporaryFolder();
    const racers = await Promise.all(Array.from({ length: 4 }, () => startEmbeddedMongo(fresh)));
    assert.equal(racers.filter(({ owner }) => owner).length, 1);
    for (const racer of racers.filter(({ owner }) => !owner)) await racer.stop();
    for (const racer of racers) await racer.stop();
    rmSync(fresh, { recursive: true, force: true });
  });

  it("takes over from an owner that died and left its lock behind", async () => {
    const fresh = temporaryFolder();
    const first = await startEmbeddedMongo(fresh);
    await first.stop();
    writeFileSync(join(fresh, "store", "owner.pid"), "999999999");
    writeFileSync(join(fresh, "store", "mongo.sock"), "");
    const second = await startEmbeddedMongo(fresh);
    assert.equal(second.owner, true);
    await second.stop();
    rmSync(fresh, { recursive: true, force: true });
  });

  it("is open to its own user only", () => {
    const path = decodeURIComponent(store.uri.slice("mongodb://".length));
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(statSync(join(folder, "store")).mode & 0o777, 0o700);
  });

  it("hangs up on what is not its protocol and goes on serving the others", async () => {
    const path = decodeURIComponent(store.uri.slice("mongodb://".length));
    for (const nonsense of [
      Buffer.from("GET / HTTP/1.1\r\n\r\n"),
      Buffer.alloc(64, 0xff),
      Buffer.from([20, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0xdd, 7, 0, 0, 0, 0, 0, 0]),
    ]) {
      await new Promise<void>((closed) => {
        const socket = connect(path, () => socket.write(nonsense));
        socket.on("error", () => {});
        socket.on("close", () => closed());
      });
    }
    const client = await MongoClient.connect(store.uri);
    assert.equal((await client.db("a").command({ ping: 1 })).ok, 1);
    await client.close();
  });

  it("refuses a file from a newer version in words, and leaves it alone", async () => {
    const { open } = await import("lmdb");
    const fresh = temporaryFolder();
    const first = await startEmbeddedMongo(fresh);
    await first.stop();
    const env = open({ path: join(fresh, "store", "hookline.mdb"), encoding: "binary", keyEncoding: "binary", maxDbs: 8 });
    await env.openDB<string, string>({ name: "catalog", encoding: "string" }).put("format", "99");
    await env.close();
    await assert.rejects(startEmbeddedMongo(fresh), /newer version of Hookline \(format 99/);
    rmSync(fresh, { recursive: true, force: true });
  });

  it("runs agenda: a job each, claimed once, and repeated", async () => {
    const client = await MongoClient.connect(store.uri);
    const agenda = new Agenda({ backend: new MongoBackend({ mongo: client.db("jobs") as never }), processEvery: 20 });
    await agenda.ready;
    const ran: number[] = [];
    agenda.define<{ n: number }>("count", async (job) => {
      ran.push(job.attrs.data.n);
    });
    await agenda.start();
    for (let n = 0; n < 5; n++) await agenda.now("count", { n });
    await eventually(
      () => ran.length,
      (count) => count === 5,
    );
    assert.deepEqual(ran.sort(), [0, 1, 2, 3, 4]);
    await agenda.stop();
    await client.close();
  });

  it("runs connect-mongo: sessions are set, read, touched and destroyed", async () => {
    const client = await MongoClient.connect(store.uri);
    const sessions = MongoStore.create({ client: client as never, dbName: "web", ttl: 60 });
    const call = <T>(work: (done: (error: unknown, value?: T) => void) => void) =>
      new Promise<T | undefined>((resolve, reject) => work((error, value) => (error ? reject(error) : resolve(value))));
    const session = { cookie: { originalMaxAge: 60_000 }, who: "ada" };
    await call((done) => sessions.set("s1", session as never, done));
    const read = await call<{ who?: string }>((done) => sessions.get("s1", done as never));
    assert.equal(read?.who, "ada");
    await call((done) => sessions.touch("s1", session as never, done));
    await call((done) => sessions.destroy("s1", done));
    assert.equal((await call((done) => sessions.get("s1", done as never))) ?? null, null);
    await sessions.close();
  });
});
