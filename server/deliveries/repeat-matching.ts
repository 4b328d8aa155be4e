import type { Context } from "../context.ts";
import { hooks } from "../hooks/hook.ts";
import { newId } from "../ids.ts";
import { type DeliveryRecord, deliveries } from "./delivery.ts";
import { type ReplayRecord, replays } from "./replay.ts";
import { type HistorySearch, repeatable, repeatableDeliveries } from "./search-history.ts";
import { startReplay } from "./start-replay.ts";

export type Repeatable = {
  /** How many would be sent again, and to which hooks. */
  count: number;
  hooks: string[];
  /** Not sent, because their hook is turned off or gone. */
  unreachable: number;
};

/** What sending everything again that matches would do, counted, nothing done yet. */
export async function countRepeatable({ db }: Pick<Context, "db">, search: HistorySearch): Promise<Repeatable> {
  const perHook = new Map<string, number>();
  for await (const batch of repeatableDeliveries(db, search)) for (const { hook } of batch) perHook.set(hook, (perHook.get(hook) ?? 0) + 1);
  const reachable = await hooks(db)
    .find({ _id: { $in: [...perHook.keys()] }, company: search.company, status: { $in: ["active", "paused"] } })
    .select({ _id: 1 })
    .lean();
  const ids = reachable.map(({ _id }) => _id);
  const sum = (list: string[]) => list.reduce((total, hook) => total + (perHook.get(hook) ?? 0), 0);
  return { count: sum(ids), hooks: ids, unreachable: sum([...perHook.keys()]) - sum(ids) };
}

/** Sends everything again that matches at this moment, one replay a hook and state. Gives the batch they belong to. */
export async function repeatMatching(ctx: Pick<Context, "db" | "clock" | "engine">, search: HistorySearch): Promise<string> {
  const batch = newId("bat");
  const { hooks: ids } = await countRepeatable(ctx, search);
  const reachable = await hooks(ctx.db)
    .find({ _id: { $in: ids } })
    .lean();
  for (const hook of reachable)
    for (const state of repeatable[search.view])
      await startReplay(
        ctx,
        hook,
        {
          since: search.since ?? new Date(0),
          until: search.until,
          ...state,
          ...(search.event ? { event: search.event } : {}),
          ...(search.q ? { q: search.q } : {}),
        },
        batch,
      );
  return batch;
}

export type Progress = {
  running: boolean;
  startedAt: Date;
  hooks: string[];
  only: ReplayRecord["only"];
  queued: number;
  skipped: number;
  delivered: number;
  failed: number;
  underWay: number;
};

/** How far a batch has got; undefined where the company has no such batch. */
export async function progressOf({ db }: Pick<Context, "db">, company: string, batch: string): Promise<Progress | undefined> {
  const parts = await replays(db).find({ company, batch }).lean();
  const [first] = parts;
  if (!first) return undefined;
  const count = (filter: object) => deliveries(db).countDocuments({ replay: { $in: parts.map(({ _id }) => _id) }, ...filter });
  const by = (...statuses: DeliveryRecord["status"][]) => count({ status: { $in: statuses } });
  const [open, again, ended, failed] = await Promise.all([
    by("pending", "held"),
    count({ status: "succeeded", manualAt: { $exists: true } }),
    by("succeeded"),
    by("failed", "cancelled"),
  ]);
  return {
    running: parts.some(({ state }) => state === "running"),
    startedAt: first.startedAt,
    hooks: [...new Set(parts.map(({ hook }) => hook))],
    only: first.only,
    queued: parts.reduce((sum, part) => sum + part.queued, 0),
    skipped: parts.reduce((sum, part) => sum + (part.skipped ?? 0), 0),
    delivered: ended - again,
    failed,
    underWay: open + again,
  };
}
