import { Binary, Decimal128, ObjectId, Timestamp } from "bson";
import { MISSING, rank, rankOf } from "./bson-order.ts";
import { kindOfNumber } from "./numbers.ts";

/** How MongoDB names a value's type in its messages and in `$type`. */
export function typeName(value: unknown): string {
  switch (rankOf(value)) {
    case rank.null:
      return value === MISSING ? "missing" : "null";
    case rank.number:
      return kindOfNumber(value);
    case rank.string:
      return "string";
    case rank.array:
      return "array";
    case rank.binary:
      return "binData";
    case rank.objectId:
      return "objectId";
    case rank.boolean:
      return "bool";
    case rank.date:
      return "date";
    case rank.timestamp:
      return "timestamp";
    case rank.regex:
      return "regex";
    case rank.minKey:
      return "minKey";
    case rank.maxKey:
      return "maxKey";
    default:
      return "object";
  }
}

const mostShown = 150;

/** A value as a message shows it, about as MongoDB does. */
export function inWords(value: unknown): string {
  const shown = shortly(value);
  return shown.length > mostShown ? `${shown.slice(0, mostShown)}...` : shown;
}

function shortly(value: unknown): string {
  if (value === undefined || value === null || typeof value === "symbol") return "null";
  if (typeof value === "string") return JSON.stringify(value);
  if (value instanceof ObjectId) return `ObjectId('${value.toHexString()}')`;
  if (value instanceof Date) return `new Date(${value.getTime()})`;
  if (value instanceof Decimal128 || value instanceof Timestamp) return String(value);
  if (value instanceof Binary) return `BinData(${value.sub_type}, ${value.toString("hex").slice(0, 64).toUpperCase()})`;
  if (Array.isArray(value)) return `[ ${value.slice(0, 20).map(shortly).join(", ")} ]`;
  if (rankOf(value) === rank.object)
    return `{ ${Object.entries(value)
      .slice(0, 20)
      .map(([key, inner]) => `${key}: ${shortly(inner)}`)
      .join(", ")} }`;
  return String(value);
}
