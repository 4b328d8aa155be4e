import type { Connection } from "mongoose";
import type { Logger } from "pino";
import { durationEdges, hourlyCounts, hourMs } from "./hourly-counts.ts";

const flushEveryMs = 5_000;
const hooksPerRecord = 256;

type Chunk = { _id: string; company: string; hour: number; hooks: Map<string, number[]>; changed: boolean };
type CompanyHour = { chunks: Chunk[]; chunkOf: Map<string, Chunk> };

const newCompanyHour = (): CompanyHour => ({ chunks: [], chunkOf: new Map() });

/**
 * Counts this process's attempts by hook and hour in memory and writes what changed every few seconds, whole records of
 * its own: no two processes write the same one, and writing twice does it once. A crash costs the last seconds of a
 * chart, never a delivery.
 */
export class AttemptCounter {
  readonly #db: Connection;
  readonly #log: Logger;
  readonly #process: () => string;
  readonly #hours = new Map<string, CompanyHour>();
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> = Promise.resolve();

  /** @param process this process's id, which keeps its records apart from those of others */
  constructor({ db, log }: { db: Connection; log: Logger }, process: () => string) {
    this.#db = db;
    this.#log = log;
    this.#process = process;
  }

  start(): void {
    this.#timer = setInterval(() => void this.flush(), flushEveryMs);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }

  note(
    { company, hook }: { company: string; hook: string },
    { at, delivered, durationMs }: { at: Date; delivered: boolean; durationMs: number },
  ): void {
    const hour = Math.floor(at.getTime() / hourMs) * hourMs;
    const chunk = this.#chunk(company, hour, hook);
    const counts = chunk.hooks.get(hook) ?? Array.from({ length: 4 + durationEdges.length }, () => 0);
    chunk.hooks.set(hook, counts);
    const column = delivered ? 0 : 1;
    const slower = durationEdges.findIndex((edge) => durationMs < edge);
    const duration = 3 + (slower < 0 ? durationEdges.length : slower);
    counts[column] = (counts[column] ?? 0) + 1;
    counts[duration] = (counts[duration] ?? 0) + 1;
    counts[2] = Math.max(counts[2] ?? 0, at.getTime());
    chunk.changed = true;
  }

  #chunk(company: string, hour: number, hook: string): Chunk {
    const key = `${company} ${hour}`;
    const companyHour = this.#hours.get(key) ?? newCompanyHour();
    this.#hours.set(key, companyHour);
    const present = companyHour.chunkOf.get(hook);
    if (present) return present;
    let last = companyHour.chunks.at(-1);
    if (!last || last.hooks.size >= hooksPerRecord) {
      const _id = `${company}/${hour / hourMs}/${this.#process()}/${companyHour.chunks.length}`;
      last = { _id, company, hour, hooks: new Map(), changed: false };
      companyHour.chunks.push(last);
    }
    companyHour.chunkOf.set(hook, last);
    return last;
  }

  /** Resolves when everything counted so far is stored. One after the other, so that older counts never come last. */
  flush(): Promise<void> {
    this.#flushing = this.#flushing.then(() => this.#write());
    return this.#flushing;
  }

  async #write(): Promise<void> {
    const changed = [...this.#hours.values()].flatMap(({ chunks }) => chunks.filter((chunk) => chunk.changed));
    if (changed.length === 0) return;
    for (const chunk of changed) chunk.changed = false;
    try {
      await hourlyCounts(this.#db).bulkWrite(
        changed.map(({ _id, company, hour, hooks }) => ({
          replaceOne: { filter: { _id }, replacement: { company, hour: new Date(hour), hooks: Object.fromEntries(hooks) }, upsert: true },
        })) as never[],
        { ordered: false },
      );
      this.#forget(Math.max(...changed.map(({ hour }) => hour)));
    } catch (error) {
      for (const chunk of changed) chunk.changed = true;
      this.#log.warn({ err: error }, "counts for the charts were not stored; trying again");
    }
  }

  /** Hours that are over and stored need no memory; a late attempt would begin the record anew, so one hour more is kept. */
  #forget(latest: number): void {
    for (const [key, { chunks }] of this.#hours)
      if (chunks.every(({ hour, changed }) => !changed && hour < latest - hourMs)) this.#hours.delete(key);
  }
}
