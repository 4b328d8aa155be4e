import { type Connection, type Model, Schema } from "mongoose";
import { randomText } from "../ids.ts";

/**
 * The due marker of a hook that has stored deliveries to send: when the earliest is due. `token` changes with every
 * marking, so that whoever has worked a backlog off can tell whether something came in meanwhile (a counter would start
 * again after deletion and hide it).
 */
export type BacklogRecord = { _id: string; company: string; lane: number; dueAt: Date; token: string };

const backlogSchema = new Schema<BacklogRecord>(
  { _id: String, company: String, lane: Number, dueAt: Date, token: String },
  { versionKey: false },
);
backlogSchema.index({ lane: 1, dueAt: 1 });

export function backlogs(db: Connection): Model<BacklogRecord> {
  return db.models.Backlog ?? db.model<BacklogRecord>("Backlog", backlogSchema);
}

export const laneCount = 8;

/** A hook stays in one lane for good: FNV-1a of its id. */
export function laneOf(hook: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < hook.length; i++) hash = Math.imul(hash ^ hook.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % laneCount;
}

/** Notes that these hooks have something due; the earliest time stands. */
export async function markDue(db: Connection, due: Iterable<{ hook: string; company: string; dueAt: Date }>): Promise<void> {
  const earliest = new Map<string, { company: string; dueAt: Date }>();
  for (const { hook, company, dueAt } of due) {
    const present = earliest.get(hook);
    if (!present || dueAt < present.dueAt) earliest.set(hook, { company, dueAt });
  }
  if (earliest.size === 0) return;
  const operations = [...earliest].map(([hook, { company, dueAt }]) => ({
    updateOne: {
      filter: { _id: hook },
      update: { $min: { dueAt }, $set: { token: randomText(16), lane: laneOf(hook), company } },
      upsert: true,
    },
  }));
  try {
    await backlogs(db).bulkWrite(operations, { ordered: false });
  } catch (error) {
    // Two upserts of one marker may race on a server; the loser's update then finds it there.
    if ((error as { code?: number }).code !== 11000) throw error;
    await backlogs(db).bulkWrite(operations, { ordered: false });
  }
}

/** When the delivery that has waited longest fell due, of all hooks; lane by lane, as their index has it. */
export async function earliestDue(db: Connection): Promise<Date | undefined> {
  const lanes = Array.from({ length: laneCount }, (_, lane) => lane);
  const first = await Promise.all(lanes.map((lane) => backlogs(db).findOne({ lane }).sort({ dueAt: 1 }).select({ dueAt: 1 }).lean()));
  return first.flatMap((found) => found?.dueAt ?? []).sort((a, b) => a.getTime() - b.getTime())[0];
}
