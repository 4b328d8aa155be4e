import type { Context } from "../context.ts";
import { AppError } from "../errors.ts";
import { firstIdAt } from "../events/event-id.ts";
import type { HookRecord } from "../hooks/hook.ts";
import { newId } from "../ids.ts";
import { laneOf } from "./backlog.ts";
import type { HistoryQuery } from "./history.ts";
import { type ReplayRecord, replays } from "./replay.ts";

export type NewReplay = { since: Date; until?: Date | undefined; only?: "failed" | "missing" | undefined } & Pick<
  HistoryQuery,
  "status" | "retrying" | "event" | "q"
>;

/**
 * Begins to send again everything that matches, as it is at this moment. Durable when it returns; the lane's owner does it.
 * @param batch what it belongs to; one of its own, if absent
 */
export async function startReplay(
  { db, clock, engine }: Pick<Context, "db" | "clock" | "engine">,
  hook: HookRecord,
  wanted: NewReplay,
  batch: string = newId("bat"),
): Promise<ReplayRecord> {
  if (hook.status === "disabled") throw new AppError(409, 'The webhook is turned off; set its status to "active" before replaying.');
  const now = clock.now();
  const ends = firstIdAt(wanted.until && wanted.until < now ? wanted.until : new Date(now.getTime() + 1));
  const replay: ReplayRecord = {
    _id: newId("rpl"),
    product: hook.product,
    company: hook.company,
    hook: hook._id,
    lane: laneOf(hook._id),
    batch,
    only: wanted.only ?? "matching",
    fromId: firstIdAt(wanted.since),
    toId: ends,
    status: wanted.status ?? null,
    ...(wanted.retrying ? { retrying: true } : {}),
    event: wanted.event ?? null,
    q: wanted.q ?? null,
    state: "running",
    cursor: "",
    examined: 0,
    queued: 0,
    skipped: 0,
    startedAt: now,
    completedAt: null,
  };
  await replays(db).create(replay);
  engine.wake();
  return replay;
}
