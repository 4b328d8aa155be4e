import { compareValues, type Doc } from "./bson-order.ts";
import type { Collection } from "./collection.ts";
import { compileMatcher } from "./matcher.ts";
import { indexedValues } from "./paths.ts";
import { type Plan, plan, type Sort } from "./planner.ts";
import { decode, type Storage } from "./storage.ts";
import { StoreError } from "./store-error.ts";

export type Found = { key: Buffer; raw: Buffer; doc: Doc };

/** What a sort may hold in memory; MongoDB's own limit (`internalQueryMaxBlockingSortMemoryUsageBytes`). */
const maxSortBytes = 100 * 1024 * 1024;

export function parseSort(sort: unknown): Sort {
  if (sort === undefined || sort === null) return [];
  return Object.entries(sort as Doc).map(([path, direction]) => {
    const way = Number(direction);
    if (way !== 1 && way !== -1) throw new StoreError(2, `$sort key ordering must be 1 (for ascending) or -1 (for descending)`);
    return [path, way];
  });
}

/** The documents that match, in the order asked for. Nothing may be written while this is being read. */
export function* query(storage: Storage, collection: Collection | undefined, filter: Doc, sort: Sort = []): Generator<Found> {
  const matches = compileMatcher(filter);
  if (!collection) return;
  const plans = plan(collection, filter, sort);
  const found = candidates(storage, collection, plans, matches);
  if (plans.every((part) => part.sorted)) yield* found;
  else yield* sorted(found, sort);
}

function* candidates(storage: Storage, collection: Collection, plans: Plan[], matches: (doc: Doc) => boolean): Generator<Found> {
  const seen = plans.some((part) => part.distinct) ? new Set<string>() : undefined;
  for (const part of plans) {
    for (const range of part.ranges) {
      for (const { key, raw } of scan(storage, collection, part, range)) {
        if (seen) {
          const name = key.toString("latin1");
          if (seen.has(name)) continue;
          seen.add(name);
        }
        const doc = decode(raw);
        if (matches(doc)) yield { key, raw, doc };
      }
    }
  }
}

function* scan(
  storage: Storage,
  collection: Collection,
  part: Plan,
  range: Plan["ranges"][number],
): Generator<{ key: Buffer; raw: Buffer }> {
  if (!part.index) {
    yield* storage.scanDocs(collection, range, part.reverse);
    return;
  }
  for (const key of storage.scanIndex(collection, range, part.reverse)) {
    const raw = storage.get(key);
    if (raw) yield { key, raw };
  }
}

function sorted(found: Iterable<Found>, sort: Sort): Found[] {
  const columns = sort.map(([path, direction]) => ({ parts: path.split("."), direction }));
  let bytes = 0;
  const rows: { found: Found; keys: unknown[] }[] = [];
  for (const item of found) {
    bytes += item.raw.length;
    if (bytes > maxSortBytes)
      throw new StoreError(292, `Sort exceeded memory limit of ${maxSortBytes} bytes; add an index that gives the order`);
    rows.push({ found: item, keys: columns.map(({ parts, direction }) => extreme(indexedValues(item.doc, parts).values, direction)) });
  }
  rows.sort((a, b) => {
    for (const [i, { direction }] of columns.entries()) {
      const order = compareValues(a.keys[i], b.keys[i]);
      if (order !== 0) return order * direction;
    }
    return 0;
  });
  return rows.map(({ found: item }) => item);
}

/** An array sorts by its smallest element upwards and by its largest downwards. */
function extreme(values: unknown[], direction: 1 | -1): unknown {
  return values.reduce((best, value) => (compareValues(value, best) * direction < 0 ? value : best));
}
