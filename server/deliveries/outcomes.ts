import type { Connection } from "mongoose";
import type { Logger } from "pino";
import { naturalBatches } from "../natural-batches.ts";
import { markDue } from "./backlog.ts";
import { type Attempt, type DeliveryRecord, type DeliveryStatus, deliveries, deliveryId, mostAttemptsKept } from "./delivery.ts";
import type { Item } from "./dispatcher.ts";

/** What became of an item: the attempt, if one was made, and how its delivery goes on. */
export type Outcome = {
  item: Item;
  attempt: Attempt | undefined;
  status: DeliveryStatus;
  reason: string | null;
  dueAt: Date | undefined;
  at: Date;
};

const flushesAtOnce = 2;
const mostPerFlush = 500;
const retryMs = 250;

/**
 * Stores outcomes in batches: one insert for deliveries that are new, one bulk of conditional updates for those that lie
 * in the store. A success at the first try is one insert and nothing else. Batches form by themselves.
 */
export class Outcomes {
  readonly #db: Connection;
  readonly #log: Logger;
  readonly #onDue: () => void;
  readonly #onStored: (company: string) => void;
  readonly #batches = naturalBatches<Outcome>((batch) => this.#flush(batch), { atOnce: flushesAtOnce, most: mostPerFlush });

  constructor({ db, log }: { db: Connection; log: Logger }, onDue: () => void, onStored: (company: string) => void) {
    this.#db = db;
    this.#log = log;
    this.#onDue = onDue;
    this.#onStored = onStored;
  }

  record(outcome: Outcome): void {
    this.#batches.add(outcome);
  }

  /** Resolves when everything recorded is stored. */
  drained(): Promise<void> {
    return this.#batches.idle();
  }

  async #flush(batch: Outcome[]): Promise<void> {
    for (;;) {
      try {
        await this.#store(batch);
        break;
      } catch (error) {
        // The store must come back before anything can be forgotten; what is written twice has the same id.
        this.#log.error({ err: error, outcomes: batch.length }, "outcomes were not stored; trying again");
        await new Promise((done) => setTimeout(done, retryMs));
      }
    }
    for (const { item } of batch) item.onStored();
    for (const company of new Set(batch.map(({ item }) => item.event.company))) this.#onStored(company);
    if (batch.some(({ dueAt }) => dueAt)) this.#onDue();
  }

  async #store(batch: Outcome[]): Promise<void> {
    // The marker first: a crash between the two leaves a marker without a delivery, which costs a look, not a delivery.
    await markDue(
      this.#db,
      batch.flatMap(({ item, dueAt }) => (dueAt ? [{ hook: item.hook, company: item.event.company, dueAt }] : [])),
    );
    const clashed = await this.#insert(batch.filter(({ item }) => !item.stored));
    await this.#update([...batch.filter(({ item }) => item.stored), ...clashed]);
  }

  /** Gives those whose delivery turned out to be stored already (an overflow or a recovery was faster). */
  async #insert(fresh: Outcome[]): Promise<Outcome[]> {
    if (fresh.length === 0) return [];
    try {
      await deliveries(this.#db).collection.insertMany(fresh.map(newRecord) as never[], { ordered: false });
      return [];
    } catch (error) {
      const { writeErrors } = error as { writeErrors?: { index: number; code: number }[] };
      const failed = [writeErrors ?? []].flat();
      if (failed.length === 0 || failed.some(({ code }) => code !== 11000)) throw error;
      return failed.map(({ index }) => fresh[index] as Outcome);
    }
  }

  async #update(outcomes: Outcome[]): Promise<void> {
    if (outcomes.length === 0) return;
    const result = await deliveries(this.#db).bulkWrite(outcomes.map(updateOf) as never[], { ordered: false });
    if (result.matchedCount === outcomes.length) return;
    // Somebody else moved a delivery on meanwhile (cancelled, settled by hand, sent twice): its attempt is still history.
    const ids = outcomes.map(({ item }) => deliveryId(item.event._id, item.hook));
    const found = await deliveries(this.#db)
      .find({ _id: { $in: ids } })
      .select({ "attempts.id": 1 })
      .lean();
    const known = new Set(found.flatMap(({ attempts }) => attempts.map(({ id }) => id)));
    const late = outcomes.filter(({ attempt }) => attempt && !known.has(attempt.id));
    if (late.length > 0) await deliveries(this.#db).bulkWrite(late.map(lateUpdateOf) as never[], { ordered: false });
  }
}

export function newRecord({
  item,
  attempt,
  status,
  reason,
  dueAt,
  at,
}: Omit<Outcome, "item"> & { item: Pick<Item, "event" | "hook" | "trigger" | "manual"> }): DeliveryRecord {
  const { event } = item;
  const open = status === "pending" || status === "held";
  return {
    _id: deliveryId(event._id, item.hook),
    event: event._id,
    eventId: event.eventId,
    hook: item.hook,
    company: event.company,
    type: event.type,
    recordId: event.recordId,
    subject: event.subject,
    status,
    reason,
    trigger: item.trigger,
    tries: attempt && !item.manual ? 1 : 0,
    attempts: attempt ? [attempt] : [],
    ...(status === "succeeded" ? {} : { undelivered: true as const }),
    ...(open ? { open: true as const } : {}),
    ...(dueAt ? { dueAt } : {}),
    createdAt: event.receivedAt,
    settledAt: open ? null : at,
  };
}

/** Written only if the delivery is where it was when the attempt began, so that two senders can't both move it on. */
function updateOf(outcome: Outcome) {
  const { item, attempt, status, reason, dueAt, at } = outcome;
  const _id = deliveryId(item.event._id, item.hook);
  const push = attempt ? { $push: { attempts: { $each: [attempt], $slice: -mostAttemptsKept } } } : {};
  if (item.manual) {
    if (attempt?.outcome !== "succeeded") return { updateOne: { filter: { _id }, update: { ...push, $unset: { manualAt: 1 } } } };
    return {
      updateOne: {
        filter: { _id },
        update: {
          ...push,
          $set: { status: "succeeded", reason: null, settledAt: at },
          $unset: { manualAt: 1, undelivered: 1, open: 1, dueAt: 1, ordered: 1 },
        },
      },
    };
  }
  const tries = item.stored?.tries ?? 0;
  const open = status === "pending" || status === "held";
  return {
    updateOne: {
      filter: { _id, status: "pending", tries },
      update: {
        ...push,
        $set: {
          status,
          reason,
          settledAt: open ? null : at,
          ...(attempt ? { tries: tries + 1 } : {}),
          ...(open ? { open: true } : {}),
          ...(dueAt ? { dueAt } : {}),
        },
        $unset: {
          ...(status === "succeeded" ? { undelivered: 1 } : {}),
          ...(open ? {} : { open: 1 }),
          ...(dueAt ? {} : { dueAt: 1 }),
          ...(status === "held" ? {} : { ordered: 1 }),
        },
      },
    },
  };
}

function lateUpdateOf({ item, attempt, at }: Outcome) {
  const _id = deliveryId(item.event._id, item.hook);
  const push = { $push: { attempts: { $each: [attempt], $slice: -mostAttemptsKept } } };
  if (attempt?.outcome !== "succeeded") return { updateOne: { filter: { _id }, update: push } };
  return {
    updateOne: {
      filter: { _id },
      update: {
        ...push,
        $set: { status: "succeeded", reason: null, settledAt: at },
        $unset: { undelivered: 1, open: 1, dueAt: 1, ordered: 1 },
      },
    },
  };
}
