import { compareValues, type Doc } from "../bson-order.ts";
import { encodeValue, joinFields } from "../index-keys.ts";
import { indexedValues } from "../paths.ts";
import { compileProjection } from "../projection.ts";
import { query } from "../query.ts";
import { parseSort } from "../sort.ts";
import { StoreError } from "../store-error.ts";
import { encodeCursor } from "../wire.ts";
import { type Command, deadlineOf, docOption, intOption, namespaceOf, refuseUnknown } from "./command.ts";
import { type Reading, readQuery } from "./read-query.ts";

export const firstBatchSize = 101;
/** Of a getMore that names none: as many as fit 16 MB. */
const nextBatchSize = Number.POSITIVE_INFINITY;
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
  "allowPartialResults",
];

/** What a find reads, from its body; explain asks the same. */
export function readingOf(body: Doc): Reading {
  const filter = docOption(body.filter, "filter");
  const limit = intOption(body.limit, "limit", 0);
  const skip = intOption(body.skip, "skip", 0);
  if (limit < 0) throw new StoreError(51024, `BSON field 'limit' value must be >= 0, actual value '${limit}'`);
  if (skip < 0) throw new StoreError(51024, `BSON field 'skip' value must be >= 0, actual value '${skip}'`);
  return {
    filter,
    sort: parseSort(body.sort),
    hint: body.hint,
    skip,
    limit: limit === 0 ? Number.POSITIVE_INFINITY : limit,
    deadline: deadlineOf(body),
    project: compileProjection(body.projection, filter),
  };
}

const find: Command = {
  writes: false,
  handler({ storage, cursors }, request) {
    const { body } = request;
    refuseUnknown(body, findOptions);
    const namespace = namespaceOf(request);
    const batchSize = intOption(body.batchSize, "batchSize", firstBatchSize);
    if (batchSize < 0) throw new StoreError(51024, `BSON field 'batchSize' value must be >= 0, actual value '${batchSize}'`);
    const source = readQuery(storage, namespace, readingOf(body));
    const { id, batch } = cursors.start(namespace, source, batchSize, {
      single: body.singleBatch === true,
      immortal: body.noCursorTimeout === true,
    });
    return encodeCursor(id, namespace, "firstBatch", batch);
  },
};

const getMore: Command = {
  writes: false,
  handler({ cursors }, { body, database }) {
    refuseUnknown(body, ["collection", "batchSize"]);
    const namespace = `${database}.${String(body.collection)}`;
    const asked = intOption(body.batchSize, "batchSize", 0);
    const { id, batch } = cursors.more(cursorId(body.getMore), namespace, asked === 0 ? nextBatchSize : asked);
    return encodeCursor(id, namespace, "nextBatch", batch);
  },
};

const killCursors: Command = {
  writes: false,
  handler({ cursors }, { body }) {
    if (!Array.isArray(body.cursors)) throw new StoreError(14, "'cursors' must be an array");
    const ids = body.cursors.map(cursorId);
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
        : counted(query(storage, collection, filter, { hint: body.hint, deadline: deadlineOf(body) }), skip + limit);
    return { n: Math.min(Math.max(all - skip, 0), limit), ok: 1 };
  },
};

const distinct: Command = {
  writes: false,
  handler({ storage }, request) {
    const { body } = request;
    refuseUnknown(body, ["key", "query", "hint"]);
    if (typeof body.key !== "string") throw new StoreError(14, "'key' must be a string");
    const parts = body.key.split(".");
    // By their index key, which is the same for equal values.
    const values = new Map<string, unknown>();
    const found = query(storage, storage.collection(namespaceOf(request)), docOption(body.query, "query"), {
      hint: body.hint,
      deadline: deadlineOf(body),
    });
    for (const { doc } of found) {
      for (const value of indexedValues(doc, parts).values) {
        if (typeof value === "symbol") continue;
        const key = joinFields([encodeValue(value)]).bytes.toString("latin1");
        if (!values.has(key)) values.set(key, value);
      }
    }
    return { values: [...values.values()].sort(compareValues), ok: 1 };
  },
};

export function counted(found: Iterable<unknown>, upTo: number): number {
  let n = 0;
  for (const _ of found) if (++n >= upTo) break;
  return n;
}

function cursorId(value: unknown): bigint {
  return BigInt(String(value));
}

export const findCommands: Record<string, Command> = { find, getMore, killCursors, count, distinct };
