import type { Connection } from "mongoose";
import type { Logger } from "pino";
import type { Clock } from "../clock.ts";
import { bytesOf, events } from "../events/event.ts";
import type { HookRegistry } from "../hooks/hook-registry.ts";
import { type BacklogRecord, backlogs, markDue } from "./backlog.ts";
import { cancelDeliveries, holdDeliveries } from "./cancel-deliveries.ts";
import { type DeliveryRecord, deliveries } from "./delivery.ts";
import type { Dispatcher } from "./dispatcher.ts";

const pollMs = 250;
const mostHooksPerPass = 200;
const mostPerHook = 200;

/**
 * Sends what lies stored and due (retries, overflow, recovery, replay, resumed hooks, requests by hand) for the lanes
 * this process owns. It goes by the hooks' due markers, so that a hook with a hundred thousand rows costs one look.
 */
export class DuePass {
  readonly #db: Connection;
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #registry: HookRegistry;
  readonly #dispatcher: Dispatcher;
  readonly #ownedLanes: () => number[];
  readonly #working = new Set<string>();
  #again: (() => void) | undefined;
  #woken = false;
  #stopped = false;
  #loop: Promise<void> | undefined;

  constructor(
    { db, log, clock, registry }: { db: Connection; log: Logger; clock: Clock; registry: HookRegistry },
    dispatcher: Dispatcher,
    ownedLanes: () => number[],
  ) {
    this.#db = db;
    this.#log = log;
    this.#clock = clock;
    this.#registry = registry;
    this.#dispatcher = dispatcher;
    this.#ownedLanes = ownedLanes;
  }

  start(): void {
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.wake();
    await this.#loop;
  }

