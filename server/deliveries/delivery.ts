import { type Connection, type Model, Schema } from "mongoose";
import { keptForSeconds } from "../events/event.ts";

export const deliveryStatuses = ["pending", "held", "succeeded", "failed", "cancelled"] as const;
export type DeliveryStatus = (typeof deliveryStatuses)[number];
export type Trigger = "event" | "retry" | "manual" | "test" | "replay";

/** One HTTP try. Times in milliseconds; the request's body is the event's. */
export type Attempt = {
  id: string;
  at: Date;
  trigger: Trigger;
  outcome: "succeeded" | "failed";
  durationMs: number;
  timings: { dnsMs: number | null; connectMs: number | null; tlsMs: number | null; waitingMs: number | null };
  request: { url: string; headers: Record<string, string> };
  response: { status: number; headers: Record<string, string>; body: string; truncated: boolean } | null;
  error: { code: string; message: string } | null;
};

/** One event on its way to one hook. `_id` follows from both, so that making it twice makes it once. */
export type DeliveryRecord = {
  _id: string;
  event: string;
  eventId: string;
  hook: string;
  company: string;
  type: string;
  recordId: string | null;
  subject: string | null;
  status: DeliveryStatus;
  /** Why it is held, failed or cancelled, in words. */
  reason: string | null;
  trigger: Trigger;
  /** Attempts made by the retry schedule; those by hand don't count. */
  tries: number;
  attempts: Attempt[];
  /** There unless it has succeeded: what the lists of what needs attention are made of. */
  undelivered?: true;
  /** There while pending or held: what the index of open deliveries is made of. */
  open?: true;
  dueAt?: Date;
  /** Somebody asked for an attempt now, beside the schedule. */
  manualAt?: Date;
  /** Sent one at a time, oldest first: what was held while the hook was paused. */
  ordered?: true;
  /** The last replay that sent it again. */
  replay?: string;
  createdAt: Date;
  settledAt: Date | null;
};

const deliverySchema = new Schema<DeliveryRecord>(
  {
    _id: String,
    event: String,
    eventId: String,
    hook: String,
    company: String,
    type: String,
    recordId: String,
    subject: String,
    status: String,
    reason: String,
    trigger: String,
    tries: Number,
    attempts: [Schema.Types.Mixed],
    undelivered: Boolean,
    open: Boolean,
    dueAt: Date,
    manualAt: Date,
    ordered: Boolean,
    replay: String,
    createdAt: Date,
    settledAt: Date,
  },
  { versionKey: false, minimize: false },
);
// A hook's indexes first: of two that serve a query equally, which asks for hook and company, the first is taken.
deliverySchema.index({ hook: 1, _id: 1 });
deliverySchema.index({ company: 1, _id: 1 });
// Success at the first try never touches these: they hold only what is still to be sent or was not delivered.
deliverySchema.index({ hook: 1, status: 1, _id: 1 }, { partialFilterExpression: { undelivered: true } });
deliverySchema.index({ company: 1, status: 1, _id: 1 }, { partialFilterExpression: { undelivered: true } });
deliverySchema.index({ hook: 1, dueAt: 1, _id: 1 }, { partialFilterExpression: { open: true } });
deliverySchema.index({ hook: 1, manualAt: 1 }, { partialFilterExpression: { manualAt: { $exists: true } } });
deliverySchema.index({ replay: 1, status: 1 }, { partialFilterExpression: { replay: { $exists: true } } });
deliverySchema.index({ createdAt: 1 }, { expireAfterSeconds: keptForSeconds });

export function deliveries(db: Connection): Model<DeliveryRecord> {
  return db.models.Delivery ?? db.model<DeliveryRecord>("Delivery", deliverySchema);
}

export const mostAttemptsKept = 50;

/** Sorts as its event does. */
export function deliveryId(event: string, hook: string): string {
  return `dlv_${event.slice(4)}_${hook.slice(hook.indexOf("_") + 1)}`;
}
