import { serialize } from "bson";
import { Aggregator } from "mingo";
import { compareValues, type Doc, isPlainObject } from "../bson-order.ts";
import { indexedValues } from "../paths.ts";
import { plan } from "../planner.ts";
import { compileProjection } from "../projection.ts";
import { type Found, parseSort, query } from "../query.ts";
import { decode } from "../storage.ts";
import { StoreError } from "../store-error.ts";
import { encodeCursor } from "../wire.ts";
import { type Command, docOption, type Host, intOption, namespaceOf, refuseUnknown } from "./command.ts";

const firstBatchSize = 101;
const findOptions = [
  "filter",
  "projection",
  "sort",
  "skip",
  "limit",
  "batchSize",
  "singleBatch",
  "hint",
  "noCursorTimeout",
  "allowDiskUse",
];
const maxAggregateBytes = 100 * 1024 * 1024;

/**
 * Later batches are read while others write, so a cursor keeps the keys it has left and reads each document when its
 * turn comes; one that has gone or no longer matches is passed over.
 */
const find: Command = {
  writes: false,
  handler({ storage, cursors }, request) {
    const { body } = request;
    refuseUnknown(body, findOptions);
    const namespace = namespaceOf(request);
    const collection = storage.collection(namespace);
    const filter = docOption(body.filter, "filter");
    const project = compileProjection(body.projection);
    const skip = intOption(body.skip, "skip", 0);
    const rawLimit = intOption(body.limit, "limit", 0);
    const limit = rawLimit === 0 ? Number.POSITIVE_INFINITY : Math.abs(rawLimit);
    const batchSize = intOption(body.batchSize, "batchSize", firstBatchSize);
    const shown = (found: Found): Uint8Array => (project ? serialize(project(found.doc)) : found.raw);

    const results = query(storage, collection, filter, parseSort(body.sort));
    const first: Uint8Array[] = [];
    const rest: Buffer[] = [];
    const single = body.singleBatch === true;
    let position = 0;
    for (const found of results) {
      if (position >= skip + limit) break;
      if (position++ < skip) continue;
      if (first.length < batchSize) first.push(shown(found));
      else if (single) break;
      else rest.push(found.key);
    }
    const matches = rest.length > 0 ? { refind: (key: Buffer) => refind(storage, collection, filter, key) } : undefined;
    let given = 0;
    let reached = 0;
    const next = (): Uint8Array | undefined => {
      if (given < first.length) return first[given++];
      while (matches && reached < rest.length) {
        const found = matches.refind(rest[reached++] as Buffer);
        if (found) return shown(found);
      }
      return undefined;
    };
    if (batchSize === 0 && rest.length === 0) return encodeCursor(0n, namespace, "firstBatch", []);
    const { id, batch } = cursors.start(namespace, next, batchSize);
    return encodeCursor(id, namespace, "firstBatch", batch);
  },
};

function refind(
  storage: Host["storage"],
  collection: ReturnType<Host["storage"]["collection"]>,
  filter: Doc,
  key: Buffer,
): Found | undefined {
  const raw = storage.get(key);
  if (!raw || !collection) return undefined;
  for (const found of query(storage, { id: collection.id, indexes: [] }, { $and: [filter, { _id: idOf(raw) }] })) return found;
  return undefined;
}

const getMore: Command = {
  writes: false,
  handler({ cursors }, { body, database }) {
    refuseUnknown(body, ["collection", "batchSize"]);
    const namespace = `${database}.${String(body.collection)}`;
    const asked = intOption(body.batchSize, "batchSize", 0);
    const { id, batch } = cursors.more(cursorId(body.getMore), namespace, asked === 0 ? 10_000 : asked);
    return encodeCursor(id, namespace, "nextBatch", batch);
  },
};

const killCursors: Command = {
  writes: false,
  handler({ cursors }, { body }) {
    const ids = (body.cursors as unknown[]).map(cursorId);
    const killed = ids.filter((id) => cursors.kill(id));
    return {
      cursorsKilled: killed,
      cursorsNotFound: ids.filter((id) => !killed.includes(id)),
      cursorsAlive: [],
      cursorsUnknown: [],
      ok: 1,
    };
  },
};

const count: Command = {
  writes: false,
  handler({ storage }, request) {
    const { body } = request;
    refuseUnknown(body, ["query", "limit", "skip", "hint"]);
    const collection = storage.collection(namespaceOf(request));
    const filter = docOption(body.query, "query");
    const limit = Math.abs(intOption(body.limit, "limit", 0)) || Number.POSITIVE_INFINITY;
    const skip = intOption(body.skip, "skip", 0);
    const all =
      collection && Object.keys(filter).length === 0
        ? storage.count(collection)
        : counted(query(storage, collection, filter), skip + limit);
    return { n: Math.min(Math.max(all - skip, 0), limit), ok: 1 };
  },
};

