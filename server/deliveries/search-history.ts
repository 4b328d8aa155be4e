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
  searchedBackTo: Pick<DeliveryRecord, "_id" | "createdAt"> | undefined;
};

/** A condition that no index serves is looked for in so many deliveries at most, the newest first. */
const mostExamined = 10_000;
const examinedAtOnce = 500;
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
  { limit, before, after, examined = mostExamined }: Window & { examined?: number },
): Promise<Found> {
  const ids = await idsOf(db, search);
  const found = await Promise.all(
    states[search.view].map((state) =>
      ids || isIndexed(search, state)
        ? indexedRows(db, filterOf(search, state, ids), { limit, before, after })
        : examinedRows(db, search, state, { limit, before, after }, examined),
    ),
  );
  const newestFirst = (a: DeliveryRecord, b: DeliveryRecord) => (a._id < b._id ? 1 : -1);
  const rows = found.flatMap((part) => part.rows).sort(newestFirst);
  const floors = found.flatMap(({ floor }) => (floor ? [floor] : [])).sort(newestFirst as never);
  return {
    deliveries: after ? rows.slice(-limit) : rows.slice(0, limit),
    more: rows.length > limit,
    searchedBackTo: rows.length > limit || after ? undefined : floors[0],
  };
}

type Window = { limit: number; before?: string | undefined; after?: string | undefined };
type Edge = Pick<DeliveryRecord, "_id" | "createdAt">;

/** Rows need the answers' statuses, not their texts. */
const withoutBodies = { "attempts.request": 0, "attempts.response.body": 0, "attempts.response.headers": 0 };

function isIndexed({ q, event }: HistorySearch, { status, retrying }: Pick<HistoryQuery, "status" | "retrying">): boolean {
  return !q && !event && status !== "succeeded" && retrying === undefined;
}

async function indexedRows(db: Connection, filter: QueryFilter<DeliveryRecord>, { limit, before, after }: Window) {
  const range = { ...(before ? { $lt: before } : {}), ...(after ? { $gt: after } : {}) };
  const rows = await deliveries(db)
    .find({ $and: [filter, Object.keys(range).length > 0 ? { _id: range } : {}] })
    .select(withoutBodies)
    .sort({ _id: after ? 1 : -1 })
    .limit(limit + 1)
    .lean();
  return { rows, floor: undefined };
}

/** Piece by piece, so that a long look through doesn't hold up what is being delivered meanwhile. */
async function examinedRows(
  db: Connection,
  search: HistorySearch,
  state: Pick<HistoryQuery, "status" | "retrying">,
  { limit, before, after }: Window,
  most: number,
): Promise<{ rows: DeliveryRecord[]; floor: Edge | undefined }> {
  const indexed = {
    ...scope(search),
    ...historyFilter({
      ...scope(search),
      ...times(search),
      ...(state.status && state.status !== "succeeded" ? { status: state.status } : {}),
    }),
  };
  const filter = filterOf(search, state, undefined);
  const piece = Math.min(examinedAtOnce, most);
  const rows: DeliveryRecord[] = [];
  let from = after ?? before;
  for (let examined = 0; ; examined += piece) {
    const start = from === undefined ? {} : after ? { $gt: from } : { $lt: from };
    const edge: Edge | null = await deliveries(db)
      .findOne({ $and: [indexed, from === undefined ? {} : { _id: start }] })
      .select({ createdAt: 1 })
      .sort({ _id: after ? 1 : -1 })
      .skip(piece - 1)
      .lean();
    const range = { ...start, ...(edge ? (after ? { $lte: edge._id } : { $gte: edge._id }) : {}) };
    const found = await deliveries(db)
      .find({ $and: [filter, Object.keys(range).length > 0 ? { _id: range } : {}] })
      .select(withoutBodies)
      .sort({ _id: after ? 1 : -1 })
      .limit(limit + 1 - rows.length)
      .lean();
    rows.push(...found);
    if (!edge || rows.length > limit) return { rows, floor: undefined };
    if (examined + piece >= most) return { rows, floor: edge };
    from = edge._id;
  }
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

/**
 * Which one of how many a delivery is in its view, the newest first. Undefined where that would mean searching, where there
 * are more than a thousand, and where the view doesn't have it (any more).
 */
export async function positionIn(
  db: Connection,
  search: HistorySearch,
  id: string,
): Promise<{ position: number; total: number } | undefined> {
  const counts = await countHistory(db, search);
  const total = counts?.[search.view];
  // What was delivered is only counted as the rest of all.
  if (total === undefined || total > countedUpTo || search.view === "delivered") return undefined;
  const from = await Promise.all(
    states[search.view].map((state) =>
      deliveries(db).countDocuments({ $and: [filterOf(search, state, undefined), { _id: { $gte: id } }] }, { limit: countedUpTo + 1 }),
    ),
  );
  const position = from.reduce((sum, n) => sum + n, 0);
  return position >= 1 && position <= total ? { position, total } : undefined;
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
