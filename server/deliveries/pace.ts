import type { Rate } from "./platform-profile.ts";

/** How fast one hook's receiver is served: its rate as a bucket of tokens, and a rest that it asked for. Times in milliseconds. */
export class Pace {
  readonly #rate: Rate | undefined;
  #tokens: number;
  #countedAt: number;
  #restsUntil = 0;

  constructor(rate: Rate | undefined, now: number) {
    this.#rate = rate;
    this.#tokens = rate?.requests ?? 0;
    this.#countedAt = now;
  }

  mayStart(now: number): boolean {
    if (!this.#rate && this.#restsUntil === 0) return true;
    this.#fill(now);
    return this.#restsUntil <= now && (!this.#rate || this.#tokens >= 1);
  }

  /** A request goes out. */
  take(): void {
    if (this.#rate) this.#tokens--;
  }

  /** The receiver is left alone until then. */
  rest(until: number): void {
    this.#restsUntil = Math.max(this.#restsUntil, until);
  }

  /** Whether a new pace would be the same, so that this one can be forgotten. */
  isFresh(now: number): boolean {
    this.#fill(now);
    return this.#restsUntil <= now && (!this.#rate || this.#tokens >= this.#rate.requests);
  }

  #fill(now: number): void {
    if (!this.#rate) return;
    const { requests, seconds } = this.#rate;
    this.#tokens = Math.min(requests, this.#tokens + ((now - this.#countedAt) * requests) / (seconds * 1_000));
    this.#countedAt = now;
  }
}
