import { type Doc, MISSING } from "./bson-order.ts";
import { type EncodedKey, encodeValue, inverted, joinFields } from "./index-keys.ts";
import { compileMatcher, type Predicate } from "./matcher.ts";
import { indexedValues } from "./paths.ts";
import { StoreError } from "./store-error.ts";

export type IndexSpec = {
  name: string;
  key: [path: string, direction: 1 | -1][];
  unique: boolean;
  sparse: boolean;
  partialFilterExpression?: Doc;
  expireAfterSeconds?: number;
};

/** `multikey`: some document has an array on an indexed path. `lossy`: some key was cut, so its order means nothing. */
export type Index = IndexSpec & { id: number; multikey: boolean; lossy: boolean };

/** `lossyIds`: some _id was too long for a key or has no order as one, so the documents don't lie in the order of _id. */
export type Collection = { id: number; indexes: Index[]; lossyIds?: boolean };

/** The paths whose values decide how an index files a document. */
export function pathsOf(index: IndexSpec): string[] {
  return [...index.key.map(([path]) => path), ...filterPaths(index.partialFilterExpression ?? {})];
}

function filterPaths(filter: Doc): string[] {
  return Object.entries(filter).flatMap(([key, value]) =>
    key.startsWith("$") ? (value as Doc[]).flatMap((part) => filterPaths(part)) : [key],
  );
}

const partialFilters = new WeakMap<Doc, Predicate>();

export function matchesPartial(index: IndexSpec, doc: Doc): boolean {
  const filter = index.partialFilterExpression;
  if (!filter) return true;
  let predicate = partialFilters.get(filter);
  if (!predicate) {
    predicate = compileMatcher(filter);
    partialFilters.set(filter, predicate);
  }
  return predicate(doc);
}

/** The keys under which an index files a document: none where the index is partial or sparse and passes it over. */
export function indexEntries(index: IndexSpec, doc: Doc): { keys: Buffer[]; fromArray: boolean; lossy: boolean } {
  if (!matchesPartial(index, doc)) return { keys: [], fromArray: false, lossy: false };
  const columns = index.key.map(([path]) => indexedValues(doc, path.split(".")));
  if (index.sparse && columns.every(({ values }) => values.every((value) => value === MISSING)))
    return { keys: [], fromArray: false, lossy: false };
  if (columns.filter(({ fromArray }) => fromArray).length > 1) {
    throw new StoreError(171, `cannot index parallel arrays [${index.key.map(([path]) => path).join("] [")}]`);
  }
  let rows: EncodedKey[][] = [[]];
  for (const [i, column] of columns.entries()) {
    const direction = (index.key[i] as [string, 1 | -1])[1];
    const encoded = column.values.map((value) => encodeDirected(value, direction));
    rows = encoded.flatMap((value) => rows.map((row) => [...row, value]));
  }
  const joined = rows.map(joinFields);
  const unique = joined.length === 1 ? joined : [...new Map(joined.map((key) => [key.bytes.toString("latin1"), key])).values()];
  return {
    keys: unique.map(({ bytes }) => bytes),
    fromArray: columns.some(({ fromArray }) => fromArray),
    lossy: joined.some(({ lossy }) => lossy),
  };
}

export function encodeDirected(value: unknown, direction: 1 | -1): EncodedKey {
  const encoded = encodeValue(value);
  return direction === 1 ? encoded : { bytes: inverted(encoded.bytes), lossy: encoded.lossy };
}
