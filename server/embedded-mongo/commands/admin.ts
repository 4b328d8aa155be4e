import { hostname } from "node:os";
import { isAbsolute } from "node:path";
import { serialize } from "bson";
import { type Doc, isPlainObject, rank, rankOf } from "../bson-order.ts";
import type { Index, IndexSpec } from "../collection.ts";
import { compileMatcher, isOperatorDocument } from "../matcher.ts";
import { numeric } from "../numbers.ts";
import { StoreError } from "../store-error.ts";
import { validateCollection } from "../validate.ts";
import { encodeCursor } from "../wire.ts";
import { type Command, type Handler, namespaceOf, refuseUnknown, type SlowHandler } from "./command.ts";

/** Of the MongoDB whose manual the answers follow. */
const version = "7.0.0";

/** No `setName`, no sessions: drivers then send neither transaction numbers nor retryable writes. */
const hello: Handler = () => ({
  helloOk: true,
  isWritablePrimary: true,
  ismaster: true,
  maxBsonObjectSize: 16 * 1024 * 1024,
  maxMessageSizeBytes: 48_000_000,
  maxWriteBatchSize: 100_000,
  localTime: new Date(),
  minWireVersion: 0,
  maxWireVersion: 21,
  readOnly: false,
  ok: 1,
});

const ok: Handler = () => ({ ok: 1 });

const create: Handler = ({ storage }, request) => {
  refuseUnknown(request.body, ["autoIndexId"]);
  const namespace = namespaceOf(request);
  if (storage.collection(namespace)) throw new StoreError(48, `Collection ${namespace} already exists.`);
  storage.createCollection(namespace);
  return { ok: 1 };
};

const drop: Handler = ({ storage }, request) => {
  const namespace = namespaceOf(request);
  if (!storage.dropCollection(namespace)) throw new StoreError(26, "ns not found");
  return { ns: namespace, ok: 1 };
};

const dropDatabase: Handler = ({ storage }, { database }) => {
  for (const { name } of storage.collections(database)) storage.dropCollection(`${database}.${name}`);
  return { dropped: database, ok: 1 };
};

const listCollections: Handler = ({ storage }, { body, database }) => {
  const matches = compileMatcher(isPlainObject(body.filter) ? body.filter : {});
  const found = storage.collections(database).map(({ name }) => ({
    name,
    type: "collection",
    options: {},
    info: { readOnly: false },
    idIndex: { v: 2, key: { _id: 1 }, name: "_id_" },
  }));
  return encodeCursor(
    0n,
    `${database}.$cmd.listCollections`,
    "firstBatch",
    found.filter(matches).map((doc) => serialize(doc)),
  );
};

const listDatabases: Handler = ({ storage }) => ({
  databases: storage.databases().map((name) => ({ name, sizeOnDisk: 0, empty: false })),
  totalSize: 0,
  ok: 1,
});

const listIndexes: Handler = ({ storage }, request) => {
  const namespace = namespaceOf(request);
  const collection = storage.collection(namespace);
  if (!collection) throw new StoreError(26, `ns does not exist: ${namespace}`);
  const described = [{ v: 2, key: { _id: 1 }, name: "_id_" }, ...collection.indexes.map(describe)];
  return encodeCursor(
    0n,
    namespace,
    "firstBatch",
    described.map((doc) => serialize(doc)),
  );
};

function describe(index: Index): Doc {
  return {
    v: 2,
    key: Object.fromEntries(index.key),
    name: index.name,
    ...(index.unique ? { unique: true } : {}),
    ...(index.sparse ? { sparse: true } : {}),
    ...(index.partialFilterExpression ? { partialFilterExpression: index.partialFilterExpression } : {}),
    ...(index.expireAfterSeconds === undefined ? {} : { expireAfterSeconds: index.expireAfterSeconds }),
  };
}

