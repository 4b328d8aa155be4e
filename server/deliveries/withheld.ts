import type { Context } from "../context.ts";
import { type EventRecord, events, parseBody, subjectOf } from "../events/event.ts";
import { firstIdAt } from "../events/event-id.ts";
import type { HookRecord } from "../hooks/hook.ts";
import { deliveries, deliveryId } from "./delivery.ts";
import { whyUnmatched } from "./explain.ts";

/** An event of the hook's types that was never meant for it: held back by its filter, or come while it was turned off. */
export type Withheld = Pick<EventRecord, "_id" | "type" | "receivedAt"> & { subject: string; reason: string };

const mostExamined = 500;
const leastPerType = 50;

/**
 * The latest events that a hook didn't get although it asks for their types, newest first. No record says so (there are
 * no deliveries), so the latest events are looked through: so many at most, back to `lookedBackTo` where that wasn't all.
 */
export async function withheldFrom(
  { db, catalogue }: Pick<Context, "db" | "catalogue">,
  hook: HookRecord,
  { since, until, type, limit }: { since?: Date | undefined; until?: Date | undefined; type?: string | undefined; limit: number },
): Promise<{ withheld: Withheld[]; more: boolean; lookedBackTo: Date | undefined }> {
  const types = type ? hook.events.filter((one) => one === type) : hook.events;
  const from = since && since > hook.createdAt ? since : hook.createdAt;
  const range = { $gte: firstIdAt(from), ...(until ? { $lt: firstIdAt(until) } : {}) };
  const perType = Math.max(leastPerType, Math.ceil(mostExamined / Math.max(1, types.length)));
  const lists = await Promise.all(
    types.map((one) =>
      events(db)
        .find({ company: hook.company, type: one, _id: range })
        .select({ hooks: 1, receivedAt: 1, test: 1 })
        .sort({ _id: -1 })
        .limit(perType)
        .lean(),
    ),
  );
  // Older than where one type's list was cut off, the lists together are no longer complete.
  const floor = lists.flatMap((list) => (list.length === perType ? (list.at(-1) ?? []) : [])).sort(newestFirst)[0];
  const missed = lists
    .flat()
    .filter((event) => !event.test && !event.hooks.includes(hook._id) && (!floor || event._id >= floor._id))
    .sort(newestFirst)
    .map(({ _id }) => _id);
  // What a replay or a person sent all the same is a delivery like any other.
  const sent = await deliveries(db)
    .find({ _id: { $in: missed.map((id) => deliveryId(id, hook._id)) } })
    .select({ event: 1 })
    .lean();
  const sentIds = new Set(sent.map(({ event }) => event));
  const all = missed.filter((id) => !sentIds.has(id));
  const shown = all.slice(0, limit);
  const whole = await events(db)
    .find({ _id: { $in: shown } })
    .lean();
  return {
    withheld: whole.sort(newestFirst).map((event) => {
      const { subject, recordId } = subjectOf(parseBody(event));
      const { _id, type: ofType, receivedAt } = event;
      return { _id, type: ofType, receivedAt, subject: subject ?? recordId ?? ofType, reason: whyUnmatched(catalogue, event, hook).says };
    }),
    more: all.length > limit,
    lookedBackTo: floor?.receivedAt,
  };
}

function newestFirst(a: { _id: string }, b: { _id: string }): number {
  return a._id < b._id ? 1 : -1;
}
