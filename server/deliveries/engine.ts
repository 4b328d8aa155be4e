import type { Connection } from "mongoose";
import type { Logger } from "pino";
import type { Catalogue } from "../../schemas/load-catalogue.ts";
import { Changes } from "../changes.ts";
import type { Clock } from "../clock.ts";
import { type Accepted, EventLog, type LiveEvent, type NewEvent } from "../events/event-log.ts";
import { hooks } from "../hooks/hook.ts";
import type { HookRegistry, LiveHook } from "../hooks/hook-registry.ts";
import { noteHealth } from "../hooks/note-health.ts";
import { unsubscribe } from "../hooks/unsubscribe.ts";
import { type Metrics, newMetrics } from "../metrics/metrics.ts";
import { Presence } from "../workers/presence.ts";
import { makeAttempt } from "./attempt.ts";
import { AttemptCounter } from "./attempt-counter.ts";
import { laneOf } from "./backlog.ts";
import { heldReason } from "./cancel-deliveries.ts";
import { conclude, goneReason } from "./conclude.ts";
import type { Attempt, DeliveryStatus } from "./delivery.ts";
import { Dispatcher, defaultLimits, type Item, type Limits } from "./dispatcher.ts";
import { DuePass } from "./due-pass.ts";
import { Lanes } from "./lanes.ts";
import { Outcomes } from "./outcomes.ts";
import type { PlatformProfile, PlatformProfiles } from "./platform-profile.ts";
import { recoverWorker } from "./recover.ts";
import { ReplayRunner } from "./replay-runner.ts";
import { restAfter } from "./retry-policy.ts";
import type { Transport } from "./transport.ts";

export type EngineParts = {
  db: Connection;
  log: Logger;
  clock: Clock;
  catalogue: Catalogue;
  registry: HookRegistry;
  transport: Transport;
  profiles: PlatformProfiles;
  limits?: Limits;
  /** false in a process that only takes requests: it stores deliveries as due, and another process sends them. */
  sends?: boolean;
};

const recoverEveryMs = 5_000;

/**
 * The way of an event in one process: log, fan-out, first attempts from memory, outcomes, and the pass over what is
 * stored and due. Each part has its file; here they are put together.
 */
export class Engine {
  readonly presence: Presence;
  readonly metrics: Metrics = newMetrics();
  readonly changes = new Changes();
  readonly counter: AttemptCounter;
  readonly #parts: EngineParts;
  readonly #events: EventLog;
  readonly #dispatcher: Dispatcher;
  readonly #outcomes: Outcomes;
  readonly #due: DuePass;
  readonly #lanes: Lanes;
  readonly #replays: ReplayRunner;
  #recovering: NodeJS.Timeout | undefined;
  #abandoned = false;