  /** Something may be due sooner than the loop thinks. */
  wake(): void {
    this.#woken = true;
    this.#again?.();
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      this.#woken = false;
      let next: Date | undefined;
      try {
        next = await this.#pass();
      } catch (error) {
        this.#log.error({ err: error }, "looking for due deliveries failed; trying again");
      }
      await this.#rest(next);
    }
  }

  /** Until the next marker is due by the context's clock, something wakes the loop, or other processes may have marked. */
  async #rest(next: Date | undefined): Promise<void> {
    if (this.#woken || this.#stopped) return;
    await new Promise<void>((done) => {
      const poll = setTimeout(done, pollMs);
      const cancel = next ? this.#clock.after(Math.max(next.getTime() - this.#clock.now().getTime(), 1), done) : () => {};
      this.#again = () => {
        clearTimeout(poll);
        cancel();
        done();
      };
    });
    this.#again?.();
    this.#again = undefined;
  }

  async #pass(): Promise<Date | undefined> {
    const lanes = this.#ownedLanes();
    if (lanes.length === 0) return undefined;
    const now = this.#clock.now();
    const due = await backlogs(this.#db)
      .find({ lane: { $in: lanes }, dueAt: { $lte: now }, _id: { $nin: [...this.#working] } })
      .sort({ dueAt: 1 })
      .limit(mostHooksPerPass)
      .lean();
    for (const marker of due) {
      this.#working.add(marker._id);
      this.#drain(marker)
        .catch((error) => this.#log.error({ err: error, hook: marker._id }, "sending stored deliveries failed; trying again"))
        .finally(() => {
          this.#working.delete(marker._id);
          this.wake();
        });
    }
    const [later] = await backlogs(this.#db)
      .find({ lane: { $in: lanes }, dueAt: { $gt: now } })
      .sort({ dueAt: 1 })
      .limit(1)
      .lean();
    return later?.dueAt;
  }

  /** Works a hook's due deliveries off, a batch at a time, then moves its marker. */
  async #drain(marker: BacklogRecord): Promise<void> {
    const { _id: hook, company, token } = marker;
    while (!this.#stopped) {
      // Each time anew: the memory of a company is dropped when a change of it could not be read, and then it is no
      // longer known there that the hook exists.
      const live = await this.#registry.hook(company, hook);
      if (!live || live.record.status === "disabled")
        await cancelDeliveries({ db: this.#db, clock: this.#clock }, hook, live?.record.reason ?? "The webhook was deleted.");
      else if (live.record.status === "paused") await holdDeliveries({ db: this.#db }, hook);

      const batch = await this.#batch(hook);
      if (batch.length === 0) break;
      await this.#send(batch);
    }
    if (!this.#stopped) await this.#moveMarker(hook, token);
  }

  /** Those asked for by hand come first, then the schedule's, oldest first. */
  async #batch(hook: string): Promise<{ delivery: DeliveryRecord; manual: boolean }[]> {
    const now = this.#clock.now();
    const room = Math.min(mostPerHook, this.#dispatcher.room(hook));
    if (room === 0) {
      await new Promise((done) => setTimeout(done, pollMs));
      return this.#stopped ? [] : this.#batch(hook);
    }
    const [byHand, scheduled] = await Promise.all([
      deliveries(this.#db)
        .find({ hook, manualAt: { $lte: now } })
        .limit(room)
        .lean(),
      deliveries(this.#db)
        .find({ hook, open: true, dueAt: { $lte: now } })
        .sort({ dueAt: 1, _id: 1 })
        .limit(room)
        .lean(),
    ]);
    const manual = new Set(byHand.map(({ _id }) => _id));
    return [
      ...byHand.map((delivery) => ({ delivery, manual: true })),
      ...scheduled.filter(({ _id }) => !manual.has(_id)).map((delivery) => ({ delivery, manual: false })),
    ];
  }

  /** Resolves when every outcome of the batch is stored: only then may the marker move past them. */
  async #send(batch: { delivery: DeliveryRecord; manual: boolean }[]): Promise<void> {
    const found = await events(this.#db)
      .find({ _id: { $in: batch.map(({ delivery }) => delivery.event) } })
      .lean();
    const byId = new Map(found.map((event) => [event._id, event]));
    await Promise.all(
      batch.map(async ({ delivery, manual }) => {
        const event = byId.get(delivery.event);
        if (!event) return this.#expire(delivery);
        const live = { ...event, body: bytesOf(event.body), recordId: delivery.recordId, subject: delivery.subject };
        const trigger = manual ? ("manual" as const) : delivery.tries > 0 ? ("retry" as const) : delivery.trigger;
        while (!this.#stopped) {
          const taken = await new Promise<boolean>((done) => {
            const accepted = this.#dispatcher.offer({
              event: live,
              hook: delivery.hook,
              trigger,
              stored: delivery,
              manual,
              onStored: () => done(true),
            });
            if (!accepted) done(false);
          });
          if (taken) return;
          await new Promise((done) => setTimeout(done, pollMs));
        }
      }),
    );
  }

  /** The event's time is up (retention), so there is nothing left to send. */
  async #expire(delivery: DeliveryRecord): Promise<void> {
    await deliveries(this.#db).updateOne(
      { _id: delivery._id },
      {
        $set: { status: "cancelled", reason: "The event is past its retention.", settledAt: this.#clock.now() },
        $unset: { open: 1, dueAt: 1, manualAt: 1 },
      },
    );
  }

  async #moveMarker(hook: string, token: string): Promise<void> {
    const [next] = await deliveries(this.#db)
      .find({ hook, open: true, dueAt: { $gt: new Date(0) } })
      .sort({ dueAt: 1 })
      .limit(1)
      .lean();
    // A token that changed means that something came in meanwhile: the marker stays and the next pass looks again.
    if (next?.dueAt) await backlogs(this.#db).updateOne({ _id: hook, token }, { $set: { dueAt: next.dueAt } });
    else await backlogs(this.#db).deleteOne({ _id: hook, token });
  }

  /** Markers for due deliveries that have none: what a crash between storing and marking may leave. */
  async repairMarkers(): Promise<void> {
    const [open, byHand] = await Promise.all([
      deliveries(this.#db).distinct("hook", { open: true, dueAt: { $exists: true } }),
      deliveries(this.#db).distinct("hook", { manualAt: { $exists: true } }),
    ]);
    const wanted = [...new Set([...open, ...byHand])];
    const marked = new Set(
      (
        await backlogs(this.#db)
          .find({ _id: { $in: wanted } })
          .select({ _id: 1 })
          .lean()
      ).map(({ _id }) => _id),
    );
    for (const hook of wanted.filter((id) => !marked.has(id))) {
      const delivery = await deliveries(this.#db).findOne({ hook }).select({ company: 1 }).lean();
      if (delivery) await markDue(this.#db, [{ hook, company: delivery.company, dueAt: this.#clock.now() }]);
    }
    this.wake();
  }
}
