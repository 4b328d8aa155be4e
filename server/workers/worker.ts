import { type Connection, type Model, Schema } from "mongoose";

/**
 * A process that takes events or sends deliveries. `sends` where it takes lanes; `settled` is its watermark: all its events up to that id have every
 * delivery stored, so that only later ones need recovering if it dies.
 */
export type WorkerRecord = { _id: string; host: string; pid: number; heartbeatAt: Date; settled: string; sends?: boolean };

const workerSchema = new Schema<WorkerRecord>(
  { _id: String, host: String, pid: Number, heartbeatAt: Date, settled: String, sends: Boolean },
  { versionKey: false },
);

export function workers(db: Connection): Model<WorkerRecord> {
  return db.models.Worker ?? db.model<WorkerRecord>("Worker", workerSchema);
}

/** A hook that changed, until every process in `pending` has taken the change in. */
export type HookChangeRecord = { _id: string; company: string; hook: string; pending: string[]; at: Date };

const hookChangeSchema = new Schema<HookChangeRecord>(
  { _id: String, company: String, hook: String, pending: [String], at: Date },
  { versionKey: false },
);
hookChangeSchema.index({ pending: 1 });
hookChangeSchema.index({ at: 1 }, { expireAfterSeconds: 3_600 });

export function hookChanges(db: Connection): Model<HookChangeRecord> {
  return db.models.HookChange ?? db.model<HookChangeRecord>("HookChange", hookChangeSchema);
}
