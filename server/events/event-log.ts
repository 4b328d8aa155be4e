import { setTimeout as delay } from "node:timers/promises";
import { type AnyBulkWriteOperation, MongoNetworkError, MongoServerSelectionError, MongoWriteConcernError } from "mongodb";
import type { Connection } from "mongoose";
import type { Logger } from "pino";
import type { EventBody } from "../../schemas/load-catalogue.ts";
import type { Clock } from "../clock.ts";
import type { HookRegistry, LiveHook } from "../hooks/hook-registry.ts";
import { naturalBatches } from "../natural-batches.ts";
import type { Presence } from "../workers/presence.ts";
import { type EventRecord, events, subjectOf } from "./event.ts";
import { EventIds } from "./event-id.ts";

/** An event on its way out, as sending needs it. */
export type LiveEvent = Pick<EventRecord, "_id" | "eventId" | "product" | "company" | "type" | "body" | "receivedAt"> &
  ReturnType<typeof subjectOf>;

export type NewEvent = { product: string; company: string; body: EventBody; key?: string | undefined; hooks?: LiveHook[]; test?: boolean };
export type Accepted = { id: string; duplicate: boolean } | { unknownCompany: true };

type Waiting = { event: NewEvent; id: string; resolve: (accepted: Accepted) => void; reject: (error: unknown) => void };
/** An event until all its deliveries are stored. */
type Open = { id: string; left: number };

const flushesAtOnce = 2;
const mostPerFlush = 1_000;
const saveSettledMs = 250;
/** How long whoever publishes waits while the store doesn't say whether it has the event. */
const answerWithinMs = 10_000;
const askAgainMs = 250;

type Known = { waiting: Waiting; hooks: LiveHook[]; record: EventRecord };
type Inserted = { duplicates: Set<number>; failures: Map<number, unknown> };

/** Whether something was stored is not known. */
class InDoubt extends Error {}

/**
 * The write-ahead log of deliveries. An event is stored with the hooks it matched before it is answered; its deliveries
 * are stored only with their outcome. Flushes batch by themselves. The watermark tells how far back a successor has to look after a crash.
 */
export class EventLog {
  readonly #db: Connection;
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #registry: HookRegistry;
  readonly #presence: Presence;
  readonly #onStored: (event: LiveEvent, hooks: LiveHook[], test: boolean) => void;
  #ids: EventIds | undefined;
  readonly #batches = naturalBatches<Waiting>((batch) => this.#flush(batch), { atOnce: flushesAtOnce, most: mostPerFlush });
  #open: Open[] = [];
  #openById = new Map<string, Open>();
  #settled = "";
  #savedSettled = "";
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(
    { db, log, clock, registry, presence }: { db: Connection; log: Logger; clock: Clock; registry: HookRegistry; presence: Presence },
    onStored: (event: LiveEvent, hooks: LiveHook[], test: boolean) => void,
  ) {
    this.#db = db;
    this.#log = log;
    this.#clock = clock;
    this.#registry = registry;
    this.#presence = presence;
    this.#onStored = onStored;
  }

