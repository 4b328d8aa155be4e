import type { LiveEvent } from "../events/event-log.ts";
import type { DeliveryRecord, Trigger } from "./delivery.ts";
import { Pace } from "./pace.ts";
import type { Rate } from "./platform-profile.ts";

/** One attempt to be made. `stored` is the delivery as it lies in the store; a first attempt from memory has none yet. */
export type Item = {
  event: LiveEvent;
  hook: string;
  trigger: Trigger;
  stored: Pick<DeliveryRecord, "_id" | "tries" | "status" | "ordered"> | undefined;
  /** Asked for by hand: goes out whatever the hook's state, and leaves the schedule alone. */
  manual: boolean;
  /** Called once the outcome is stored. */
  onStored: () => void;
};

type HookQueue = {
  hook: string;
  items: Item[];
  inFlight: number;
  cap: number;
  /** An ordered item is under way, or at the head waiting for the others to end. */
  serial: boolean;
  inRing: boolean;
  pace: Pace;
};

export type Limits = { perHook: number; total: number; totalBytes: number; fast: number; slow: number };

/** Figures from the trial in docs/decisions: memory is bounded per hook and in all, requests under way in two budgets. */
export const defaultLimits: Limits = { perHook: 1_000, total: 50_000, totalBytes: 256 * 2 ** 20, fast: 256, slow: 1_024 };
const firstCap = 8;
const highestCap = 64;
/** A request older than this no longer counts as fast: its place goes to somebody who answers. */
const slowAfterMs = 300;
/** A request older than this is shown in the history while it goes on. */
const shownAfterMs = 1_000;
const sweepMs = 50;

type UnderWay = { item: Item; startedAt: number; slow: boolean; shown: boolean };

/**
 * Queues in memory, one a hook, served one item a turn from a ring of those that are ready: a hook with a long queue or
 * slow answers costs the others nothing. The cap of requests under way to a hook grows with fast successes and halves
 * with each failure. Whoever has a rate gets no more than that, and whoever asked for less rests.
 */
export class Dispatcher {
  readonly #limits: Limits;
  readonly #run: (item: Item) => Promise<boolean>;
  readonly #onLong: (item: Item) => void;
  readonly #rateOf: (item: Item) => Rate | undefined;
  /** Queues that wait for a token or for the end of a rest, and those whose tokens aren't full again yet. */
  readonly #paced = new Set<HookQueue>();
  readonly #queues = new Map<string, HookQueue>();
  readonly #underWay = new Set<UnderWay>();
  #ring: HookQueue[] = [];
  #waiting = 0;
  #waitingBytes = 0;
  #fast = 0;
  #slow = 0;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  /**
   * @param run makes the attempt; gives whether it was delivered
   * @param onLong told once of each request that is under way for long
   * @param rateOf what the item's receiver takes; undefined where it names no limit
   */
  constructor(
    run: (item: Item) => Promise<boolean>,
    onLong: (item: Item) => void,
    rateOf: (item: Item) => Rate | undefined,
    limits: Limits = defaultLimits,
  ) {
    this.#run = run;
    this.#onLong = onLong;
    this.#rateOf = rateOf;
    this.#limits = limits;
  }

  start(): void {
    this.#timer = setInterval(() => this.#sweep(), sweepMs);
  }

