import { Binary, BSONRegExp, Decimal128, Double, Int32, Long, MaxKey, MinKey, ObjectId, Timestamp } from "bson";

import { compareNumbers } from "./numbers.ts";

export type Doc = Record<string, unknown>;

/** What a path yields where a document has nothing there; sorts and compares as null. */
export const MISSING = Symbol("missing");

/** What an index and a sort see of an empty array: less than null (MongoDB's `undefined`). */
export const EMPTY = Symbol("empty array");

/** Rank of each type in MongoDB's comparison order (manual: "Comparison/Sort Order"). */
export const rank = {
  minKey: 1,
  empty: 1.5,
  null: 2,
  number: 3,
  string: 4,
  object: 5,
  array: 6,
  binary: 7,
  objectId: 8,
  boolean: 9,
  date: 10,
  timestamp: 11,
  regex: 12,
  maxKey: 13,
} as const;

export function rankOf(value: unknown): number {
  switch (typeof value) {
    case "number":
    case "bigint":
      return rank.number;
    case "string":
      return rank.string;
    case "boolean":
      return rank.boolean;
    case "symbol":
      return value === EMPTY ? rank.empty : rank.null;
    case "undefined":
      return rank.null;
  }
  if (value === null) return rank.null;
  if (Array.isArray(value)) return rank.array;
  if (value instanceof Date) return rank.date;
  if (value instanceof ObjectId) return rank.objectId;
  // Timestamp extends Long, so it is asked first.
  if (value instanceof Timestamp) return rank.timestamp;
  if (value instanceof Long || value instanceof Int32 || value instanceof Double || value instanceof Decimal128) return rank.number;
  if (value instanceof Binary || value instanceof Uint8Array) return rank.binary;
  if (value instanceof BSONRegExp || value instanceof RegExp) return rank.regex;
  if (value instanceof MinKey) return rank.minKey;
  if (value instanceof MaxKey) return rank.maxKey;
  return rank.object;
}

export function isPlainObject(value: unknown): value is Doc {
  return typeof value === "object" && value !== null && rankOf(value) === rank.object;
}

/** Order of the UTF-8 bytes, which differs from UTF-16's only where surrogates meet the top of the BMP. */
function compareStrings(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    let x = a.charCodeAt(i);
    let y = b.charCodeAt(i);
    if (x === y) continue;
    if (x >= 0xd800 && y >= 0xd800) {
      x += x >= 0xe000 ? -0x800 : 0x2000;
      y += y >= 0xe000 ? -0x800 : 0x2000;
    }
    return x < y ? -1 : 1;
  }
  return a.length < b.length ? -1 : 1;
}

export function bytesOf(value: Binary | Uint8Array): Uint8Array {
  return value instanceof Binary ? value.buffer.subarray(0, value.length()) : value;
}

function compareBinaries(a: Binary | Uint8Array, b: Binary | Uint8Array): number {
  const x = bytesOf(a);
  const y = bytesOf(b);
  if (x.length !== y.length) return x.length < y.length ? -1 : 1;
  const subtypeA = a instanceof Binary ? a.sub_type : 0;
  const subtypeB = b instanceof Binary ? b.sub_type : 0;
  return subtypeA - subtypeB || Buffer.compare(x, y);
}

function compareDocuments(a: Doc, b: Doc): number {
  const keysA = Object.keys(a);
  const keysB = Object.keys(b);
  for (let i = 0; i < Math.min(keysA.length, keysB.length); i++) {
    const keyA = keysA[i] as string;
    const keyB = keysB[i] as string;
    const byType = rankOf(a[keyA]) - rankOf(b[keyB]);
    if (byType !== 0) return byType;
    const byName = compareStrings(keyA, keyB);
    if (byName !== 0) return byName;
    const byValue = compareValues(a[keyA], b[keyB]);
    if (byValue !== 0) return byValue;
  }
  return keysA.length - keysB.length;
}

/** MongoDB's total order over BSON values: negative, 0 or positive. Missing sorts as null. */
export function compareValues(a: unknown, b: unknown): number {
  if (typeof a === "string" && typeof b === "string") return compareStrings(a, b);
  const type = rankOf(a);
  const byType = type - rankOf(b);
  if (byType !== 0) return byType;
  switch (type) {
    case rank.number:
      return compareNumbers(a, b);
    case rank.object:
      return compareDocuments(a as Doc, b as Doc);
    case rank.array: {
      const x = a as unknown[];
      const y = b as unknown[];
      for (let i = 0; i < Math.min(x.length, y.length); i++) {
        const order = compareValues(x[i], y[i]);
        if (order !== 0) return order;
      }
      return x.length - y.length;
    }
    case rank.binary:
      return compareBinaries(a as Binary, b as Binary);
    case rank.objectId:
      return Buffer.compare((a as ObjectId).id, (b as ObjectId).id);
    case rank.boolean:
      return Number(a) - Number(b);
    case rank.date:
      return (a as Date).getTime() - (b as Date).getTime();
    case rank.timestamp: {
      const x = (a as Timestamp).toBigInt();
      const y = (b as Timestamp).toBigInt();
      return x < y ? -1 : x > y ? 1 : 0;
    }
    case rank.regex:
      return compareStrings(String(a), String(b));
    default:
      return 0;
  }
}

export function equalValues(a: unknown, b: unknown): boolean {
  return a === b || compareValues(a, b) === 0;
}
