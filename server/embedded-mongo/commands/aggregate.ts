import { serialize } from "bson";
import { Aggregator } from "mingo";
import { type Doc, isPlainObject } from "../bson-order.ts";
import { decode } from "../decode.ts";
import { query } from "../query.ts";
import { parseSort } from "../sort.ts";
import type { Storage } from "../storage.ts";
import { StoreError } from "../store-error.ts";
import { encodeCursor } from "../wire.ts";
import { type Command, deadlineOf, intOption, namespaceOf, refuseUnknown } from "./command.ts";
import { counted, firstBatchSize } from "./find.ts";
import { type Reading, readQuery } from "./read-query.ts";

const maxAggregateBytes = 100 * 1024 * 1024;
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
  "$replaceWith",
  "$sortByCount",
  "$bucket",
  "$facet",
]);
/** MongoDB's stages that reach beyond one collection, write, or ask something of the server. */
const elsewhere =
  /^\$(lookup|graphLookup|unionWith|out|merge|collStats|indexStats|currentOp|listSessions|changeStream|geoNear|search|vectorSearch|sample|redact|densify|fill|setWindowFields|bucketAuto|documents|planCacheStats|listLocalSessions)$/;

/** What a pipeline reads, and the stages behind that. */
export function splitPipeline(body: Doc): { reading: Reading; rest: Doc[] } {
  if (!Array.isArray(body.pipeline)) throw new StoreError(14, "'pipeline' option must be specified as an array");
  const rest = [...(body.pipeline as Doc[])];
  for (const stage of rest) {
    if (!isPlainObject(stage) || Object.keys(stage).length !== 1)
      throw new StoreError(40323, "A pipeline stage specification object must contain exactly one field.");
    const name = Object.keys(stage)[0] as string;
    if (elsewhere.test(name)) throw new StoreError(238, `The stage '${name}' is not implemented by the embedded store`);
    if (!stages.has(name)) throw new StoreError(40324, `Unrecognized pipeline stage name: '${name}'`);
  }
  const filters: Doc[] = [];
  while (isPlainObject(rest[0]?.$match)) filters.push((rest.shift() as Doc).$match as Doc);
  const sort = rest[0]?.$sort === undefined ? [] : parseSort((rest.shift() as Doc).$sort);
  const skip = rest[0]?.$skip === undefined ? 0 : intOption((rest.shift() as Doc).$skip, "$skip", 0);
  const limit = rest[0]?.$limit === undefined ? Number.POSITIVE_INFINITY : intOption((rest.shift() as Doc).$limit, "$limit", 0);
  if (skip < 0) throw new StoreError(5107200, `invalid argument to $skip stage: Expected a non-negative number in: $skip: ${skip}`);
  if (limit <= 0) throw new StoreError(15958, "the limit must be positive");
  const filter = filters.length < 2 ? (filters[0] ?? {}) : { $and: filters };
  return { reading: { filter, sort, hint: body.hint, skip, limit, deadline: deadlineOf(body) }, rest };
}

/** Leading $match, $sort, $skip and $limit run on the store; what is left runs in mingo, over at most 100 MB. */
const aggregate: Command = {
  writes: false,
  handler({ storage, cursors }, request) {
    const { body } = request;
    refuseUnknown(body, ["pipeline", "cursor", "allowDiskUse", "hint", "bypassDocumentValidation"]);
    const namespace = namespaceOf(request);
    if (!isPlainObject(body.cursor))
      throw new StoreError(9, "The 'cursor' option is required, except for aggregate with the explain argument");
    const { reading, rest } = splitPipeline(body);
    const batchSize = intOption(body.cursor.batchSize, "batchSize", firstBatchSize);
    if (rest.length === 0) {
      const { id, batch } = cursors.start(namespace, readQuery(storage, namespace, reading), batchSize);
      return encodeCursor(id, namespace, "firstBatch", batch);
    }
    const counting = countOf(rest);
    const results = counting
      ? countedResult(storage, namespace, reading, counting)
      : (new Aggregator(rest).run(collected(storage, namespace, reading)) as Doc[]);
    let given = 0;
    const source = {
      *open() {
        while (given < results.length) yield { bytes: serialize(results[given] as Doc), taken: () => void given++ };
      },
    };
    const { id, batch } = cursors.start(namespace, source, batchSize);
    return encodeCursor(id, namespace, "firstBatch", batch);
  },
};

function collected(storage: Storage, namespace: string, reading: Reading): Doc[] {
  const documents: Doc[] = [];
  let bytes = 0;
  for (const { bytes: raw, taken } of readQuery(storage, namespace, reading).open()) {
    bytes += raw.length;
    if (bytes > maxAggregateBytes) throw new StoreError(146, `Aggregation exceeded its memory limit of ${maxAggregateBytes} bytes`);
    documents.push(decode(raw));
    taken();
  }
  return documents;
}

type Counting = { name: string; id?: { _id: unknown } };

/** The pipelines that drivers send for countDocuments, and `$count`: answered without building documents. */
function countOf(rest: Doc[]): Counting | undefined {
  if (rest.length !== 1) return undefined;
  const { $group: group, $count: name } = rest[0] as Doc;
  if (typeof name === "string" && name !== "" && !/[.$]/.test(name)) return { name };
  if (!isPlainObject(group) || Object.keys(group).length !== 2 || JSON.stringify(group.n) !== '{"$sum":1}') return undefined;
  return typeof group._id === "string" || isPlainObject(group._id) ? undefined : { name: "n", id: { _id: group._id } };
}

function countedResult(storage: Storage, namespace: string, { skip, limit, filter, ...options }: Reading, { name, id }: Counting): Doc[] {
  const collection = storage.collection(namespace);
  const whole = Object.keys(filter).length === 0 && collection;
  const reached = whole
    ? Math.min(storage.count(collection), skip + limit)
    : counted(query(storage, collection, filter, options), skip + limit);
  const n = Math.max(0, reached - skip);
  return n > 0 ? [{ ...id, [name]: n }] : [];
}

export const aggregateCommands: Record<string, Command> = { aggregate };
