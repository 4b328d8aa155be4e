import { MongoBackend } from "@agendajs/mongo-backend";
import { Agenda, type Job } from "agenda";
import type { Connection } from "mongoose";
import type { Logger } from "pino";
import type { Presence } from "../workers/presence.ts";
import { laneCount } from "./backlog.ts";

type LaneData = { lane: number };

const jobName = "deliver";
const collectionName = "jobs";
const lockLifetimeMs = 30_000;
const renewMs = 5_000;
const processEveryMs = 1_000;

/**
 * Agenda decides which process owns which lane: one resident `deliver` job a lane, which runs as long as this process
 * has it, renews its lock, and ends when the process drains or another one should have its share.
 */
export class Lanes {
  readonly #db: Connection;
  readonly #log: Logger;
  readonly #presence: Presence;
  readonly #onGained: () => void;
  readonly #owned = new Map<number, () => void>();
  #agenda: Agenda | undefined;
  #timer: NodeJS.Timeout | undefined;
  #draining = false;

  constructor({ db, log, presence }: { db: Connection; log: Logger; presence: Presence }, onGained: () => void) {
    this.#db = db;
    this.#log = log;
    this.#presence = presence;
    this.#onGained = onGained;
  }

  owned = (): number[] => [...this.#owned.keys()];

  owns(lane: number): boolean {
    return this.#owned.has(lane);
  }

  async start(): Promise<void> {
    const jobs = this.#jobs();
    // Agenda's unique() makes no index of its own, so two processes starting at once would make each lane twice.
    await jobs.createIndex({ name: 1, "data.lane": 1 }, { unique: true, partialFilterExpression: { "data.lane": { $exists: true } } });
    const agenda = new Agenda({
      name: this.#presence.id,
      backend: new MongoBackend({ mongo: this.#db.db as never, collection: collectionName }),
      processEvery: processEveryMs,
      maxConcurrency: laneCount + 8,
    });
    this.#agenda = agenda;
    agenda.on("error", (error: Error) => this.#log.warn({ err: error }, "agenda"));
    await agenda.ready;
    // One parameter: with two, Agenda takes the handler for one that calls back.
    agenda.define<LaneData>(jobName, (job) => this.#reside(job), {
      concurrency: laneCount,
      lockLimit: this.#share(),
      lockLifetime: lockLifetimeMs,
    });
    for (let lane = 0; lane < laneCount; lane++) await this.#ensureLane(agenda, lane);
    await agenda.start();
    this.#timer = setInterval(() => void this.#renew().catch((error) => this.#log.warn({ err: error }, "lanes were not renewed")), renewMs);
  }

  /** Ends the resident jobs, so that other processes may have the lanes at once. */
  async stop(): Promise<void> {
    this.#draining = true;
    clearInterval(this.#timer);
    for (const release of this.#owned.values()) release();
    this.#owned.clear();
    await this.#agenda?.drain(5_000);
    await this.#agenda?.stop();
  }

  /** Frees the lanes of a process that died, without waiting for its locks to run out. */
  async release(worker: string): Promise<void> {
    await this.#jobs().updateMany({ name: jobName, lastModifiedBy: worker }, { $set: { lockedAt: null, nextRunAt: new Date() } });
  }

  /** Which process has each lane, by the store; none where its lock has run out. */
  async owners(): Promise<(string | undefined)[]> {
    const found = await this.#jobs().find({ name: jobName }).toArray();
    const held = found.filter(({ lockedAt }) => lockedAt && Date.now() - new Date(lockedAt).getTime() < lockLifetimeMs);
    const ownerOf = new Map(held.map((job) => [(job.data as LaneData).lane, String(job.lastModifiedBy)]));
    return Array.from({ length: laneCount }, (_, lane) => ownerOf.get(lane));
  }

  #jobs() {
    return this.#db.collection(collectionName);
  }

  async #ensureLane(agenda: Agenda, lane: number): Promise<void> {
    try {
      // A number of milliseconds: Agenda's parser takes "300 milliseconds" for five minutes.
      await agenda
        .create<LaneData>(jobName, { lane })
        .unique({ "data.lane": lane }, { insertOnly: true })
        .repeatEvery(processEveryMs)
        .save();
    } catch (error) {
      if ((error as { code?: number }).code !== 11000) throw error;
    }
  }

  #share(): number {
    return Math.ceil(laneCount / Math.max(1, this.#presence.senders));
  }

  async #reside(job: Job<LaneData>): Promise<void> {
    if (this.#draining) return;
    const { lane } = job.attrs.data;
    await new Promise<void>((release) => {
      this.#owned.set(lane, release);
      this.#renewals.set(lane, () => this.#keep(job));
      this.#onGained();
    });
    this.#owned.delete(lane);
    this.#renewals.delete(lane);
  }

  readonly #renewals = new Map<number, () => Promise<boolean>>();

  /**
   * Not Agenda's `touch()`: that writes the lock back even when another process has taken the lane over meanwhile. This
   * renews only what is still ours.
   */
  async #keep(job: Job<LaneData>): Promise<boolean> {
    const lockedAt = new Date();
    const { matchedCount } = await this.#jobs().updateOne(
      { name: jobName, "data.lane": job.attrs.data.lane, lastModifiedBy: this.#presence.id },
      { $set: { lockedAt } },
    );
    job.attrs.lockedAt = lockedAt;
    return matchedCount === 1;
  }

  async #renew(): Promise<void> {
    const share = this.#share();
    const definition = this.#agenda?.definitions[jobName];
    if (definition) definition.lockLimit = share;
    for (const [lane, keep] of this.#renewals) {
      const surplus = this.#owned.size > share;
      if (surplus || !(await keep())) {
        this.#log.info({ lane, why: surplus ? "another process gets its share" : "another process took it over" }, "lane handed over");
        this.#owned.get(lane)?.();
        this.#owned.delete(lane);
      }
    }
  }
}
