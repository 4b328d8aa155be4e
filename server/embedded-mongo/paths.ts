import { type Doc, EMPTY, isPlainObject, MISSING } from "./bson-order.ts";

const arrayIndex = /^(0|[1-9]\d*)$/;

export function isArrayIndex(part: string): boolean {
  return arrayIndex.test(part);
}

/**
 * Visits what a dotted path reaches, through arrays of documents as MongoDB does, until `visit` says true.
 * Gives MISSING where a branch ends early.
 */
export function someAt(value: unknown, parts: readonly string[], visit: (leaf: unknown) => boolean, from = 0): boolean {
  if (from === parts.length) return visit(value);
  const part = parts[from] as string;
  if (Array.isArray(value)) {
    if (isArrayIndex(part) && Number(part) < value.length && someAt(value[Number(part)], parts, visit, from + 1)) return true;
    return value.some((item) => isPlainObject(item) && someAt(item, parts, visit, from));
  }
  if (isPlainObject(value)) {
    return Object.hasOwn(value, part) ? someAt(value[part], parts, visit, from + 1) : visit(MISSING);
  }
  return visit(MISSING);
}

/** The values an index or a sort sees at a path: array elements one by one, MISSING where there is nothing. */
export function indexedValues(doc: Doc, parts: readonly string[]): { values: unknown[]; fromArray: boolean } {
  const values: unknown[] = [];
  let fromArray = false;
  let visits = 0;
  someAt(doc, parts, (leaf) => {
    visits++;
    if (Array.isArray(leaf)) {
      fromArray = true;
      if (leaf.length === 0) values.push(EMPTY);
      else values.push(...leaf);
    } else {
      values.push(leaf);
    }
    return false;
  });
  if (visits > 1) fromArray = true;
  if (values.length === 0) values.push(MISSING);
  return { values, fromArray };
}

/** The plain value at a path with no array traversal, as updates see it. */
export function valueAt(doc: unknown, parts: readonly string[]): unknown {
  let value = doc;
  for (const part of parts) {
    if (Array.isArray(value) ? !isArrayIndex(part) : !isPlainObject(value)) return MISSING;
    if (!Object.hasOwn(value as object, part)) return MISSING;
    value = (value as Doc)[part];
  }
  return value;
}
