import type { Connection } from "mongoose";
import type { Logger } from "pino";
import type { Catalogue } from "../../schemas/load-catalogue.ts";
import type { Clock } from "../clock.ts";
import { events, parseBody } from "../events/event.ts";
import type { HookRegistry } from "../hooks/hook-registry.ts";
import { markDue } from "./backlog.ts";
import { deliveries } from "./delivery.ts";
import { historyFilter } from "./history.ts";
import { insertDue } from "./recover.ts";
import { type ReplayRecord, replays } from "./replay.ts";

const batchSize = 500;
const lookEveryMs = 2_000;

type Batch = { examined: number; queued: number; skipped: number; last: string | undefined };

/**
 * Works off the replays of this process's lanes, a batch at a time, saving how far it got after each: a successor goes
 * on there, and what it does again changes nothing.
 */
export class ReplayRunner {
  readonly #parts: { db: Connection; log: Logger; clock: Clock; registry: HookRegistry; catalogue: Catalogue };
  readonly #ownedLanes: () => number[];
  readonly #onDue: () => void;
  readonly #onProgress: (company: string) => void;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #stopped = false;

  constructor(
    parts: { db: Connection; log: Logger; clock: Clock; registry: HookRegistry; catalogue: Catalogue },
    ownedLanes: () => number[],
    onDue: () => void,
    onProgress: (company: string) => void,
  ) {
    this.#parts = parts;
    this.#ownedLanes = ownedLanes;
    this.#onDue = onDue;
    this.#onProgress = onProgress;
  }

  start(): void {
    this.#timer = setInterval(() => this.wake(), lookEveryMs);
    this.wake();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#running;
  }

  wake(): void {
    if (this.#stopped) return;
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#running = this.#runAll()
      .catch((error) => this.#parts.log.error({ err: error }, "a replay failed; it goes on later"))
      .finally(() => {
        this.#running = undefined;
        if (this.#again) {
          this.#again = false;
          this.wake();
        }
      });
  }

  async #runAll(): Promise<void> {
    const waiting = await replays(this.#parts.db)
      .find({ state: "running", lane: { $in: this.#ownedLanes() } })
      .lean();
    for (const replay of waiting) await this.#run(replay);
  }

  async #run(replay: ReplayRecord): Promise<void> {
    while (!this.#stopped) {
      const batch = replay.only === "missing" ? await this.#missing(replay) : await this.#stored(replay);
      if (batch.queued > 0) this.#onDue();
      replay.examined += batch.examined;
      replay.queued += batch.queued;
      replay.skipped = (replay.skipped ?? 0) + batch.skipped;
      const over = batch.last === undefined;
      if (batch.last !== undefined) replay.cursor = batch.last;
      await replays(this.#parts.db).updateOne(
        { _id: replay._id },
        {
          $set: {
            cursor: replay.cursor,
            examined: replay.examined,
            queued: replay.queued,
            skipped: replay.skipped,
            ...(over ? { state: "completed", completedAt: this.#parts.clock.now() } : {}),
          },
        },
      );
      this.#onProgress(replay.company);
      if (over) return;
    }
  }

  /** Deliveries there are: failed and cancelled ones begin their schedule anew, the others get one more attempt. */
  async #stored(replay: ReplayRecord): Promise<Batch> {
    const { db, clock } = this.#parts;
    const { hook, company, startedAt } = replay;
    const found = await deliveries(db)
      .find({
        $and: [
          historyFilter({
            hook,
            status: replay.only === "failed" ? "failed" : replay.status,
            retrying: replay.retrying,
            event: replay.event,
            q: replay.q,
          }),
          { _id: { $gt: replay.cursor || `dlv_${replay.fromId.slice(4)}`, $lt: `dlv_${replay.toId.slice(4)}` } },
        ],
      })
      .sort({ _id: 1 })
      .limit(batchSize)
      .lean();
    if (found.length === 0) return { examined: 0, queued: 0, skipped: 0, last: undefined };
    // What settled only after the replay began is not part of it.
    const eligible = found.filter(({ settledAt, status }) => status !== "held" && (!settledAt || settledAt <= startedAt));
    const anew = eligible.filter(({ status }) => status === "failed" || status === "cancelled").map(({ _id }) => _id);
    const once = eligible.filter(({ status }) => status === "succeeded" || status === "pending").map(({ _id }) => _id);
    const now = clock.now();
    const [renewed, repeated] = await Promise.all([
      deliveries(db).updateMany(
        { _id: { $in: anew }, status: { $in: ["failed", "cancelled"] } },
        {
          $set: {
            status: "pending",
            reason: null,
            open: true,
            dueAt: now,
            tries: 0,
            trigger: "replay",
            settledAt: null,
            replay: replay._id,
          },
        },
      ),
      deliveries(db).updateMany({ _id: { $in: once } }, { $set: { manualAt: now, replay: replay._id } }),
    ]);
    if (eligible.length > 0) await markDue(db, [{ hook, company, dueAt: now }]);
    const queued = renewed.modifiedCount + repeated.modifiedCount;
    return { examined: found.length, queued, skipped: found.length - queued, last: found.at(-1)?._id };
  }

  /** Events that the hook would get today and has no delivery of. */
  async #missing(replay: ReplayRecord): Promise<Batch> {
    const { db, clock, registry } = this.#parts;
    const { company, hook } = replay;
    const live = await registry.hook(company, hook);
    if (!live) return { examined: 0, queued: 0, skipped: 0, last: undefined };
    const found = await events(db)
      .find({
        company,
        type: { $in: live.record.events },
        _id: { ...(replay.cursor ? { $gt: replay.cursor } : { $gte: replay.fromId }), $lt: replay.toId },
      })
      .sort({ _id: 1 })
      .limit(batchSize)
      .lean();
    const matching = found.filter((event) => !event.test && live.matches(parseBody(event)));
    const queued = await insertDue(
      { db, clock },
      matching.map((event) => ({ event, hook })),
      { trigger: "replay", replay: replay._id },
    );
    return { examined: found.length, queued, skipped: 0, last: found.at(-1)?._id };
  }
}
