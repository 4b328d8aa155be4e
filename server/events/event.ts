import { type Connection, type Model, Schema } from "mongoose";
import type { EventBody } from "../../schemas/load-catalogue.ts";

/** One thing that happened. Immutable; also the log from which deliveries are made again after a crash. */
export type EventRecord = {
  /** Grows with time within a process. */
  _id: string;
  /** What receivers see as `id`: the product's own, or `_id`. */
  eventId: string;
  product: string;
  company: string;
  type: string;
  /** The product's id or Idempotency-Key: the same one again is the same event. */
  key?: string;
  /** The very bytes that are signed and sent. */
  body: Buffer;
  receivedAt: Date;
  /** The hooks that matched when it was accepted. */
  hooks: string[];
  /** The process that took it and owes its deliveries. */
  worker: string;
  test?: boolean;
};

export const keptForSeconds = 30 * 24 * 3600;

const eventSchema = new Schema<EventRecord>(
  {
    _id: String,
    eventId: String,
    product: String,
    company: String,
    type: String,
    key: String,
    body: Buffer,
    receivedAt: Date,
    hooks: [String],
    worker: String,
    test: Boolean,
  },
  { versionKey: false },
);
// The same key may arrive twice at once; the second insert fails and is answered with the first.
eventSchema.index({ company: 1, key: 1 }, { unique: true, partialFilterExpression: { key: { $exists: true } } });
eventSchema.index({ company: 1, type: 1, _id: 1 });
eventSchema.index({ worker: 1, _id: 1 });
eventSchema.index({ receivedAt: 1 }, { expireAfterSeconds: keptForSeconds });

export function events(db: Connection): Model<EventRecord> {
  return db.models.Event ?? db.model<EventRecord>("Event", eventSchema);
}

/** What an event is about, as people call it: the record's id and name. */
export function subjectOf(body: EventBody): { recordId: string | null; subject: string | null } {
  const { id, name, title, subject, reference } = body.data;
  const named = [name, title, subject, reference].find((value) => typeof value === "string" && value !== "");
  return { recordId: id === undefined || id === null ? null : String(id), subject: typeof named === "string" ? named.slice(0, 200) : null };
}

export function parseBody({ body }: Pick<EventRecord, "body">): EventBody {
  return JSON.parse(bytesOf(body).toString("utf8")) as EventBody;
}

/** Lean reads give the driver's Binary; everything else here works on Buffers. */
export function bytesOf(body: Buffer | { buffer: Uint8Array }): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.from(body.buffer);
}
