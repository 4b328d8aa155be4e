import { compareValues, type Doc } from "./bson-order.ts";
import { type Collection, indexEntries } from "./collection.ts";
import { decode, decodeTyped } from "./decode.ts";
import { asksForTypes, compileMatcher, type Predicate } from "./matcher.ts";
import { indexedValues } from "./paths.ts";
import { type Plan, plan, type Sort } from "./planner.ts";
import { type KeyRange, prefixOf, type Storage } from "./storage.ts";
import { StoreError } from "./store-error.ts";

/** Where a scan stands: the part of the plan, the range in it, and the last key that it read there. */
export type Position = { part: number; range: number; entry: Buffer };
export type Found = { key: Buffer; raw: Buffer; doc: Doc; at: Position };

/** How much was read to answer a query, as `explain` tells it. */
export type Effort = { keys: number; docs: number };

export type QueryOptions = {
  sort?: Sort | undefined;
  hint?: unknown;
  /** Goes on behind it; only where no sort had to be made. */
  from?: Position | undefined;
  /** No more than so many are wanted, which bounds what a sort holds. */
  limit?: number | undefined;
  /** By `performance.now()`. */
  deadline?: number | undefined;
  effort?: Effort | undefined;
};

/** What a sort may hold in memory; MongoDB's own limit (`internalQueryMaxBlockingSortMemoryUsageBytes`). */
const maxSortBytes = 100 * 1024 * 1024;
const deadlineEvery = 256;

/** A query made ready: how its documents are reached, which of them it means, and whether they come in the order asked for. */
export type Query = { plans: Plan[]; matches: Predicate; sorted: boolean; read: (raw: Uint8Array) => Doc; unless: Predicate[][] };

export function prepare(storage: Storage, collection: Collection | undefined, filter: Doc, { sort = [], hint }: QueryOptions): Query {
  const matches = compileMatcher(filter);
  const plans = collection ? plan(collection, filter, sort, hint) : [];
  if (storage.noTableScan && hint === undefined && (Object.keys(filter).length > 0 || sort.length > 0))
    for (const part of plans)
      if (part.whole && !part.index && !(part.sorted && sort.length > 0))
        throw new StoreError(
          291,
          `error processing query: planner returned error :: caused by :: No indexed plans available, and running with 'notablescan' (filter ${JSON.stringify(filter)})`,
        );
  return {
    plans,
    matches,
    sorted: plans.every((part) => part.sorted) && (plans.length < 2 || sort.length === 0),
    read: asksForTypes(filter) ? decodeTyped : decode,
    unless: plans.map((part) => part.unless.map(compileMatcher)),
  };
}

/** The documents that match, in the order asked for. Nothing may be written while this is being read. */
export function* query(storage: Storage, collection: Collection | undefined, filter: Doc, options: QueryOptions = {}): Generator<Found> {
  const prepared = prepare(storage, collection, filter, options);
  if (!collection) return;
  const found = candidates(storage, collection, prepared, options);
  if (prepared.sorted) yield* found;
  else yield* sorted(found, options.sort ?? [], options.limit);
}

function* candidates(
  storage: Storage,
  collection: Collection,
  { plans, matches, read, unless }: Query,
  options: QueryOptions,
): Generator<Found> {
  const { from, deadline, effort } = options;
  let looked = 0;
  for (const [part, plan_] of plans.entries()) {
    if (from && part < from.part) continue;
    const ranges = plan_.reverse ? [...plan_.ranges].reverse() : plan_.ranges;
    for (const [range, bounds] of ranges.entries()) {
      const resumed = from !== undefined && part === from.part;
      if (resumed && range < from.range) continue;
      const rest = resumed && range === from.range ? behind(bounds, from.entry, plan_.reverse) : bounds;
      for (const { entry, key, raw } of scan(storage, collection, plan_, rest, effort)) {
        if (deadline !== undefined && ++looked % deadlineEvery === 0 && performance.now() > deadline)
          throw new StoreError(50, "operation exceeded time limit");
        const doc = read(raw);
        if (!matches(doc)) continue;
        if (plan_.index?.multikey && !isFirstEntry(plan_, ranges, doc, key, entry)) continue;
        if (unless[part]?.some((earlier) => earlier(doc))) continue;
        yield { key, raw, doc, at: { part, range, entry } };
      }
    }
  }
}