  /** Gives the watermark to begin with: nothing of this process lies before it. */
  async start(): Promise<string> {
    const newest = await events(this.#db).findOne().sort({ _id: -1 }).select({ _id: 1 }).lean();
    this.#ids = new EventIds(this.#clock, newest?._id);
    this.#settled = this.#ids.next();
    this.#savedSettled = this.#settled;
    this.#timer = setInterval(() => void this.#saveSettled(), saveSettledMs);
    return this.#settled;
  }

  /** true where nothing was left open, so that there is nothing to recover. */
  async stop(): Promise<boolean> {
    clearInterval(this.#timer);
    await this.#batches.idle();
    this.#stopped = true;
    return this.#open.length === 0;
  }

  newId(): string {
    if (!this.#ids) throw new Error("the event log was not started");
    return this.#ids.next();
  }

  /** Resolves once the event is durable. `id` comes from `newId`, in the order of the calls. */
  append(id: string, event: NewEvent): Promise<Accepted> {
    return new Promise((resolve, reject) => {
      const open = { id, left: 1 };
      this.#open.push(open);
      this.#openById.set(id, open);
      this.#batches.add({ event, id, resolve, reject });
    });
  }

  /** One delivery of the event is stored (or the event itself turned out to need none). */
  settle(id: string): void {
    const open = this.#openById.get(id);
    if (!open || --open.left > 0) return;
    this.#openById.delete(id);
    let done = 0;
    while (done < this.#open.length && (this.#open[done] as Open).left === 0) done++;
    if (done > 0) {
      this.#settled = (this.#open[done - 1] as Open).id;
      this.#open.splice(0, done);
    }
  }

  async #saveSettled(): Promise<void> {
    if (this.#settled === this.#savedSettled) return;
    const settled = this.#settled;
    try {
      await this.#presence.saveSettled(settled);
      this.#savedSettled = settled;
    } catch (error) {
      this.#log.warn({ err: error }, "the watermark was not saved; a restart would look further back");
    }
  }

  async #flush(batch: Waiting[]): Promise<void> {
    try {
      await this.#presence.fresh();
      // One company's trouble (hooks that can't be read, say) must not refuse the events of the others.
      const matched = await Promise.allSettled(
        batch.map(async ({ event }) => event.hooks ?? this.#registry.matching(event.company, event.body)),
      );
      const known = batch.flatMap((waiting, i) => {
        const match = matched[i] as PromiseSettledResult<LiveHook[] | undefined>;
        if (match.status === "rejected") {
          this.#refuse(waiting, match.reason);
          return [];
        }
        const hooks = match.value;
        if (hooks) return [{ waiting, hooks, record: this.#record(waiting, hooks) }];
        this.#answer(waiting, { unknownCompany: true });
        return [];
      });
      if (known.length === 0) return;
      const result = await this.#insert(known, Date.now() + answerWithinMs).catch((error: unknown) => {
        if (!(error instanceof InDoubt)) throw error;
        // Whoever asked has waited long enough; what is stored is found out all the same, and then sent.
        for (const { waiting } of known) waiting.reject(error.cause);
        void this.#findOut(known);
      });
      if (result) await this.#conclude(known, result);
    } catch (error) {
      for (const waiting of batch) this.#refuse(waiting, error);
    }
  }

  #record({ id, event }: Waiting, hooks: LiveHook[]): EventRecord {
    return {
      _id: id,
      eventId: event.body.id,
      product: event.product,
      company: event.company,
      type: event.body.event,
      ...(event.key === undefined ? {} : { key: event.key }),
      body: Buffer.from(JSON.stringify(event.body)),
      receivedAt: this.#clock.now(),
      hooks: hooks.map(({ record }) => record._id),
      worker: this.#presence.id,
      ...(event.test ? { test: true } : {}),
    };
  }

  async #conclude(known: Known[], { duplicates, failures }: Inserted): Promise<void> {
    for (const [i, { waiting, hooks, record }] of known.entries()) {
      const failure = failures.get(i);
      if (failure !== undefined) this.#refuse(waiting, failure);
      else if (!duplicates.has(i)) this.#stored(waiting, hooks, record);
    }
    await this.#answerWithFirst(known.flatMap(({ waiting }, i) => (duplicates.has(i) ? [waiting] : [])));
  }

  /**
   * Stores events. Where the store's answer got lost they may be stored and may not, so the same is asked again until it
   * is known: an event that is stored and that nobody sends would be answered as a duplicate when it comes again, and lost.
   */
  async #insert(known: Known[], until: number): Promise<Inserted> {
    for (let doubted = false; ; doubted = true) {
      try {
        const inserted = await this.#insertOnce(known.map(({ record }) => record));
        if (doubted) await this.#recognise(known, inserted.duplicates);
        return inserted;
      } catch (error) {
        if (!doubted && !losesAnswer(error)) throw error;
        if (!doubted) this.#log.warn({ err: error, events: known.length }, "the store's answer got lost; asking what it has");
        if (this.#stopped || Date.now() > until) throw new InDoubt("the store doesn't answer", { cause: error });
        await delay(askAgainMs);
      }
    }
  }

  async #findOut(known: Known[]): Promise<void> {
    try {
      await this.#conclude(known, await this.#insert(known, Number.POSITIVE_INFINITY));
    } catch (error) {
      // This process is stopping. They stay open, so the watermark doesn't pass them and a successor makes up for it.
      this.#log.warn({ err: error, events: known.length }, "it is not known whether events were stored; the next process finds out");
    }
  }

  /** Those that are stored under the very ids given to them are no duplicates: they are these. */
  async #recognise(known: Known[], duplicates: Set<number>): Promise<void> {
    if (duplicates.size === 0) return;
    const ids = [...duplicates].map((i) => (known[i] as Known).record._id);
    const own = await events(this.#db)
      .find({ _id: { $in: ids } })
      .select({ _id: 1 })
      .lean();
    const stored = new Set(own.map(({ _id }) => _id));
    for (const i of [...duplicates]) if (stored.has((known[i] as Known).record._id)) duplicates.delete(i);
  }

  async #insertOnce(records: EventRecord[]): Promise<Inserted> {
    const duplicates = new Set<number>();
    const failures = new Map<number, unknown>();
    try {
      // The driver's own insert: nothing to cast here, and a quarter of mongoose's cost.
      await events(this.#db).collection.insertMany(records as unknown as (AnyBulkWriteOperation & { _id: never })[], { ordered: false });
    } catch (error) {
      const { writeErrors } = error as { writeErrors?: { index: number; code: number }[] };
      if (!writeErrors) throw error;
      for (const failed of [writeErrors].flat()) {
        if (failed.code === 11000) duplicates.add(failed.index);
        else failures.set(failed.index, failed);
      }
    }
    return { duplicates, failures };
  }

  #stored(waiting: Waiting, hooks: LiveHook[], record: EventRecord): void {
    const open = this.#openById.get(record._id);
    if (open) open.left += hooks.length;
    waiting.resolve({ id: record.eventId, duplicate: false });
    this.#onStored({ ...record, ...subjectOf(waiting.event.body) }, hooks, record.test === true);
    this.settle(record._id);
  }

