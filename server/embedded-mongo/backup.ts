import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { MongoClient } from "mongodb";
import { damageOf } from "./file-check.ts";
import { isServed, socketIn, startEmbeddedMongo } from "./start-embedded-mongo.ts";
import { Storage, storeFile } from "./storage.ts";
import { validateCollection } from "./validate.ts";

/** What a copy of the store holds, looked at document by document. */
export type Inventory = { collections: number; documents: number };

const keyFile = "secret.key";

/**
 * Copies the store under `dataDir` into `folder`, whether a server runs on it or not, and reads the copy whole. The key
 * that development made for itself goes along, since secrets in the store can't be opened without it.
 */
export async function backUp(dataDir: string, folder: string): Promise<Inventory> {
  if (!existsSync(join(dataDir, "store", storeFile)))
    throw new Error(`there is no store in ${dataDir}; DATA_DIR says which one to back up`);
  const target = resolve(folder);
  if (existsSync(target) && readdirSync(target).length > 0) throw new Error(`${target} is not empty; choose a new folder`);
  const store = await startEmbeddedMongo(dataDir);
  try {
    const client = await MongoClient.connect(store.uri);
    try {
      await client.db("admin").command({ backup: 1, folder: target });
    } finally {
      await client.close();
    }
  } finally {
    await store.stop();
  }
  const key = join(dataDir, keyFile);
  if (existsSync(key)) {
    copyFileSync(key, join(target, keyFile), constants.COPYFILE_EXCL);
    chmodSync(join(target, keyFile), 0o600);
  }
  return checkCopy(target);
}

/**
 * Puts a backup in the place of the store under `dataDir`; nothing may run on it. With `replace` a store that is there is
 * moved aside, never deleted. Gives what was restored and where the former store is.
 */
export async function restore(
  dataDir: string,
  folder: string,
  { replace = false } = {},
): Promise<Inventory & { before: string | undefined }> {
  const source = resolve(folder);
  if (!existsSync(join(source, storeFile))) throw new Error(`${source} holds no backup (there is no ${storeFile} in it)`);
  const target = join(resolve(dataDir), "store");
  if (await isServed(socketIn(target))) throw new Error(`a process runs on the store in ${dataDir}; stop it first`);
  const present = existsSync(join(target, storeFile));
  if (present && !replace)
    throw new Error(`there is a store in ${dataDir} already; --replace moves it aside and puts the backup in its place`);
  const inventory = await checkCopy(source);
  const before = present ? `${target}-before-${new Date().toISOString().replace(/[:.]/g, "-")}` : undefined;
  if (before) renameSync(target, before);
  mkdirSync(target, { recursive: true, mode: 0o700 });
  const partial = join(target, `${storeFile}.partial`);
  copyFileSync(join(source, storeFile), partial);
  chmodSync(partial, 0o600);
  flush(partial);
  renameSync(partial, join(target, storeFile));
  const key = join(source, keyFile);
  if (existsSync(key) && !existsSync(join(dataDir, keyFile))) {
    copyFileSync(key, join(dataDir, keyFile));
    chmodSync(join(dataDir, keyFile), 0o600);
  }
  return { ...inventory, before };
}

async function checkCopy(folder: string): Promise<Inventory> {
  const damage = damageOf(join(folder, storeFile), { copy: true });
  if (damage) throw new Error(`the copy in ${folder} is not whole: ${damage}`);
  const storage = new Storage(folder);
  try {
    let documents = 0;
    let collections = 0;
    for (const [namespace] of storage.allCollections()) {
      const { nrecords, errors } = validateCollection(storage, namespace);
      if (errors.length > 0) throw new Error(`the copy in ${folder} is not whole: ${namespace}: ${errors.join("; ")}`);
      documents += nrecords;
      collections++;
    }
    return { collections, documents };
  } finally {
    await storage.close();
    rmSync(join(folder, `${storeFile}-lock`), { force: true });
  }
}

function flush(file: string): void {
  const handle = openSync(file, "r+");
  fsyncSync(handle);
  closeSync(handle);
}