const distinct: Command = {
  writes: false,
  handler({ storage }, request) {
    const { body } = request;
    refuseUnknown(body, ["key", "query"]);
    if (typeof body.key !== "string") throw new StoreError(14, "'key' must be a string");
    const parts = body.key.split(".");
    const values: unknown[] = [];
    for (const { doc } of query(storage, storage.collection(namespaceOf(request)), docOption(body.query, "query"))) {
      for (const value of indexedValues(doc, parts).values) if (typeof value !== "symbol") values.push(value);
    }
    values.sort(compareValues);
    return { values: values.filter((value, i) => i === 0 || compareValues(value, values[i - 1]) !== 0), ok: 1 };
  },
};

/** Leading $match, $sort, $skip and $limit run on the store; what is left runs in mingo, over at most 100 MB. */
const aggregate: Command = {
  writes: false,
  handler({ storage, cursors }, request) {
    const { body } = request;
    refuseUnknown(body, ["pipeline", "cursor", "allowDiskUse", "hint"]);
    const namespace = namespaceOf(request);
    if (!Array.isArray(body.pipeline)) throw new StoreError(14, "'pipeline' option must be specified as an array");
    const pipeline = [...(body.pipeline as Doc[])];
    refuseStages(pipeline);
    const filter = isPlainObject(pipeline[0]?.$match) ? ((pipeline.shift() as Doc).$match as Doc) : {};
    const sort = pipeline[0]?.$sort === undefined ? [] : parseSort((pipeline.shift() as Doc).$sort);
    const documents: Doc[] = [];
    let bytes = 0;
    const collection = storage.collection(namespace);
    const counting = isCount(pipeline);
    if (counting) {
      const { skip, limit, id } = counting;
      const n = Math.max(0, counted(query(storage, collection, filter), skip + limit) - skip);
      if (n > 0) documents.push({ _id: id, n });
    } else {
      for (const { doc, raw } of query(storage, collection, filter, sort)) {
        bytes += raw.length;
        if (bytes > maxAggregateBytes) throw new StoreError(146, `Aggregation exceeded its memory limit of ${maxAggregateBytes} bytes`);
        documents.push(doc);
      }
    }
    const results = counting || pipeline.length === 0 ? documents : (new Aggregator(pipeline).run(documents) as Doc[]);
    const batchSize = intOption((body.cursor as Doc | undefined)?.batchSize, "batchSize", firstBatchSize);
    let i = 0;
    const { id, batch } = cursors.start(namespace, () => (i < results.length ? serialize(results[i++] as Doc) : undefined), batchSize);
    return encodeCursor(id, namespace, "firstBatch", batch);
  },
};

const stages = new Set([
  "$match",
  "$sort",
  "$skip",
  "$limit",
  "$project",
  "$group",
  "$count",
  "$unwind",
  "$addFields",
  "$set",
  "$unset",
  "$replaceRoot",
  "$sortByCount",
  "$bucket",
  "$facet",
]);

function refuseStages(pipeline: Doc[]): void {
  for (const stage of pipeline) {
    const name = Object.keys(stage)[0] ?? "";
    if (!stages.has(name)) throw new StoreError(40324, `Unrecognized pipeline stage name: '${name}'`);
  }
}

/** The pipeline that drivers send for countDocuments, answered without building documents. */
function isCount(pipeline: Doc[]): { skip: number; limit: number; id: unknown } | undefined {
  const group = pipeline.at(-1)?.$group;
  if (
    !isPlainObject(group) ||
    JSON.stringify(group.n) !== '{"$sum":1}' ||
    Object.keys(group).length !== 2 ||
    typeof group._id === "string" ||
    isPlainObject(group._id)
  )
    return undefined;
  const before = Object.assign({}, ...pipeline.slice(0, -1)) as Doc;
  if (Object.keys(before).some((key) => key !== "$skip" && key !== "$limit")) return undefined;
  return { skip: intOption(before.$skip, "$skip", 0), limit: intOption(before.$limit, "$limit", Number.POSITIVE_INFINITY), id: group._id };
}

function counted(found: Iterable<unknown>, upTo: number): number {
  let n = 0;
  for (const _ of found) if (++n >= upTo) break;
  return n;
}

function cursorId(value: unknown): bigint {
  return BigInt(String(value));
}

function idOf(raw: Buffer): unknown {
  return decode(raw)._id;
}

/** Which index serves a find, in the shape of MongoDB's queryPlanner section. */
const explain: Command = {
  writes: false,
  handler({ storage }, request) {
    const inner = request.body.explain as Doc;
    const namespace = `${request.database}.${String(inner.find)}`;
    if (inner.find === undefined) throw new StoreError(238, "explain is implemented for find only");
    const collection = storage.collection(namespace);
    const plans = collection ? plan(collection, docOption(inner.filter, "filter"), parseSort(inner.sort)) : [];
    const stages = plans.map((part) => ({
      stage: part.whole && !part.index ? "COLLSCAN" : part.index ? "IXSCAN" : "IDHACK",
      ...(part.index ? { indexName: part.index.name } : {}),
      ranges: part.ranges.length,
      sortedByIndex: part.sorted,
    }));
    return { queryPlanner: { namespace, winningPlan: stages.length === 1 ? stages[0] : { stage: "OR", inputStages: stages } }, ok: 1 };
  },
};

export const readCommands: Record<string, Command> = { find, getMore, killCursors, count, distinct, aggregate, explain };
