import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MongoClient } from "mongodb";
import { type EmbeddedMongo, startEmbeddedMongo } from "../../server/embedded-mongo/start-embedded-mongo.ts";

let shared: Promise<{ store: EmbeddedMongo; folder: string }> | undefined;
let databases = 0;

/**
 * One store for the whole run, a database of its own for each test app. With MONGODB_URI set, that server is used.
 */
export async function testDatabaseUri(): Promise<string> {
  const name = `test_${process.pid}_${++databases}`;
  if (process.env.MONGODB_URI) return process.env.MONGODB_URI.replace(/(mongodb(?:\+srv)?:\/\/[^/?]+)\/?[^?]*/, `$1/${name}`);
  shared ??= (async () => {
    const folder = temporaryFolder();
    const store = await startEmbeddedMongo(folder);
    await refuseScans(store.uri);
    return { store, folder };
  })();
  return `${(await shared).store.uri}/${name}`;
}

/** A query that no index serves fails where it is made: with a million deliveries it would hold up everything. */
async function refuseScans(uri: string): Promise<void> {
  const client = await MongoClient.connect(uri);
  await client.db("admin").command({ setParameter: 1, notablescan: 1 });
  await client.close();
}

export async function stopSharedStore(): Promise<void> {
  const { store, folder } = (await shared) ?? {};
  await store?.stop();
  if (folder) rmSync(folder, { recursive: true, force: true });
}

/** A folder below the system's temporary one; whoever makes it removes it. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), "hookline-test-"));
}