  constructor(parts: EngineParts) {
    this.#parts = parts;
    this.presence = new Presence(parts, (company) => this.changes.note(company));
    this.counter = new AttemptCounter(parts, () => this.presence.id);
    this.#events = new EventLog({ ...parts, presence: this.presence }, (event, matched, test) => this.#fanOut(event, matched, test));
    this.#dispatcher = new Dispatcher(
      (item) => this.#deliver(item),
      (item) => this.#show(item),
      (item) => this.#profileOf(parts.registry.peek(item.event.company, item.hook))?.rate ?? undefined,
      parts.limits ?? defaultLimits,
    );
    this.#outcomes = new Outcomes(
      parts,
      () => this.#due.wake(),
      (company) => this.changes.note(company),
    );
    this.#lanes = new Lanes({ ...parts, presence: this.presence }, () => this.#gained());
    this.#due = new DuePass(parts, this.#dispatcher, this.#lanes.owned);
    this.#replays = new ReplayRunner(
      parts,
      this.#lanes.owned,
      () => this.#due.wake(),
      (company) => this.changes.note(company),
    );
  }

  async start(): Promise<void> {
    await this.presence.start(await this.#events.start());
    this.#dispatcher.start();
    this.counter.start();
    await this.#recover();
    if (this.#parts.sends ?? true) {
      await this.#lanes.start();
      this.#due.start();
      await this.#due.repairMarkers();
      this.#replays.start();
    }
    this.#recovering = setInterval(
      () => void this.#recover().catch((error) => this.#parts.log.error({ err: error }, "recovery failed; trying again")),
      recoverEveryMs,
    );
  }

  /** Lets what is under way end, within `drainMs`; what then remains is picked up by the next process. */
  async stop(drainMs: number): Promise<void> {
    clearInterval(this.#recovering);
    await this.#replays.stop();
    const eventsClean = await this.#events.stop();
    await this.#dispatcher.stop(drainMs);
    this.#abandoned = true;
    for (const item of this.#dispatcher.takeWaiting())
      if (!item.stored) this.#store(item, undefined, "pending", null, this.#parts.clock.now());
    await this.#due.stop();
    await this.#outcomes.drained();
    await this.counter.stop();
    await this.#lanes.stop();
    await this.presence.stop(eventsClean || (await this.#events.stop()));
  }

  newEventId(): string {
    return this.#events.newId();
  }

  async append(id: string, event: NewEvent): Promise<Accepted> {
    const accepted = await this.#events.append(id, event);
    if ("duplicate" in accepted && !accepted.duplicate) this.metrics.accepted.inc({ product: event.product });
    return accepted;
  }

  /** Something was stored as due, or a replay began: look now. */
  wake(): void {
    this.#due.wake();
    this.#replays.wake();
  }

  /** Which process has each lane. */
  laneOwners(): Promise<(string | undefined)[]> {
    return this.#lanes.owners();
  }

  get state() {
    return {
      workers: this.presence.count,
      senders: this.presence.senders,
      lanes: this.#lanes.owned().length,
      under_way: this.#dispatcher.underWay,
      waiting: this.#dispatcher.waiting,
    };
  }

  #gained(): void {
    this.#due.wake();
    this.#replays.wake();
  }

  async #recover(): Promise<void> {
    for (const worker of await this.presence.dead()) {
      await this.#lanes.release(worker._id);
      await recoverWorker(this.#parts, worker);
    }
    this.#due.wake();
  }

  #fanOut(event: LiveEvent, matched: LiveHook[], test: boolean): void {
    this.changes.note(event.company);
    for (const { record } of matched) {
      let owed = true;
      const item: Item = {
        event,
        hook: record._id,
        trigger: test ? "test" : "event",
        stored: undefined,
        manual: false,
        // A long attempt is stored twice, as under way and as done; the event waits for it once.
        onStored: () => {
          if (owed) this.#events.settle(event._id);
          owed = false;
        },
      };
      // Another process has the lane, or memory is full: the store keeps it and the lane's owner finds it by its marker.
      if (!this.#lanes.owns(laneOf(record._id)) || !this.#dispatcher.offer(item))
        this.#store(item, undefined, "pending", null, this.#parts.clock.now());
    }
  }

  #store(item: Item, attempt: Attempt | undefined, status: DeliveryStatus, reason: string | null, dueAt?: Date): void {
    this.#outcomes.record({ item, attempt, status, reason, dueAt, at: this.#parts.clock.now() });
  }

  /**
   * A first attempt that takes long gets its row now, so that the history shows it and the watermark needn't wait for it.
   * It is due again later in case this process dies before the answer; the answer's outcome then finds the row there.
   */
  #show(item: Item): void {
    const timeout = this.#parts.catalogue.get(item.event.product)?.delivery.timeout_seconds ?? 0;
    if (!item.stored)
      this.#store(item, undefined, "pending", "Waiting for the answer.", new Date(this.#parts.clock.now().getTime() + timeout * 2_000));
  }

  /** One turn of an item: a last look at its hook, the attempt, and what follows from it. */
  async #deliver(item: Item): Promise<boolean> {
    try {
      const { company } = item.event;
      if (!this.presence.isFresh) await this.presence.fresh();
      const live = this.#parts.registry.peek(company, item.hook) ?? (await this.#parts.registry.hook(company, item.hook));
      const insistent = item.manual || item.trigger === "test";
      if (!live || (live.record.status === "disabled" && !insistent)) {
        this.#store(item, undefined, "cancelled", await this.#whyGone(item.hook));
        return true;
      }
      if (live.record.status === "paused" && !insistent) {
        this.#store(item, undefined, "held", heldReason);
        return true;
      }
      return await this.#attempt(item, live);
    } catch (error) {
      // Our own fault (the store is away, say): the item must not be lost, so it goes back into the store as due.
      this.#parts.log.error(
        { err: error, hook: item.hook, event: item.event.eventId },
        "an attempt could not be made; it will be made again",
      );
      if (item.manual) setTimeout(item.onStored, 1_000);
      else this.#store(item, undefined, "pending", null, new Date(this.#parts.clock.now().getTime() + 1_000));
      return false;
    }
  }

  async #attempt(item: Item, live: LiveHook): Promise<boolean> {
    const { log, clock, catalogue, transport } = this.#parts;
    const product = catalogue.get(item.event.product);
    if (!product) throw new Error(`the catalogue has no product "${item.event.product}"`);
    const { attempt, verdict, says } = await makeAttempt(
      { clock, transport },
      { hook: live, event: item.event, rules: product, profile: this.#profileOf(live), trigger: item.trigger },
    );
    if (this.#abandoned) return false;
    this.metrics.attempts.inc({ product: product.id, outcome: verdict, trigger: item.trigger });
    this.metrics.attemptSeconds.observe({ product: product.id }, attempt.durationMs / 1000);
    if (item.trigger === "event") this.metrics.firstAttemptSeconds.observe((attempt.at.getTime() - item.event.receivedAt.getTime()) / 1000);
    if (item.trigger !== "test")
      this.counter.note(
        { company: item.event.company, hook: item.hook },
        { at: attempt.at, delivered: verdict === "succeeded", durationMs: attempt.durationMs },
      );
    log.info(
      {
        event: item.event.eventId,
        type: item.event.type,
        hook: item.hook,
        company: item.event.company,
        trigger: item.trigger,
        try: (item.stored?.tries ?? 0) + 1,
        outcome: verdict,
        status: attempt.response?.status,
        error: attempt.error?.code,
        ms: attempt.durationMs,
      },
      "attempt",
    );
    const hook = this.#parts.registry.peek(item.event.company, item.hook);
    const { status, reason, dueAt } = conclude(item, { attempt, verdict, says }, { rules: product.delivery, hook, now: clock.now() });
    this.#store(item, attempt, status, reason, dueAt);
    if (verdict === "gone")
      await unsubscribe(this.#roomParts(), {
        company: item.event.company,
        hook: item.hook,
        reason: goneReason,
        gone: true,
      });
    else if (verdict === "throttled") this.#dispatcher.rest(item.hook, restAfter(attempt, clock.now()));
    else if (item.trigger !== "test")
      await noteHealth(this.#roomParts(), live, { attempt, delivered: verdict === "succeeded", rules: product.delivery });
    return verdict === "succeeded";
  }

  #profileOf(live: LiveHook | undefined): PlatformProfile | undefined {
    return live?.record.platform ? this.#parts.profiles.get(live.record.platform) : undefined;
  }

  async #whyGone(hook: string): Promise<string> {
    const record = await hooks(this.#parts.db).findById(hook).select({ reason: 1 }).lean();
    return record?.reason ?? "The webhook was deleted.";
  }

  #roomParts() {
    return { ...this.#parts, engine: this };
  }
}
