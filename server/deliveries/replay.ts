import { type Connection, type Model, Schema } from "mongoose";
import type { DeliveryStatus } from "./delivery.ts";

/** A bulk of deliveries sent again. What it covers is fixed when it starts; `cursor` lets a successor go on with it. */
export type ReplayRecord = {
  _id: string;
  product: string;
  company: string;
  hook: string;
  lane: number;
  /** What belongs to one order of a person's, over several hooks. */
  batch: string;
  only: "failed" | "missing" | "matching";
  /** Bounds of event ids: from inclusive, to exclusive. */
  fromId: string;
  toId: string;
  status: DeliveryStatus | null;
  /** Only those of the status that have failed before. */
  retrying?: boolean;
  event: string | null;
  q: string | null;
  state: "running" | "completed";
  cursor: string;
  examined: number;
  queued: number;
  /** Settled or held since it began, so not sent. */
  skipped?: number;
  startedAt: Date;
  completedAt: Date | null;
};

const replaySchema = new Schema<ReplayRecord>(
  {
    _id: String,
    product: String,
    company: String,
    hook: String,
    lane: Number,
    batch: String,
    only: String,
    fromId: String,
    toId: String,
    status: String,
    retrying: Boolean,
    event: String,
    q: String,
    state: String,
    cursor: String,
    examined: Number,
    queued: Number,
    skipped: Number,
    startedAt: Date,
    completedAt: Date,
  },
  { versionKey: false },
);
replaySchema.index({ state: 1, lane: 1 });
replaySchema.index({ hook: 1, startedAt: 1 });
replaySchema.index({ company: 1, batch: 1 });

export function replays(db: Connection): Model<ReplayRecord> {
  return db.models.Replay ?? db.model<ReplayRecord>("Replay", replaySchema);
}

export function presentReplay(replay: ReplayRecord) {
  return {
    id: replay._id,
    hook_id: replay.hook,
    only: replay.only === "matching" ? null : replay.only,
    status: replay.state,
    examined: replay.examined,
    queued: replay.queued,
    started_at: replay.startedAt,
    completed_at: replay.completedAt,
  };
}
