import { serialize } from "bson";
import type { Doc } from "./bson-order.ts";
import { decode } from "./decode.ts";

/** MongoDB wire protocol: OP_MSG with document sequences, and the OP_QUERY that drivers still open with. */
const opReply = 1;
const opQuery = 2004;
const opMsg = 2013;
const maxMessageBytes = 48_000_000;

const checksumPresent = 1;
const moreToCome = 2;

export type Request = {
  requestId: number;
  legacy: boolean;
  /** false where the client waits for no answer (unacknowledged writes). */
  wantsReply: boolean;
  database: string;
  command: string;
  body: Doc;
  /** The body's own bytes, for what has to keep its number types. */
  raw: Buffer;
  /** Raw documents that came beside the body, by field name. */
  sequences: Map<string, Buffer[]>;
};

export class WireError extends Error {}

/** Cuts whole messages off the front of what has arrived. */
export function splitMessages(buffered: Buffer): { messages: Buffer[]; rest: Buffer } {
  const messages: Buffer[] = [];
  let offset = 0;
  while (buffered.length - offset >= 16) {
    const length = buffered.readInt32LE(offset);
    if (length < 16 || length > maxMessageBytes) throw new WireError(`message of ${length} bytes`);
    if (buffered.length - offset < length) break;
    messages.push(buffered.subarray(offset, offset + length));
    offset += length;
  }
  return { messages, rest: offset === 0 ? buffered : buffered.subarray(offset) };
}

export function parseRequest(message: Buffer): Request {
  const requestId = message.readInt32LE(4);
  const opCode = message.readInt32LE(12);
  if (opCode === opMsg) return parseMsg(message, requestId);
  if (opCode === opQuery) return parseQuery(message, requestId);
  throw new WireError(`operation code ${opCode}`);
}

function parseMsg(message: Buffer, requestId: number): Request {
  const flags = message.readUInt32LE(16);
  const end = message.length - (flags & checksumPresent ? 4 : 0);
  const sequences = new Map<string, Buffer[]>();
  let body: Doc | undefined;
  let raw = message;
  let offset = 20;
  while (offset < end) {
    const kind = message[offset++];
    const size = message.readInt32LE(offset);
    if (size < 5 || offset + size > end) throw new WireError("section runs past its message");
    if (kind === 0) {
      raw = message.subarray(offset, offset + size);
      body = decode(raw);
    } else if (kind === 1) {
      const nameEnd = message.indexOf(0, offset + 4);
      const name = message.toString("utf8", offset + 4, nameEnd);
      sequences.set(name, splitDocuments(message.subarray(nameEnd + 1, offset + size)));
    } else {
      throw new WireError(`section kind ${kind}`);
    }
    offset += size;
  }
  if (!body) throw new WireError("no command");
  return {
    requestId,
    legacy: false,
    wantsReply: (flags & moreToCome) === 0,
    database: String(body.$db),
    command: Object.keys(body)[0] ?? "",
    body,
    raw,
    sequences,
  };
}

function splitDocuments(bytes: Buffer): Buffer[] {
  const documents: Buffer[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const size = bytes.readInt32LE(offset);
    if (size < 5 || offset + size > bytes.length) throw new WireError("document runs past its sequence");
    documents.push(bytes.subarray(offset, offset + size));
    offset += size;
  }
  return documents;
}

function parseQuery(message: Buffer, requestId: number): Request {
  const nameEnd = message.indexOf(0, 20);
  const namespace = message.toString("utf8", 20, nameEnd);
  const raw = message.subarray(nameEnd + 9);
  const body = decode(raw);
  return {
    requestId,
    legacy: true,
    wantsReply: true,
    database: namespace.split(".")[0] ?? "",
    command: Object.keys(body)[0] ?? "",
    body,
    raw,
    sequences: new Map(),
  };
}

let nextReplyId = 1;

export function encodeReply(request: Request, reply: Doc | Buffer): Buffer {
  const document = Buffer.isBuffer(reply) ? reply : Buffer.from(serialize(reply, { ignoreUndefined: true }));
  const head = Buffer.alloc(request.legacy ? 36 : 21);
  head.writeInt32LE(head.length + document.length, 0);
  nextReplyId = (nextReplyId + 1) & 0x7fffffff;
  head.writeInt32LE(nextReplyId, 4);
  head.writeInt32LE(request.requestId, 8);
  head.writeInt32LE(request.legacy ? opReply : opMsg, 12);
  if (request.legacy) head.writeInt32LE(1, 32);
  return Buffer.concat([head, document]);
}

/** A cursor reply built around stored bytes, so that documents read are never serialised again. */
export function encodeCursor(
  id: bigint,
  namespace: string,
  batchName: "firstBatch" | "nextBatch",
  documents: readonly Uint8Array[],
): Buffer {
  const items = documents.map((document, i) => Buffer.concat([Buffer.of(3), Buffer.from(`${i}\0`), document]));
  const batch = wrap(items);
  const idBytes = Buffer.alloc(8);
  idBytes.writeBigInt64LE(id);
  const name = Buffer.from(`${namespace}\0`);
  const nameLength = Buffer.alloc(4);
  nameLength.writeInt32LE(name.length);
  const cursor = wrap([
    Buffer.from(`\x04${batchName}\0`),
    batch,
    Buffer.from("\x12id\0"),
    idBytes,
    Buffer.from("\x02ns\0"),
    nameLength,
    name,
  ]);
  const ok = Buffer.alloc(8);
  ok.writeDoubleLE(1);
  return wrap([Buffer.from("\x03cursor\0"), cursor, Buffer.from("\x01ok\0"), ok]);
}

function wrap(parts: Buffer[]): Buffer {
  const size = parts.reduce((sum, part) => sum + part.length, 5);
  const head = Buffer.alloc(4);
  head.writeInt32LE(size);
  return Buffer.concat([head, ...parts, Buffer.of(0)], size);
}