  /** What came again is answered with the id of the one that came first. */
  async #answerWithFirst(again: Waiting[]): Promise<void> {
    if (again.length === 0) return;
    const wanted = {
      company: { $in: again.map(({ event }) => event.company) },
      key: { $in: again.flatMap(({ event }) => event.key ?? []) },
    };
    const found = await events(this.#db).find(wanted).select({ company: 1, key: 1, eventId: 1 }).lean();
    const first = new Map(found.map(({ company, key, eventId }) => [`${company} ${key}`, eventId]));
    for (const waiting of again) {
      const { company, key, body } = waiting.event;
      this.#answer(waiting, { id: first.get(`${company} ${key}`) ?? body.id, duplicate: true });
    }
  }

  #answer(waiting: Waiting, accepted: Accepted): void {
    waiting.resolve(accepted);
    this.settle(waiting.id);
  }

  #refuse(waiting: Waiting, error: unknown): void {
    waiting.reject(error);
    this.settle(waiting.id);
  }
}

/** MongoDB's codes of a server that is shutting down or stepping down while it answers. */
const interrupted = new Set([6, 7, 89, 91, 189, 9001, 10107, 11600, 11602, 13435, 13436]);

/** May the write have happened although there is no answer? A server that was never reached has written nothing. */
function losesAnswer(error: unknown): boolean {
  if (error instanceof MongoServerSelectionError) return false;
  return (
    error instanceof MongoNetworkError ||
    error instanceof MongoWriteConcernError ||
    interrupted.has(Number((error as { code?: unknown }).code))
  );
}
