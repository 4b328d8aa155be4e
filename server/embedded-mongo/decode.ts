import { Double, deserialize, Int32 } from "bson";
import { type Doc, isPlainObject } from "./bson-order.ts";
import { StoreError } from "./store-error.ts";

/**
 * A document to look at: int32 and double are plain numbers, int64 stays Long, binary stays Binary. Whoever writes it back
 * loses which numbers were doubles; see `decodeTyped`.
 */
export function decode(raw: Uint8Array): Doc {
  return reading(() => deserialize(raw, { promoteLongs: false, promoteBuffers: false, bsonRegExp: false }));
}

/** A document to change: every value keeps its BSON type, so that what isn't touched is written back as it was. */
export function decodeTyped(raw: Uint8Array): Doc {
  return reading(() => deserialize(raw, { promoteValues: false, promoteLongs: false, promoteBuffers: false, bsonRegExp: true }));
}

function reading(read: () => Doc): Doc {
  try {
    return read();
  } catch (error) {
    throw new StoreError(22, `invalid BSON: ${(error as Error).message}`);
  }
}

/** A typed value as `decode` gives it: queries are quicker on plain numbers. */
export function plain(value: unknown): unknown {
  if (value instanceof Int32 || value instanceof Double) return value.valueOf();
  if (Array.isArray(value)) return value.map(plain);
  if (!isPlainObject(value)) return value;
  const out: Doc = {};
  for (const [key, inner] of Object.entries(value)) define(out, key, plain(inner));
  return out;
}

/** `__proto__` is an ordinary field name in BSON, so it must not reach JavaScript's setter. */
export function define(target: Doc, key: string, value: unknown): void {
  if (key === "__proto__") Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}
