import type { Connection } from "mongoose";
import type { Logger } from "pino";
import type { EventBody } from "../../schemas/load-catalogue.ts";
import type { Clock } from "../clock.ts";
import { bytesOf, type EventRecord, events, parseBody, subjectOf } from "../events/event.ts";
import { type WorkerRecord, workers } from "../workers/worker.ts";
import { markDue } from "./backlog.ts";
import { deliveries } from "./delivery.ts";
import { newRecord } from "./outcomes.ts";

const batchSize = 500;

/**
 * Makes the deliveries that a dead process still owed: its events past the watermark, each to the hooks it matched.
 * Ids follow from event and hook, so what was stored already stays as it is, and doing this twice does it once.
 */
export async function recoverWorker(
  { db, log, clock }: { db: Connection; log: Logger; clock: Clock },
  worker: WorkerRecord,
): Promise<number> {
  let after = worker.settled;
  let owed = 0;
  for (;;) {
    const batch = await events(db)
      .find({ worker: worker._id, _id: { $gt: after } })
      .sort({ _id: 1 })
      .limit(batchSize)
      .lean();
    const last = batch.at(-1);
    if (!last) break;
    owed += await insertDue(
      { db, clock },
      batch.flatMap((event) => event.hooks.map((hook) => ({ event, hook }))),
    );
    after = last._id;
  }
  await workers(db).deleteOne({ _id: worker._id });
  if (owed > 0) log.info({ worker: worker._id, deliveries: owed }, "recovered what a stopped process still owed");
  return owed;
}

/** Stores deliveries as due now, passing over those that exist. Gives how many were new. */
export async function insertDue(
  { db, clock }: { db: Connection; clock: Clock },
  wanted: { event: EventRecord; hook: string }[],
  { trigger, replay }: { trigger: "event" | "replay" | "manual"; replay?: string } = { trigger: "event" },
): Promise<number> {
  if (wanted.length === 0) return 0;
  const now = clock.now();
  const bodies = new Map<string, EventBody>();
  const records = wanted.map(({ event, hook }) => {
    const body = bodies.get(event._id) ?? parseBody(event);
    bodies.set(event._id, body);
    const live = { ...event, body: bytesOf(event.body), ...subjectOf(body) };
    const record = newRecord({
      item: { event: live, hook, trigger: event.test ? "test" : trigger, manual: false },
      attempt: undefined,
      status: "pending",
      reason: null,
      dueAt: now,
      at: now,
    });
    return replay ? { ...record, replay } : record;
  });
  let inserted = records.length;
  try {
    await deliveries(db).collection.insertMany(records as never[], { ordered: false });
  } catch (error) {
    const failed = [(error as { writeErrors?: { code: number }[] }).writeErrors ?? []].flat();
    if (failed.length === 0 || failed.some(({ code }) => code !== 11000)) throw error;
    inserted -= failed.length;
  }
  await markDue(
    db,
    wanted.map(({ event, hook }) => ({ hook, company: event.company, dueAt: now })),
  );
  return inserted;
}
