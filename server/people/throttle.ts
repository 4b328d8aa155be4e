import { type Connection, type Model, Schema } from "mongoose";
import type { Context } from "../context.ts";
import { AppError } from "../errors.ts";

type ThrottleRecord = { _id: string; count: number; until: Date };

const throttleSchema = new Schema<ThrottleRecord>({ _id: String, count: Number, until: Date }, { versionKey: false });
throttleSchema.index({ until: 1 }, { expireAfterSeconds: 3_600 });

/** Attempts per key and window, in the store, so that all processes count together and a restart forgets nothing. */
export function throttles(db: Connection): Model<ThrottleRecord> {
  return db.models.Throttle ?? db.model<ThrottleRecord>("Throttle", throttleSchema);
}

/** Counts an attempt; throws 429 with Retry-After once there were more than `most` in the window. */
export async function countAttempt(
  { db, clock }: Pick<Context, "db" | "clock">,
  key: string,
  most: number,
  windowMs: number,
): Promise<void> {
  const now = clock.now();
  // A key of each window, so that counting is one atomic increment.
  const window = Math.floor(now.getTime() / windowMs);
  const until = new Date((window + 1) * windowMs);
  const { count } = await throttles(db)
    .findOneAndUpdate(
      { _id: `${key}/${window}` },
      { $inc: { count: 1 }, $setOnInsert: { until } },
      { upsert: true, returnDocument: "after" },
    )
    .lean()
    .orFail();
  if (count <= most) return;
  const seconds = Math.ceil((until.getTime() - now.getTime()) / 1000);
  throw new AppError(429, `Too many attempts. Try again in ${Math.ceil(seconds / 60)} min.`, {
    headers: { "Retry-After": String(seconds) },
  });
}
