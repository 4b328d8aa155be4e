import { type Doc, isPlainObject, rank, rankOf } from "./bson-order.ts";
import { numeric } from "./numbers.ts";
import type { Sort } from "./planner.ts";
import { StoreError } from "./store-error.ts";
import { typeName } from "./words.ts";

/** `{a: 1, b: -1}` as pairs; `$natural` is the order of the documents' tree, which is that of _id. */
export function parseSort(sort: unknown): Sort {
  if (sort === undefined || sort === null) return [];
  if (!isPlainObject(sort)) throw new StoreError(14, `Expected field sort to be of type object, not ${typeName(sort)}`);
  return Object.entries(sort as Doc).flatMap(([path, direction]): Sort => {
    if (isPlainObject(direction)) throw new StoreError(238, `Sorting '${path}' by $meta is not implemented by the embedded store`);
    const way = rankOf(direction) === rank.number ? Number(numeric(direction)) : Number.NaN;
    if (way !== 1 && way !== -1) throw new StoreError(15975, "$sort key ordering must be 1 (for ascending) or -1 (for descending)");
    if (path === "$natural") return way === 1 ? [] : [["_id", -1]];
    if (path === "" || path.startsWith("$"))
      throw new StoreError(16410, `FieldPath field names may not start with '$' or be empty: '${path}'`);
    return [[path, way]];
  });
}
