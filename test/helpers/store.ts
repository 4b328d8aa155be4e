import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
    return { store: await startEmbeddedMongo(folder), folder };
  })();
  return `${(await shared).store.uri}/${name}`;
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
