import { createHash } from "node:crypto";
import { Binary, type ObjectId, serialize, type Timestamp } from "bson";
import { bytesOf, type Doc, MISSING, numeric, rank, rankOf } from "./bson-order.ts";

/** LMDB takes keys of at most 1,978 bytes; these bounds keep a compound key with its record's key below that. */
const maxValueBytes = 480;
const maxFieldsBytes = 1_300;

export type EncodedKey = { bytes: Buffer /** true where a long value was cut and hashed, so order holds no longer */; lossy: boolean };

/**
 * Bytes of one value whose memcmp order is MongoDB's order within the type and across types.
 * Numbers become sign-flipped doubles: values that differ only beyond 2^53 share a key, so whoever reads the index
 * looks at the document again.
 */
export function encodeValue(value: unknown): EncodedKey {
  const type = rankOf(value === MISSING ? null : value);
  switch (type) {
    case rank.number: {
      const bytes = Buffer.allocUnsafe(9);
      bytes[0] = type;
      writeDouble(bytes, Number(numeric(value)));
      return { bytes, lossy: false };
    }
    case rank.date: {
      const bytes = Buffer.allocUnsafe(9);
      bytes[0] = type;
      writeDouble(bytes, (value as Date).getTime());
      return { bytes, lossy: false };
    }
    case rank.string:
      return terminated(type, Buffer.from(value as string, "utf8"));
    case rank.objectId:
      return { bytes: Buffer.concat([Buffer.of(type), (value as ObjectId).id]), lossy: false };
    case rank.boolean:
      return { bytes: Buffer.of(type, value ? 1 : 0), lossy: false };
    case rank.timestamp: {
      const bytes = Buffer.allocUnsafe(9);
      bytes[0] = type;
      bytes.writeBigUInt64BE(BigInt.asUintN(64, (value as Timestamp).toBigInt()), 1);
      return { bytes, lossy: false };
    }
    case rank.binary: {
      const content = bytesOf(value as Binary);
      const head = Buffer.allocUnsafe(5);
      head.writeUInt32BE(content.length);
      head[4] = value instanceof Binary ? value.sub_type : 0;
      return terminated(type, Buffer.concat([head, content]));
    }
    case rank.null:
    case rank.minKey:
    case rank.maxKey:
      return { bytes: Buffer.of(type), lossy: false };
    default:
      // Documents, arrays and regexes: equal values give equal bytes, their order is not kept.
      return { bytes: terminated(type, Buffer.from(serialize({ v: canonical(value) }))).bytes, lossy: true };
  }
}

/** 1, 1.0 and NumberLong(1) are equal values, so they must give equal bytes inside documents too. */
function canonical(value: unknown): unknown {
  if (rankOf(value) === rank.number) return Number(numeric(value));
  if (Array.isArray(value)) return value.map(canonical);
  if (rankOf(value) === rank.object) return Object.fromEntries(Object.entries(value as Doc).map(([key, inner]) => [key, canonical(inner)]));
  return value;
}

function writeDouble(bytes: Buffer, value: number): void {
  bytes.writeDoubleBE(value === 0 ? 0 : value, 1);
  if (Number.isNaN(value)) bytes.fill(0, 1);
  else if ((bytes[1] as number) & 0x80) for (let i = 1; i < 9; i++) bytes[i] = ~(bytes[i] as number);
  else bytes[1] = (bytes[1] as number) | 0x80;
}

/** 00 inside becomes 00 FF, the end is 00 00, so that a prefix sorts first and fields cannot run into each other. */
function terminated(type: number, content: Buffer): EncodedKey {
  let body = content;
  let lossy = false;
  if (content.length > maxValueBytes) {
    body = Buffer.concat([content.subarray(0, maxValueBytes - 20), createHash("sha1").update(content).digest()]);
    lossy = true;
  }
  if (body.includes(0)) {
    const escaped: number[] = [];
    for (const byte of body) escaped.push(...(byte === 0 ? [0, 0xff] : [byte]));
    body = Buffer.from(escaped);
  }
  const bytes = Buffer.allocUnsafe(body.length + 3);
  bytes[0] = type;
  body.copy(bytes, 1);
  bytes[body.length + 1] = 0;
  bytes[body.length + 2] = 0;
  return { bytes, lossy };
}

export function inverted(bytes: Buffer): Buffer {
  const out = Buffer.allocUnsafe(bytes.length);
  for (let i = 0; i < bytes.length; i++) out[i] = ~(bytes[i] as number);
  return out;
}

/** The joined bytes of an index entry's fields; too long ones are cut and hashed as a whole. */
export function joinFields(fields: EncodedKey[]): EncodedKey {
  const bytes = fields.length === 1 ? (fields[0] as EncodedKey).bytes : Buffer.concat(fields.map((field) => field.bytes));
  if (bytes.length <= maxFieldsBytes) return { bytes, lossy: fields.some((field) => field.lossy) };
  const hash = createHash("sha1").update(bytes).digest();
  return { bytes: Buffer.concat([bytes.subarray(0, maxFieldsBytes - 20), hash]), lossy: true };
}

/** The first key after everything that begins with `prefix`; undefined after FF…FF. */
export function afterPrefix(prefix: Buffer): Buffer | undefined {
  for (let i = prefix.length - 1; i >= 0; i--) {
    if (prefix[i] !== 0xff) {
      const next = Buffer.from(prefix.subarray(0, i + 1));
      next[i] = (next[i] as number) + 1;
      return next;
    }
  }
  return undefined;
}