function behind({ start, end }: KeyRange, entry: Buffer, reverse: boolean): KeyRange {
  return reverse ? { start, end: entry } : { start: Buffer.concat([entry, Buffer.of(0)]), end };
}

function* scan(
  storage: Storage,
  collection: Collection,
  part: Plan,
  range: KeyRange,
  effort: Effort | undefined,
): Generator<{ entry: Buffer; key: Buffer; raw: Buffer }> {
  if (!part.index) {
    for (const { key, raw } of storage.scanDocs(collection, range, part.reverse)) {
      if (effort) effort.docs++;
      yield { entry: key, key, raw };
    }
    return;
  }
  for (const { entry, key } of storage.scanIndex(collection, range, part.reverse)) {
    const raw = storage.get(key);
    if (effort) effort.keys++;
    if (!raw) continue;
    if (effort) effort.docs++;
    yield { entry, key, raw };
  }
}

/** An array puts a document into an index several times; it counts where the scan meets it first, so nothing has to be remembered. */
function isFirstEntry({ index, reverse }: Plan, ranges: KeyRange[], doc: Doc, key: Buffer, entry: Buffer): boolean {
  if (!index) return true;
  const own = indexEntries(index, doc).keys.map((fields) => Buffer.concat([prefixOf(index.id), fields, key.subarray(4)]));
  if (own.length < 2) return true;
  for (const { start, end } of ranges) {
    const met = own.filter((bytes) => Buffer.compare(bytes, start) >= 0 && Buffer.compare(bytes, end) < 0).sort(Buffer.compare);
    const first = reverse ? met.at(-1) : met[0];
    if (first) return first.equals(entry);
  }
  return true;
}

type Row = { found: Omit<Found, "doc">; keys: unknown[]; order: number };

/** Holds what has to be sorted, without the decoded documents; where only some are wanted, about twice as many at most. */
function* sorted(found: Iterable<Found>, sort: Sort, limit = Number.POSITIVE_INFINITY): Generator<Found> {
  const columns = sort.map(([path, direction]) => ({ parts: path.split("."), direction }));
  const compare = (a: Row, b: Row): number => {
    for (const [i, { direction }] of columns.entries()) {
      const order = compareValues(a.keys[i], b.keys[i]);
      if (order !== 0) return order * direction;
    }
    return a.order - b.order;
  };
  let bytes = 0;
  let rows: Row[] = [];
  let order = 0;
  for (const { key, raw, doc, at } of found) {
    bytes += raw.length;
    rows.push({
      found: { key, raw, at },
      keys: columns.map(({ parts, direction }) => extreme(indexedValues(doc, parts).values, direction)),
      order: order++,
    });
    if (rows.length > limit && (rows.length >= 2 * limit + 100 || bytes > maxSortBytes / 2)) {
      rows = rows.sort(compare).slice(0, limit);
      bytes = rows.reduce((sum, row) => sum + row.found.raw.length, 0);
    }
    if (bytes > maxSortBytes)
      throw new StoreError(
        292,
        `Executor error during find command :: caused by :: Sort exceeded memory limit of ${maxSortBytes} bytes, but did not opt in to external sorting. Add an index that gives the order.`,
      );
  }
  for (const { found: row } of rows.sort(compare)) yield { ...row, doc: decode(row.raw) };
}

/** An array sorts by its smallest element upwards and by its largest downwards. */
function extreme(values: unknown[], direction: 1 | -1): unknown {
  return values.reduce((best, value) => (compareValues(value, best) * direction < 0 ? value : best));
}
