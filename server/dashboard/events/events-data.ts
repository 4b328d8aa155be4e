import type { Connection } from "mongoose";
import { type DeliveryRecord, deliveries, deliveryId } from "../../deliveries/delivery.ts";
import { type EventRecord, events, parseBody, subjectOf } from "../../events/event.ts";
import { firstIdAt } from "../../events/event-id.ts";
import { type RefusalRecord, refusals } from "../../events/refusal.ts";

const mostSummed = 20;

export type EventRow = {
  event: EventRecord;
  subject: string | null;
  recordId: string | null;
  /** The states of its deliveries; undefined where they are too many to look at for a row. */
  states: Partial<Record<DeliveryRecord["status"] | "retrying", number>> | undefined;
};

/**
 * The latest events, newest first. A company's events are indexed by type, so the types' lists are read side by side and
 * merged: an index more would be a write more for each event.
 */
export async function latestEvents(
  db: Connection,
  company: string,
  types: readonly string[],
  { since, before, after, limit }: { since?: Date | undefined; before?: string | undefined; after?: string | undefined; limit: number },
): Promise<{ events: EventRecord[]; more: boolean }> {
  const range = {
    ...(since ? { $gte: firstIdAt(since) } : {}),
    ...(before ? { $lt: before } : {}),
    ...(after ? { $gt: after } : {}),
  };
  const found = await Promise.all(
    types.map((type) =>
      events(db)
        .find({ company, type, ...(Object.keys(range).length > 0 ? { _id: range } : {}) })
        .sort({ _id: after ? 1 : -1 })
        .limit(limit + 1)
        .lean(),
    ),
  );
  const newestFirst = found.flat().sort((a, b) => (a._id < b._id ? 1 : -1));
  return { events: after ? newestFirst.slice(-limit) : newestFirst.slice(0, limit), more: newestFirst.length > limit };
}

/** An event by what people have of it: our id, the product's, or a delivery's. */
export async function findEvent(db: Connection, companies: string[], id: string): Promise<EventRecord | undefined> {
  const company = { $in: companies };
  const own = id.startsWith("dlv_") ? `evt_${id.slice(4).split("_")[0]}` : id;
  const found = (await events(db).findOne({ _id: own, company }).lean()) ?? (await events(db).findOne({ company, key: id }).lean());
  return found ?? undefined;
}

export async function eventRows(db: Connection, found: readonly EventRecord[]): Promise<EventRow[]> {
  const ids = found.flatMap(({ _id, hooks }) => (hooks.length <= mostSummed ? hooks.map((hook) => deliveryId(_id, hook)) : []));
  const states = await deliveries(db)
    .find({ _id: { $in: ids } })
    .select({ event: 1, status: 1, tries: 1 })
    .lean();
  const byEvent = new Map<string, NonNullable<EventRow["states"]>>();
  for (const { event, status, tries } of states) {
    const counts = byEvent.get(event) ?? {};
    const state = status === "pending" && tries > 0 ? "retrying" : status;
    counts[state] = (counts[state] ?? 0) + 1;
    byEvent.set(event, counts);
  }
  return found.map((event) => {
    const { subject, recordId } = subjectOf(parseBody(event));
    return { event, subject, recordId, states: event.hooks.length <= mostSummed ? (byEvent.get(event._id) ?? {}) : undefined };
  });
}

export async function latestRefusals(db: Connection, company: string, since: Date, limit: number): Promise<RefusalRecord[]> {
  return refusals(db)
    .find({ company, at: { $gte: since } })
    .sort({ at: -1 })
    .limit(limit)
    .lean();
}