const createIndexes: Handler = ({ storage }, request) => {
  refuseUnknown(request.body, ["indexes", "commitQuorum"]);
  const namespace = namespaceOf(request);
  const existed = storage.collection(namespace) !== undefined;
  const collection = storage.createCollection(namespace);
  const numIndexesBefore = collection.indexes.length + 1;
  for (const wanted of request.body.indexes as Doc[]) {
    const spec = parseIndex(wanted);
    if (spec.key.length === 1 && spec.key[0]?.[0] === "_id") continue;
    const sameName = collection.indexes.find(({ name }) => name === spec.name);
    const sameKey = collection.indexes.find(
      ({ key, partialFilterExpression }) => fingerprint({ key, partialFilterExpression }) === fingerprint(spec),
    );
    if (sameName && !sameDefinition(sameName, spec)) {
      throw new StoreError(
        86,
        `An existing index has the same name as the requested index. Requested index: ${JSON.stringify(wanted)}, existing index: ${JSON.stringify(describe(sameName))}`,
      );
    }
    if (sameKey && !sameName) throw new StoreError(85, `Index already exists with a different name: ${sameKey.name}`);
    if (!sameName) storage.createIndex(namespace, spec);
  }
  return { numIndexesBefore, numIndexesAfter: collection.indexes.length + 1, createdCollectionAutomatically: !existed, ok: 1 };
};

const known = ["v", "key", "name", "unique", "sparse", "partialFilterExpression", "expireAfterSeconds", "background"];

function parseIndex(wanted: Doc): IndexSpec {
  const odd = Object.keys(wanted).find((option) => !known.includes(option));
  if (odd) throw new StoreError(67, `Index option '${odd}' is not implemented by the embedded store`);
  if (wanted.partialFilterExpression !== undefined && !isPlainObject(wanted.partialFilterExpression))
    throw new StoreError(14, "The field 'partialFilterExpression' must be an object");
  if (!isPlainObject(wanted.key) || Object.keys(wanted.key).length === 0) throw new StoreError(67, "Index keys cannot be empty.");
  const key = Object.entries(wanted.key).map(([path, direction]): [string, 1 | -1] => {
    if (rankOf(direction) !== rank.number)
      throw new StoreError(67, `Index type '${String(direction)}' on '${path}' is not implemented by the embedded store`);
    return [path, Number(numeric(direction)) < 0 ? -1 : 1];
  });
  return {
    name: String(wanted.name),
    key,
    unique: wanted.unique === true,
    sparse: wanted.sparse === true,
    ...(isPlainObject(wanted.partialFilterExpression) ? { partialFilterExpression: storable(wanted.partialFilterExpression) } : {}),
    ...(wanted.expireAfterSeconds === undefined ? {} : { expireAfterSeconds: Number(numeric(wanted.expireAfterSeconds)) }),
  };
}

const partialOperators = new Set(["$eq", "$exists", "$gt", "$gte", "$lt", "$lte", "$type", "$in"]);

/** What a partial filter may say (MongoDB manual, "Partial Indexes"). */
function refuseInPartial(filter: Doc): void {
  for (const [key, condition] of Object.entries(filter)) {
    if ((key === "$and" || key === "$or") && Array.isArray(condition)) for (const part of condition) refuseInPartial(part as Doc);
    else if (isOperatorDocument(condition)) {
      const odd = Object.entries(condition).find(
        ([operator, operand]) => !partialOperators.has(operator) || (operator === "$exists" && operand !== true),
      );
      if (odd) throw new StoreError(67, `Expression not supported in partial index: ${key} ${odd[0]}`);
    }
  }
}

/** The catalogue keeps index definitions as JSON, so a partial filter may only hold what JSON keeps. */
function storable(filter: Doc): Doc {
  compileMatcher(filter);
  refuseInPartial(filter);
  const kept = JSON.parse(JSON.stringify(filter)) as Doc;
  if (Buffer.compare(serialize(kept), serialize(filter)) !== 0)
    throw new StoreError(67, "partialFilterExpression may hold strings, numbers, booleans and null only");
  return kept;
}

function fingerprint({ key, partialFilterExpression }: { key: IndexSpec["key"]; partialFilterExpression?: Doc | undefined }): string {
  return JSON.stringify([key, partialFilterExpression ?? null]);
}

function sameDefinition(a: IndexSpec, b: IndexSpec): boolean {
  return (
    fingerprint(a) === fingerprint(b) && a.unique === b.unique && a.sparse === b.sparse && a.expireAfterSeconds === b.expireAfterSeconds
  );
}

const dropIndexes: Handler = ({ storage }, request) => {
  const namespace = namespaceOf(request);
  const collection = storage.collection(namespace);
  if (!collection) throw new StoreError(26, `ns not found ${namespace}`);
  const wanted = request.body.index;
  const names =
    wanted === "*"
      ? collection.indexes.map(({ name }) => name)
      : Array.isArray(wanted)
        ? wanted.map(String)
        : [nameOf(collection.indexes, wanted)];
  const nIndexesWas = collection.indexes.length + 1;
  for (const name of names) {
    if (name === "_id_") throw new StoreError(72, "cannot drop _id index");
    if (!storage.dropIndex(namespace, name)) throw new StoreError(27, `index not found with name [${name}]`);
  }
  return { nIndexesWas, ok: 1 };
};

