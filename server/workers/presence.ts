import { hostname } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import type { Connection } from "mongoose";
import type { Logger } from "pino";
import type { HookRegistry } from "../hooks/hook-registry.ts";
import { newId } from "../ids.ts";
import { hookChanges, type WorkerRecord, workers } from "./worker.ts";

const heartbeatMs = 1_000;
const pollMs = 50;
/** A process whose last look is older than this takes and sends nothing before it has looked again. */
const freshForMs = 5_000;
/** Longer than `freshForMs` by enough for clocks that differ: whoever is silent this long holds no view that counts. */
const deadAfterMs = 15_000;

/**
 * This process among those that share the store. Its lease on the hooks it has in memory is what makes a change of a
 * hook hold everywhere once it was answered: whoever changes one waits until every live process has taken it in, and a
 * process that couldn't look for changes lately doesn't act before it has. Measured by real time, not by the test clock.
 */
export class Presence {
  readonly id = newId("wrk");
  readonly #db: Connection;
  readonly #log: Logger;
  readonly #registry: HookRegistry;
  readonly #onChange: (company: string) => void;
  #lookedAt = 0;
  #others: WorkerRecord[] = [];
  readonly #sends: boolean;
  #looking: Promise<void> | undefined;
  #timers: NodeJS.Timeout[] = [];
  #settled = "";

  /** @param onChange told of every company whose hooks have changed, wherever that was done */
  constructor(
    { db, log, registry, sends = true }: { db: Connection; log: Logger; registry: HookRegistry; sends?: boolean | undefined },
    onChange: (company: string) => void,
  ) {
    this.#sends = sends;
    this.#onChange = onChange;
    this.#db = db;
    this.#log = log;
    this.#registry = registry;
  }

  async start(settled: string): Promise<void> {
    this.#settled = settled;
    await this.#beat();
    const safely = (work: () => Promise<void>) => () =>
      void work().catch((error) => this.#log.warn({ err: error }, "could not look for other processes"));
    this.#timers = [
      setInterval(
        safely(() => this.#beat()),
        heartbeatMs,
      ),
      setInterval(
        safely(async () => (this.#others.length > 0 ? this.#takeChanges() : undefined)),
        pollMs,
      ),
    ];
  }

  /** Leaves in good order: nothing of this process is left to recover if `clean`. */
  async stop(clean: boolean): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    if (clean) await workers(this.#db).deleteOne({ _id: this.id });
  }

  /** How many processes there are, this one included. */
  get count(): number {
    return this.#others.length + 1;
  }

  /** How many of them send deliveries, and so share the lanes. */
  get senders(): number {
    return this.#others.filter(({ sends }) => sends !== false).length + (this.#sends ? 1 : 0);
  }

  async saveSettled(settled: string): Promise<void> {
    this.#settled = settled;
    await workers(this.#db).updateOne({ _id: this.id }, { $set: { settled } });
  }

  async #beat(): Promise<void> {
    const startedAt = performance.now();
    const now = new Date();
    // An upsert, because a process that was taken for dead comes back.
    await workers(this.#db).updateOne(
      { _id: this.id },
      { $set: { heartbeatAt: now, host: hostname(), pid: process.pid, settled: this.#settled, sends: this.#sends } },
      { upsert: true },
    );
    this.#others = await this.#living();
    // Also when nobody else is there: the operator's command changes hooks without being a worker.
    await this.#takeChanges();
    this.#lookedAt = startedAt;
  }

  async #living(): Promise<WorkerRecord[]> {
    const all = await workers(this.#db).find().lean();
    return all.filter((worker) => worker._id !== this.id && !isDead(worker));
  }

  /** The dead ones, for recovery. */
  async dead(): Promise<WorkerRecord[]> {
    const all = await workers(this.#db).find().lean();
    return all.filter((worker) => worker._id !== this.id && isDead(worker));
  }

  /** Resolves once this process's view of the hooks is recent enough to act on. */
  async fresh(): Promise<void> {
    if (performance.now() - this.#lookedAt < freshForMs) return;
    this.#looking ??= this.#beat().finally(() => {
      this.#looking = undefined;
    });
    await this.#looking;
  }

  get isFresh(): boolean {
    return performance.now() - this.#lookedAt < freshForMs;
  }

  async #takeChanges(): Promise<void> {
    const changes = await hookChanges(this.#db).find({ pending: this.id }).lean();
    if (changes.length === 0) return;
    for (const { company, hook } of changes) {
      await this.#registry.reload(company, hook);
      this.#onChange(company);
    }
    await hookChanges(this.#db).updateMany({ _id: { $in: changes.map(({ _id }) => _id) } }, { $pull: { pending: this.id } });
  }

  /** Makes a stored change of a hook hold in every process; returns when it does. */
  async announce(company: string, hook: string): Promise<void> {
    await this.#registry.reload(company, hook);
    this.#onChange(company);
    let waitingFor = (await this.#living()).map(({ _id }) => _id);
    if (waitingFor.length === 0) return;
    const _id = newId("chg");
    await hookChanges(this.#db).create({ _id, company, hook, pending: waitingFor, at: new Date() });
    while (waitingFor.length > 0) {
      await delay(pollMs / 2);
      const [change, living] = await Promise.all([hookChanges(this.#db).findById(_id).lean(), this.#living()]);
      waitingFor = (change?.pending ?? []).filter((id) => living.some(({ _id }) => _id === id));
    }
    await hookChanges(this.#db).deleteOne({ _id });
  }
}

/** Silent for too long, or a process of this machine that is not there any more. */
function isDead({ heartbeatAt, host, pid }: WorkerRecord): boolean {
  if (Date.now() - heartbeatAt.getTime() > deadAfterMs) return true;
  if (host !== hostname()) return false;
  // In a container a new process often gets the old one's number, which is then our own.
  if (pid === process.pid) return Date.now() - heartbeatAt.getTime() > 2 * heartbeatMs;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}
