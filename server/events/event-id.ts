import type { Clock } from "../clock.ts";
import { randomText, sortableNumber } from "../ids.ts";

const timeWidth = 10;
const countWidth = 4;
const mostPerMs = 32 ** countWidth;

/**
 * Event ids that only ever grow within a process, whatever its clock does: milliseconds, a counter, and a text that
 * tells processes apart. 32 characters with the prefix.
 */
export class EventIds {
  readonly #clock: Pick<Clock, "now">;
  readonly #process = randomText(12);
  #time: number;
  #count = 0;

  /** @param last the newest id in the store, so that ids grow across restarts after a clock was set back */
  constructor(clock: Pick<Clock, "now">, last: string | undefined) {
    this.#clock = clock;
    this.#time = last ? timeOf(last) + 1 : 0;
  }

  next(): string {
    const now = this.#clock.now().getTime();
    if (now > this.#time) {
      this.#time = now;
      this.#count = 0;
    } else if (++this.#count >= mostPerMs) {
      this.#time++;
      this.#count = 0;
    }
    return `evt_${sortableNumber(this.#time, timeWidth)}${sortableNumber(this.#count, countWidth)}${this.#process}`;
  }
}

/** The first id of a moment: ids before it are older. */
export function firstIdAt(time: Date): string {
  return `evt_${sortableNumber(Math.max(time.getTime(), 0), timeWidth)}`;
}

function timeOf(id: string): number {
  return [...id.slice(4, 4 + timeWidth)].reduce((sum, letter) => sum * 32 + "0123456789abcdefghjkmnpqrstvwxyz".indexOf(letter), 0);
}