function nameOf(indexes: Index[], wanted: unknown): string {
  if (!isPlainObject(wanted)) return String(wanted);
  const key = JSON.stringify(Object.entries(wanted).map(([path, direction]) => [path, Number(direction)]));
  return indexes.find((index) => JSON.stringify(index.key) === key)?.name ?? JSON.stringify(wanted);
}

const validate: Handler = ({ storage }, request) => {
  refuseUnknown(request.body, ["full"]);
  const namespace = namespaceOf(request);
  if (!storage.collection(namespace)) throw new StoreError(26, `Collection '${namespace}' does not exist to validate.`);
  const { errors, keysPerIndex, nrecords } = validateCollection(storage, namespace);
  return {
    ns: namespace,
    nrecords,
    nIndexes: Object.keys(keysPerIndex).length,
    keysPerIndex,
    valid: errors.length === 0,
    errors,
    warnings: [],
    ok: 1,
  };
};

/** Not MongoDB's: `{backup: 1, folder: "/an/absolute/path"}` copies a snapshot there while everything goes on. */
const backup: SlowHandler = async ({ storage }, { body }) => {
  refuseUnknown(body, ["folder"]);
  if (typeof body.folder !== "string" || !isAbsolute(body.folder)) throw new StoreError(2, "'folder' must be an absolute path");
  await storage.backup(body.folder);
  return { ok: 1 };
};

/** `notablescan` alone: tests run with it, so that a query that no index serves fails where it is made. */
const setParameter: Handler = ({ storage }, { body }) => {
  refuseUnknown(body, ["notablescan"]);
  if (body.notablescan === undefined) throw new StoreError(72, "no option found to set, use help:true to see options");
  const was = storage.noTableScan;
  storage.noTableScan = Boolean(body.notablescan);
  return { was, ok: 1 };
};

const serverStatus: Handler = ({ cursors }) => ({
  host: hostname(),
  version,
  process: "hookline",
  pid: process.pid,
  uptime: process.uptime(),
  localTime: new Date(),
  mem: { bits: 64, resident: Math.round(process.memoryUsage.rss() / 2 ** 20) },
  metrics: { cursor: { open: { total: cursors.size } } },
  storageEngine: { name: "hookline", persistent: true },
  ok: 1,
});

const buildInfo: Handler = () => ({
  version,
  versionArray: [...version.split(".").map(Number), 0],
  storageEngines: ["hookline"],
  maxBsonObjectSize: 16 * 1024 * 1024,
  ok: 1,
});

const getParameter: Handler = ({ storage }, { body }) => {
  const known: Doc = { notablescan: storage.noTableScan, enableTestCommands: false };
  const asked = Object.keys(body).filter((key) => key in known || body.getParameter === "*");
  if (asked.length === 0) throw new StoreError(72, "no option found to get");
  return { ...known, ok: 1 };
};

const reading = (handler: Handler): Command => ({ handler, writes: false });
const writing = (handler: Handler): Command => ({ handler, writes: true });

export const adminCommands: Record<string, Command> = {
  hello: reading(hello),
  ismaster: reading(hello),
  isMaster: reading(hello),
  ping: reading(ok),
  endSessions: reading(ok),
  buildInfo: reading(buildInfo),
  buildinfo: reading(buildInfo),
  serverStatus: reading(serverStatus),
  setParameter: reading(setParameter),
  getParameter: reading(getParameter),
  getCmdLineOpts: reading(() => ({ argv: [], parsed: {}, ok: 1 })),
  connectionStatus: reading(() => ({ authInfo: { authenticatedUsers: [], authenticatedUserRoles: [] }, ok: 1 })),
  backup: { slow: backup, writes: false },
  validate: reading(validate),
  create: writing(create),
  drop: writing(drop),
  dropDatabase: writing(dropDatabase),
  listCollections: reading(listCollections),
  listDatabases: reading(listDatabases),
  listIndexes: reading(listIndexes),
  createIndexes: writing(createIndexes),
  dropIndexes: writing(dropIndexes),
};
