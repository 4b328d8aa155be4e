import type { Connection, QueryFilter } from "mongoose";
import { events } from "../events/event.ts";
import { type DeliveryRecord, deliveries, deliveryId } from "./delivery.ts";
import { type HistoryQuery, historyFilter } from "./history.ts";

/** What people ask for: a state as they think of it, not as it is stored. */
export const historyViews = ["all", "attention", "progress", "delivered", "waiting"] as const;
export type HistoryView = (typeof historyViews)[number];

export type HistorySearch = Pick<HistoryQuery, "event" | "since" | "until" | "q"> & {
  company: string;
  hook?: string | undefined;
  view: HistoryView;
};

export type Found = {
  deliveries: DeliveryRecord[];
  /** Whether there are more in the direction looked at. */
  more: boolean;
  /** Where the search gave up, if it did: what is older was not looked at. */
  searchedBackTo: Date | undefined;
};

/** A condition that no index serves is looked for in so many deliveries at most, the newest first. */
const mostExamined = 20_000;
export const countedUpTo = 1_000;

/** The company always, whatever hook is named. */
function scope({ company, hook }: HistorySearch): { company: string; hook?: string } {
  return hook ? { company, hook } : { company };
}

/** The states of a view; each is a range of an index of its own. */
const states: Record<HistoryView, Pick<HistoryQuery, "status" | "retrying">[]> = {
  all: [{}],
  attention: [{ status: "failed" }, { status: "pending", retrying: true }],
  progress: [{ status: "pending", retrying: false }],
  delivered: [{ status: "succeeded" }],
  waiting: [{ status: "held" }, { status: "cancelled" }],
};

/** What "again, everything that matches" means in each view: never what was delivered, unless that is asked for. */
export const repeatable: Record<HistoryView, Pick<HistoryQuery, "status" | "retrying">[]> = {
  all: states.attention,
  attention: states.attention,
  progress: [],
  delivered: states.delivered,
  waiting: [{ status: "cancelled" }],
};

function filterOf(
  search: HistorySearch,
  state: Pick<HistoryQuery, "status" | "retrying">,
  ids: string[] | undefined,
): QueryFilter<DeliveryRecord> {
  const { company, ...where } = scope(search);
  const { retrying, ...status } = state;
  return {
    company,
    ...historyFilter({ ...where, ...status, event: search.event ?? null, ...times(search), ...(ids ? {} : { q: search.q ?? null }) }),
    ...(retrying === true ? { tries: { $gt: 0 } } : retrying === false ? { tries: 0 } : {}),
    ...(ids ? { _id: { $in: ids } } : {}),
  };
}

function times({ since, until }: HistorySearch): Pick<HistoryQuery, "since" | "until"> {
  return { ...(since ? { since } : {}), ...(until ? { until } : {}) };
}

/**
 * A page of the history, newest first. `before` and `after` are ids of deliveries: those older or newer than it.
 * Bounded, whatever is asked: no page waits for a walk over a million deliveries.
 */
export async function searchHistory(
  db: Connection,
  search: HistorySearch,
  {
    limit,
    before,
    after,
    examined = mostExamined,
  }: { limit: number; before?: string | undefined; after?: string | undefined; examined?: number },
): Promise<Found> {
  const ids = await idsOf(db, search);
  const found = await Promise.all(
    states[search.view].map(async (state) => {
      const bound = await boundOf(db, search, state, { before, after, ids, examined });
      const range = after
        ? { $gt: after, ...(bound ? { $lte: bound._id } : {}) }
        : { ...(before ? { $lt: before } : {}), ...(bound ? { $gte: bound._id } : {}) };
      const rows = await deliveries(db)
        .find({ $and: [filterOf(search, state, ids), Object.keys(range).length > 0 ? { _id: range } : {}] })
        .select(withoutBodies)
        .sort({ _id: after ? 1 : -1 })
        .limit(limit + 1)
        .lean();
      return { rows, floor: rows.length > limit || after ? undefined : bound };
    }),
  );
  const newestFirst = (a: DeliveryRecord, b: DeliveryRecord) => (a._id < b._id ? 1 : -1);
  const rows = found.flatMap((part) => part.rows).sort(newestFirst);
  const shown = after ? rows.slice(-limit) : rows.slice(0, limit);
  const floors = found.flatMap(({ floor }) => (floor ? [floor.createdAt] : []));
  return {
    deliveries: shown,
    more: rows.length > limit,
    searchedBackTo: rows.length > limit ? undefined : floors.sort((a, b) => b.getTime() - a.getTime())[0],
  };
}

