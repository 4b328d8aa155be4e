import type { Doc } from "../bson-order.ts";
import { isPlainObject, rank, rankOf } from "../bson-order.ts";
import type { Cursors } from "../cursors.ts";
import { numeric } from "../numbers.ts";
import type { Storage } from "../storage.ts";
import { StoreError } from "../store-error.ts";
import type { Request } from "../wire.ts";

export type Host = { storage: Storage; cursors: Cursors };

/** Answers with a document, or with reply bytes that are ready to send. */
export type Handler = (host: Host, request: Request) => Doc | Buffer;

/** One that takes its time, beside which others are served; it reads a snapshot of its own. */
export type SlowHandler = (host: Host, request: Request) => Promise<Doc>;

/** `writes` commands run inside the group commit's transaction and are answered once it is on the disk. */
export type Command = { handler: Handler; writes: boolean } | { slow: SlowHandler; writes: false };

/** Options that every command may carry and that ask nothing of a single-node store. */
const ignored = new Set([
  "$db",
  "lsid",
  "$clusterTime",
  "$readPreference",
  "readConcern",
  "writeConcern",
  "comment",
  "maxTimeMS",
  "apiVersion",
  "apiStrict",
  "apiDeprecationErrors",
  "let",
]);

/** Refuses what the command doesn't know, so that an option is never silently dropped. */
export function refuseUnknown(body: Doc, known: readonly string[]): void {
  const command = Object.keys(body)[0] as string;
  if (body.txnNumber !== undefined || body.startTransaction !== undefined) {
    throw new StoreError(20, "Transaction numbers are only allowed on a replica set member or mongos");
  }
  const w = isPlainObject(body.writeConcern) ? body.writeConcern.w : undefined;
  if (rankOf(w) === rank.number && Number(numeric(w)) > 1) throw new StoreError(2, "cannot use 'w' > 1 when a host is not replicated");
  for (const [key, value] of Object.entries(body)) {
    if (key === command || ignored.has(key) || known.includes(key)) continue;
    throw new StoreError(
      238,
      `Option '${key}' of command '${command}' is not implemented by the embedded store (value ${JSON.stringify(value)})`,
    );
  }
  if (isPlainObject(body.let) && Object.keys(body.let).length > 0)
    throw new StoreError(238, "'let' is not implemented by the embedded store");
}

export function namespaceOf(request: Request): string {
  const collection = request.body[request.command];
  if (typeof collection !== "string" || collection === "" || collection.includes("\0")) {
    throw new StoreError(73, `Invalid namespace specified '${request.database}.${String(collection)}'`);
  }
  return `${request.database}.${collection}`;
}

export function intOption(value: unknown, name: string, otherwise: number): number {
  if (value === undefined || value === null) return otherwise;
  if (rankOf(value) !== rank.number) throw new StoreError(14, `Expected field ${name} to be a number`);
  return Number(numeric(value));
}

export function docOption(value: unknown, name: string): Doc {
  if (value === undefined || value === null) return {};
  if (!isPlainObject(value)) throw new StoreError(14, `Expected field ${name} to be of type object`);
  return value;
}

/** When a command that carries `maxTimeMS` must have ended, by `performance.now()`. */
export function deadlineOf(body: Doc): number | undefined {
  const ms = intOption(body.maxTimeMS, "maxTimeMS", 0);
  return ms > 0 ? performance.now() + ms : undefined;
}
