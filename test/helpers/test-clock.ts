import type { Clock } from "../../server/clock.ts";

type Timer = { at: number; callback: () => void };

/** Time that stands still until it is told to move; timers that fall due on the way go off in order. */
export class TestClock implements Clock {
  #now: number;
  #timers = new Set<Timer>();

  constructor(start = Date.now()) {
    this.#now = start;
  }

  now(): Date {
    return new Date(this.#now);
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + ms, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  advance({
    ms = 0,
    seconds = 0,
    minutes = 0,
    hours = 0,
    days = 0,
  }: {
    ms?: number;
    seconds?: number;
    minutes?: number;
    hours?: number;
    days?: number;
  }): void {
    this.#now += ms + 1000 * (seconds + 60 * (minutes + 60 * (hours + 24 * days)));
    for (const timer of [...this.#timers].sort((a, b) => a.at - b.at)) {
      if (timer.at > this.#now) continue;
      this.#timers.delete(timer);
      timer.callback();
    }
  }
}
