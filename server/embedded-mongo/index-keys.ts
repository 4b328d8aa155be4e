import { createHash } from "node:crypto";
import { Binary, type ObjectId, serialize, type Timestamp } from "bson";
import { bytesOf, type Doc, MISSING, rank, rankOf } from "./bson-order.ts";
import { floorDouble } from "./numbers.ts";

/** LMDB takes keys of at most 1,978 bytes; these bounds keep a compound key with its record's key below that. */
const maxValueBytes = 480;
const maxFieldsBytes = 1_300;

export type EncodedKey = { bytes: Buffer /** true where a long value was cut and hashed, so order holds no longer */; lossy: boolean };

/**
 * Bytes of one value whose memcmp order is MongoDB's order within the type and across types.
 * Numbers become sign-flipped doubles; what a double can't hold (int64 beyond 2^53, decimals) follows behind FF.
 */
export function encodeValue(value: unknown): EncodedKey {
  const type = rankOf(value === MISSING ? null : value);
  switch (type) {
    case rank.number:
      return { bytes: encodeNumber(value), lossy: false };
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
    case rank.empty:
      // Behind the least key, before every other: no field begins with FF.
      return { bytes: Buffer.of(rank.minKey, 0xff), lossy: false };
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
  if (rankOf(value) === rank.number) {
    const { double, rest } = floorDouble(value);
    return rest === 0 ? double : [double, rest];
  }
  if (Array.isArray(value)) return value.map(canonical);
  if (rankOf(value) === rank.object) return Object.fromEntries(Object.entries(value as Doc).map(([key, inner]) => [key, canonical(inner)]));
  return value;
}

/** FF is above every byte that another field could begin with, so what is left over sorts after the bare double. */
function encodeNumber(value: unknown): Buffer {
  const { double, rest } = floorDouble(value);
  const bytes = Buffer.allocUnsafe(rest > 0 ? 19 : 9);
  bytes[0] = rank.number;
  writeDouble(bytes, double);
  if (rest > 0) {
    bytes[9] = 0xff;
    writeDouble(bytes, rest, 10);
    bytes[18] = 0xff;
  }
  return bytes;
}

function writeDouble(bytes: Buffer, value: number, at = 1): void {
  bytes.writeDoubleBE(value === 0 ? 0 : value, at);
  if (Number.isNaN(value)) bytes.fill(0, at, at + 8);
  else if ((bytes[at] as number) & 0x80) for (let i = at; i < at + 8; i++) bytes[i] = ~(bytes[i] as number);
  else bytes[at] = (bytes[at] as number) | 0x80;
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