/** Rows need the answers' statuses, not their texts. */
const withoutBodies = { "attempts.request": 0, "attempts.response.body": 0, "attempts.response.headers": 0 };

/** The last delivery to look at, where a condition has no index; undefined where all may be looked at. */
async function boundOf(
  db: Connection,
  search: HistorySearch,
  state: Pick<HistoryQuery, "status" | "retrying">,
  { before, after, ids, examined }: { before: string | undefined; after: string | undefined; ids: string[] | undefined; examined: number },
): Promise<Pick<DeliveryRecord, "_id" | "createdAt"> | undefined> {
  if (ids || !(search.q || search.event || state.status === "succeeded" || state.retrying !== undefined)) return undefined;
  const { company, ...where } = scope(search);
  const indexed = {
    company,
    ...historyFilter({ ...where, ...times(search), ...(state.status && state.status !== "succeeded" ? { status: state.status } : {}) }),
  };
  const bound = await deliveries(db)
    .findOne({ $and: [indexed, after ? { _id: { $gt: after } } : before ? { _id: { $lt: before } } : {}] })
    .select({ createdAt: 1 })
    .sort({ _id: after ? 1 : -1 })
    .skip(examined)
    .lean();
  return bound ?? undefined;
}

/** What was typed may be an id of ours or the product's: then the deliveries follow from it without a search. */
async function idsOf(db: Connection, { company, hook, q }: HistorySearch): Promise<string[] | undefined> {
  if (!q) return undefined;
  if (/^dlv_[0-9a-z_]+$/.test(q)) return [q];
  const found = await events(db)
    .find(
      /^evt_[0-9a-z]{26}$/.test(q)
        ? {
            $or: [
              { _id: q, company },
              { company, key: q },
            ],
          }
        : { company, key: q },
    )
    .select({ hooks: 1 })
    .limit(2)
    .lean();
  if (found.length === 0) return undefined;
  return found.flatMap(({ _id, hooks }) => (hook ? [hook] : hooks).map((id) => deliveryId(_id, id)));
}

/** So many deliveries in each view, counted up to a thousand each; undefined where counting would mean searching. */
export async function countHistory(db: Connection, search: HistorySearch): Promise<Record<HistoryView, number> | undefined> {
  if (search.q || search.event) return undefined;
  const count = async (view: HistoryView): Promise<number> => {
    const counts = await Promise.all(
      states[view].map((state) => deliveries(db).countDocuments(filterOf(search, state, undefined), { limit: countedUpTo + 1 })),
    );
    return counts.reduce((sum, n) => sum + n, 0);
  };
  const [all, attention, progress, waiting] = await Promise.all([count("all"), count("attention"), count("progress"), count("waiting")]);
  // What was delivered is in no index by state: it is the rest, and where all are too many to count so is it.
  return { all, attention, progress, waiting, delivered: all > countedUpTo ? all : all - attention - progress - waiting };
}

/** Every delivery that "again" would send, a batch at a time, oldest first. */
export async function* repeatableDeliveries(
  db: Connection,
  search: HistorySearch,
): AsyncGenerator<Pick<DeliveryRecord, "_id" | "hook" | "status">[]> {
  const ids = await idsOf(db, search);
  for (const state of repeatable[search.view]) {
    let last = "";
    for (;;) {
      const batch = await deliveries(db)
        .find({ $and: [filterOf(search, state, ids), { _id: { $gt: last } }] })
        .select({ hook: 1, status: 1 })
        .sort({ _id: 1 })
        .limit(1_000)
        .lean();
      if (batch.length === 0) break;
      yield batch;
      last = batch.at(-1)?._id ?? "";
    }
  }
}