  /** Starts nothing more; resolves when what is under way has ended or `ms` have passed. */
  async stop(ms: number): Promise<void> {
    this.#stopped = true;
    const deadline = performance.now() + ms;
    while (this.#underWay.size > 0 && performance.now() < deadline) await new Promise((done) => setTimeout(done, 10));
    clearInterval(this.#timer);
  }

  /** Empties the queues; for whoever stops and has to leave their content somewhere safe. */
  takeWaiting(): Item[] {
    const items = [...this.#queues.values()].flatMap((queue) => queue.items.splice(0));
    this.#waiting = 0;
    this.#waitingBytes = 0;
    return items;
  }

  get underWay(): number {
    return this.#underWay.size;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** false where memory is full for this hook or in all; the item then belongs into the store. */
  offer(item: Item): boolean {
    const queue = this.#queues.get(item.hook) ?? this.#newQueue(item);
    const size = item.event.body.length;
    if (
      queue.items.length >= this.#limits.perHook ||
      this.#waiting >= this.#limits.total ||
      this.#waitingBytes + size > this.#limits.totalBytes
    ) {
      return false;
    }
    queue.items.push(item);
    this.#waiting++;
    this.#waitingBytes += size;
    this.#enter(queue);
    this.#pump();
    return true;
  }

  /** How many more items of the hook memory would take. */
  room(hook: string): number {
    const held = this.#queues.get(hook)?.items.length ?? 0;
    return Math.max(0, Math.min(this.#limits.perHook - held, this.#limits.total - this.#waiting));
  }

  /** Leaves the hook's receiver alone for a while; its deliveries wait where they are. */
  rest(hook: string, ms: number): void {
    const queue = this.#queues.get(hook);
    if (!queue) return;
    queue.pace.rest(performance.now() + ms);
    this.#paced.add(queue);
  }

  #newQueue(item: Item): HookQueue {
    const pace = new Pace(this.#rateOf(item), performance.now());
    const queue: HookQueue = { hook: item.hook, items: [], inFlight: 0, cap: firstCap, serial: false, inRing: false, pace };
    this.#queues.set(item.hook, queue);
    return queue;
  }

  /** false where a rate or a rest says wait; the sweep asks again. */
  #mayStart(queue: HookQueue): boolean {
    if (queue.pace.mayStart(performance.now())) return true;
    this.#paced.add(queue);
    return false;
  }

  #forgetIfIdle(queue: HookQueue): void {
    if (queue.inFlight > 0 || queue.items.length > 0) return;
    // Somebody who is rated or rests is remembered until that is over, or the next event would begin anew.
    if (!queue.pace.isFresh(performance.now())) {
      this.#paced.add(queue);
      return;
    }
    this.#paced.delete(queue);
    this.#queues.delete(queue.hook);
  }

  #enter(queue: HookQueue): void {
    const next = queue.items[0];
    if (queue.inRing || !next || queue.serial || queue.inFlight >= queue.cap) return;
    // Whoever comes in order waits until nothing else of the hook is on the wire.
    if (next.stored?.ordered && queue.inFlight > 0) return;
    if (!this.#mayStart(queue)) return;
    queue.inRing = true;
    this.#ring.push(queue);
  }

  #pump(): void {
    while (!this.#stopped && this.#fast < this.#limits.fast) {
      const queue = this.#ring.shift();
      if (!queue) return;
      queue.inRing = false;
      // A rest may have begun since the queue took its place.
      if (!this.#mayStart(queue)) continue;
      const item = queue.items.shift();
      if (!item) continue;
      queue.pace.take();
      this.#waiting--;
      this.#waitingBytes -= item.event.body.length;
      this.#start(queue, item);
      this.#enter(queue);
    }
  }

  #start(queue: HookQueue, item: Item): void {
    const request: UnderWay = { item, startedAt: performance.now(), slow: false, shown: false };
    this.#underWay.add(request);
    this.#fast++;
    queue.inFlight++;
    if (item.stored?.ordered) queue.serial = true;
    this.#run(item).then(
      (delivered) => {
        this.#underWay.delete(request);
        if (request.slow) this.#slow--;
        else this.#fast--;
        queue.inFlight--;
        if (item.stored?.ordered) queue.serial = false;
        if (!delivered) queue.cap = Math.max(1, queue.cap >> 1);
        else if (!request.slow) queue.cap = Math.min(highestCap, queue.cap + 1);
        this.#enter(queue);
        this.#forgetIfIdle(queue);
        this.#pump();
      },
      // run() turns every failure into an outcome; what still gets here is our own fault and must not pass unseen.
      (error) => {
        throw error;
      },
    );
  }

  #sweep(): void {
    const now = performance.now();
    for (const queue of [...this.#paced]) {
      if (queue.items.length === 0) this.#forgetIfIdle(queue);
      else if (queue.pace.mayStart(now)) {
        this.#paced.delete(queue);
        this.#enter(queue);
      }
    }
    for (const request of this.#underWay) {
      // Sets keep insertion order, so the first young one ends the walk.
      const age = now - request.startedAt;
      if (age < slowAfterMs) break;
      if (age >= shownAfterMs && !request.shown) {
        request.shown = true;
        this.#onLong(request.item);
      }
      if (request.slow || this.#slow >= this.#limits.slow) continue;
      request.slow = true;
      this.#slow++;
      this.#fast--;
    }
    this.#pump();
  }
}
