import { chmodSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Database, open, type RootDatabase } from "lmdb";
import { type Doc, isPlainObject, MISSING } from "./bson-order.ts";
import { type Collection, type Index, type IndexSpec, indexEntries, pathsOf } from "./collection.ts";
import { decode } from "./decode.ts";
import { damageOf } from "./file-check.ts";
import { encodeValue, joinFields } from "./index-keys.ts";
import { isRegex } from "./matcher.ts";
import { valueAt } from "./paths.ts";
import { StoreError } from "./store-error.ts";
import { inWords } from "./words.ts";

export const storeFile = "hookline.mdb";
const formatVersion = 1;
const maxDocumentBytes = 16 * 1024 * 1024;

type Filing = { index: Index; keys: Buffer[]; fromArray: boolean; lossy: boolean };

/** Where a scan starts and stops (exclusive); undefined end means the end of that tree's own range. */
export type KeyRange = { start: Buffer; end: Buffer };

/**
 * Documents and index entries in one LMDB file. Two trees: `docs` maps collection id + encoded _id to the document's
 * bytes, `entries` maps index id + encoded fields + encoded _id to that encoded _id. Every call is synchronous; the
 * caller brackets writes with `commit`, which returns once they are on the disk.
 */
export class Storage {
  /** Refuses queries that no index serves, as MongoDB's parameter `notablescan` does. */
  noTableScan = false;
  readonly #root: RootDatabase<Buffer, Buffer>;
  readonly #docs: Database<Buffer, Buffer>;
  readonly #entries: Database<Buffer, Buffer>;
  readonly #catalog: Database<string, string>;
  #collections = new Map<string, Collection>();
  readonly #counts = new Map<number, number>();

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const damage = damageOf(join(folder, storeFile));
    if (damage) throw new Error(`${storeFile} is damaged or no store: ${damage}`);
    this.#root = open<Buffer, Buffer>({
      path: join(folder, storeFile),
      encoding: "binary",
      keyEncoding: "binary",
      // lmdb's default answers before the pages are on the disk.
      overlappingSync: false,
      // Address space, not disk: the file grows as it is written.
      mapSize: 256 * 2 ** 30,
      maxDbs: 8,
    });
    this.#docs = this.#root.openDB({ name: "docs", encoding: "binary", keyEncoding: "binary" });
    this.#entries = this.#root.openDB({ name: "entries", encoding: "binary", keyEncoding: "binary" });
    this.#catalog = this.#root.openDB<string, string>({ name: "catalog", encoding: "string" });
    this.#load();
  }

  #load(): void {
    const found = this.#catalog.get("format");
    if (found === undefined) this.#root.transactionSync(() => this.#catalog.putSync("format", String(formatVersion)));
    else if (Number(found) > formatVersion) {
      throw new Error(
        `the store was written by a newer version of Hookline (format ${found}, this one reads ${formatVersion}); upgrade, or use another DATA_DIR`,
      );
    }
    this.#collections = new Map();
    for (const { key, value } of this.#catalog.getRange({ start: "ns:", end: "ns;" })) {
      this.#collections.set(String(key).slice(3), JSON.parse(value) as Collection);
    }
  }

  /** Runs `work` in one write transaction; returns when it is durable. If it throws, nothing of it remains. */
  commit(work: () => void): void {
    try {
      this.#root.transactionSync(work);
    } catch (error) {
      this.#load();
      this.#counts.clear();
      throw error;
    }
  }

  /** Copies a snapshot of everything into a folder of its own, while others go on reading and writing. */
  async backup(folder: string): Promise<void> {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, storeFile);
    if (existsSync(path)) throw new StoreError(48, `${path} is there already; choose a folder without a backup in it`);
    const partial = `${path}.partial`;
    rmSync(partial, { force: true });
    try {
      await this.#root.backup(partial, true);
      chmodSync(partial, 0o600);
      renameSync(partial, path);
    } catch (error) {
      rmSync(partial, { force: true });
      throw error;
    }
  }

  closed = false;

  async close(): Promise<void> {
    this.closed = true;
    await this.#root.close();
  }

  collections(database: string): { name: string; collection: Collection }[] {
    const prefix = `${database}.`;
    return [...this.#collections]
      .filter(([ns]) => ns.startsWith(prefix))
      .map(([ns, collection]) => ({ name: ns.slice(prefix.length), collection }));
  }

  databases(): string[] {
    return [...new Set([...this.#collections.keys()].map((ns) => ns.slice(0, ns.indexOf("."))))];
  }

  allCollections(): Iterable<[string, Collection]> {
    return this.#collections;
  }

  collection(ns: string): Collection | undefined {
    return this.#collections.get(ns);
  }

  #nextId(): number {
    const id = Number(this.#catalog.get("nextId") ?? "1");
    this.#catalog.putSync("nextId", String(id + 1));
    return id;
  }

  #saveCollection(ns: string, collection: Collection): void {
    this.#catalog.putSync(`ns:${ns}`, JSON.stringify(collection));
  }

  createCollection(ns: string): Collection {
    const present = this.#collections.get(ns);
    if (present) return present;
    const collection: Collection = { id: this.#nextId(), indexes: [] };
    this.#collections.set(ns, collection);
    this.#saveCollection(ns, collection);
    return collection;
  }

  dropCollection(ns: string): boolean {
    const collection = this.#collections.get(ns);
    if (!collection) return false;
    this.#clear(this.#docs, prefixRange(collection.id));
    for (const index of collection.indexes) this.#clear(this.#entries, prefixRange(index.id));
    this.#collections.delete(ns);
    this.#counts.delete(collection.id);
    this.#catalog.removeSync(`ns:${ns}`);
    return true;
  }

  createIndex(ns: string, spec: IndexSpec): void {
    const collection = this.createCollection(ns);
    const index: Index = { ...spec, id: this.#nextId(), multikey: false, lossy: false };
    try {
      for (const { key, raw } of this.scanDocs(collection)) this.#file(ns, collection, this.#plan(ns, [index], decode(raw), key), key);
    } catch (error) {
      this.#clear(this.#entries, prefixRange(index.id));
      throw error;
    }
    collection.indexes.push(index);
    this.#saveCollection(ns, collection);
  }

  dropIndex(ns: string, name: string): boolean {
    const collection = this.#collections.get(ns);
    const index = collection?.indexes.find((candidate) => candidate.name === name);
    if (!collection || !index) return false;
    this.#clear(this.#entries, prefixRange(index.id));
    collection.indexes = collection.indexes.filter((candidate) => candidate !== index);
    this.#saveCollection(ns, collection);
    return true;
  }

  #clear(tree: Database<Buffer, Buffer>, range: KeyRange): void {
    for (const key of [...tree.getKeys(range)]) tree.removeSync(key);
  }

  insert(ns: string, collection: Collection, doc: Doc, raw: Buffer): void {
    refuseTooLarge(raw);
    const id = doc._id;
    if (Array.isArray(id) || isRegex(id))
      throw new StoreError(2, `The '_id' value cannot be of type ${Array.isArray(id) ? "array" : "regex"}`);
    const dollar = isPlainObject(id) ? Object.keys(id).find((name) => name.startsWith("$")) : undefined;
    if (dollar) throw new StoreError(52, `_id fields may not contain '$'-prefixed fields: ${dollar} is not valid for storage.`);
    const { bytes, lossy } = joinFields([encodeValue(id)]);
    const key = Buffer.concat([prefixOf(collection.id), bytes]);
    if (this.#docs.doesExist(key)) throw duplicate(ns, "_id_", { _id: 1 }, { _id: id });
    const filings = this.#plan(ns, collection.indexes, doc, key);
    if (lossy && !collection.lossyIds) {
      collection.lossyIds = true;
      this.#saveCollection(ns, collection);
    }
    this.#file(ns, collection, filings, key);
    this.#docs.putSync(key, raw);
    this.#counted(collection, 1);
  }

  /** `touches`: the first parts of the paths that may have changed; undefined where that may be any. */
  replace(
    ns: string,
    collection: Collection,
    key: Buffer,
    { before, after, raw, touches }: { before: Doc; after: Doc; raw: Buffer; touches?: ReadonlySet<string> | undefined },
  ): void {
    refuseTooLarge(raw);
    const concerned = touches
      ? collection.indexes.filter((index) => pathsOf(index).some((path) => touches.has(path.split(".")[0] as string)))
      : collection.indexes;
    for (const filing of this.#plan(ns, concerned, after, key)) {
      const old = new Map(indexEntries(filing.index, before).keys.map((bytes) => [bytes.toString("latin1"), bytes]));
      const added = filing.keys.filter((bytes) => !old.delete(bytes.toString("latin1")));
      this.#file(ns, collection, [{ ...filing, keys: added }], key);
      for (const bytes of old.values()) this.#entries.removeSync(entryKey(filing.index, bytes, key));
    }
    this.#docs.putSync(key, raw);
  }

  remove(collection: Collection, key: Buffer, doc: Doc): void {
    for (const index of collection.indexes) {
      for (const bytes of indexEntries(index, doc).keys) this.#entries.removeSync(entryKey(index, bytes, key));
    }
    this.#docs.removeSync(key);
    this.#counted(collection, -1);
  }

  /** All that may refuse a document happens here, before the first byte is written: a statement is whole or not at all. */
  #plan(ns: string, indexes: Index[], doc: Doc, key: Buffer): Filing[] {
    const filings = indexes.map((index) => ({ index, ...indexEntries(index, doc) }));
    for (const filing of filings) if (filing.index.unique) this.#refuseDuplicates(ns, filing, doc, key);
    return filings;
  }

  #file(ns: string, collection: Collection, filings: Filing[], key: Buffer): void {
    for (const { index, keys, fromArray, lossy } of filings) {
      this.#noteShape(ns, collection, index, { fromArray, lossy });
      for (const bytes of keys) this.#entries.putSync(entryKey(index, bytes, key), idOf(key));
    }
  }

  /** Once an index has met an array or a cut value, the planner must know for good. */
  #noteShape(ns: string, collection: Collection, index: Index, entries: { fromArray: boolean; lossy: boolean }): void {
    if ((entries.fromArray && !index.multikey) || (entries.lossy && !index.lossy)) {
      index.multikey ||= entries.fromArray;
      index.lossy ||= entries.lossy;
      this.#saveCollection(ns, collection);
    }
  }

  #refuseDuplicates(ns: string, { index, keys }: Filing, doc: Doc, key: Buffer): void {
    for (const bytes of keys) {
      const prefix = Buffer.concat([prefixOf(index.id), bytes]);
      for (const { key: entry, value } of this.#entries.getRange({ start: prefix, end: successor(prefix) })) {
        // A longer key begins with the same bytes where a number is followed by what no double holds.
        if (entry.length !== prefix.length + value.length || value.equals(idOf(key))) continue;
        const keyValue = Object.fromEntries(index.key.map(([path]) => [path, plain(valueAt(doc, path.split(".")))]));
        throw duplicate(ns, index.name, Object.fromEntries(index.key), keyValue);
      }
    }
  }

  get(key: Buffer): Buffer | undefined {
    return this.#docs.get(key);
  }

  *scanDocs(
    collection: Collection,
    range: KeyRange = prefixRange(collection.id),
    reverse = false,
  ): Generator<{ key: Buffer; raw: Buffer }> {
    for (const { key, value } of this.#docs.getRange(oriented(range, reverse))) yield { key, raw: value };
  }

  /** The entries of an index in a range, each with the key of its document. */
  *scanIndex(collection: Collection, range: KeyRange, reverse: boolean): Generator<{ entry: Buffer; key: Buffer }> {
    const prefix = prefixOf(collection.id);
    for (const { key, value } of this.#entries.getRange(oriented(range, reverse)))
      yield { entry: key, key: Buffer.concat([prefix, value]) };
  }

  hasEntry(index: Index, fields: Buffer, key: Buffer): boolean {
    return this.#entries.doesExist(entryKey(index, fields, key));
  }

  entryCount(index: Index): number {
    return this.#entries.getKeysCount(prefixRange(index.id));
  }

  /** How many documents there are; counted once, then kept. */
  count(collection: Collection): number {
    let count = this.#counts.get(collection.id);
    if (count === undefined) {
      count = this.#docs.getKeysCount(prefixRange(collection.id));
      this.#counts.set(collection.id, count);
    }
    return count;
  }

  #counted(collection: Collection, change: 1 | -1): void {
    const count = this.#counts.get(collection.id);
    if (count !== undefined) this.#counts.set(collection.id, count + change);
  }
}

export function docKey(collection: Collection, id: unknown): Buffer {
  return Buffer.concat([prefixOf(collection.id), joinFields([encodeValue(id)]).bytes]);
}

function idOf(key: Buffer): Buffer {
  return key.subarray(4);
}

function entryKey(index: Index, fields: Buffer, key: Buffer): Buffer {
  return Buffer.concat([prefixOf(index.id), fields, idOf(key)]);
}

export function prefixOf(id: number): Buffer {
  const prefix = Buffer.allocUnsafe(4);
  prefix.writeUInt32BE(id);
  return prefix;
}

export function prefixRange(id: number): KeyRange {
  return { start: prefixOf(id), end: prefixOf(id + 1) };
}

function successor(prefix: Buffer): Buffer {
  const next = Buffer.from(prefix);
  for (let i = next.length - 1; i >= 0; i--) {
    if (next[i] !== 0xff) {
      next[i] = (next[i] as number) + 1;
      return next.subarray(0, i + 1);
    }
  }
  return next;
}

/** lmdb walks backwards from start (exclusive of the forward end) to end, so the bounds change places. */
function oriented({ start, end }: KeyRange, reverse: boolean) {
  return reverse ? { start: end, end: start, reverse: true, exclusiveStart: true, inclusiveEnd: true } : { start, end };
}

function refuseTooLarge(raw: Buffer): void {
  if (raw.length > maxDocumentBytes)
    throw new StoreError(10334, `BSONObj size: ${raw.length} is invalid. Size must be between 0 and ${maxDocumentBytes}`);
}

function plain(value: unknown): unknown {
  return value === MISSING || value === undefined ? null : value;
}

function duplicate(ns: string, index: string, keyPattern: Doc, keyValue: Doc): StoreError {
  const shown = Object.entries(keyValue).map(([path, value]) => `${path}: ${inWords(value)}`);
  return new StoreError(11000, `E11000 duplicate key error collection: ${ns} index: ${index} dup key: { ${shown.join(", ")} }`, {
    keyPattern,
    keyValue,
  });
}
