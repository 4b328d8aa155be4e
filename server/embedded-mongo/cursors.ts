import { StoreError } from "./store-error.ts";

export const cursorIdleMs = 10 * 60 * 1000;
/** A reply holds a batch and some bytes around it. */
const maxBatchBytes = 16 * 1024 * 1024 - 16 * 1024;

/**
 * What a cursor reads from. `open` begins or goes on behind the last document taken; what it gives is used within one
 * turn only, since others write between batches.
 */
export type Source = { open(): Generator<{ bytes: Uint8Array; taken(): void }> };

type Cursor = { namespace: string; source: Source; lastUsed: number; immortal: boolean };

/** Cursors between getMore calls. One that nobody asks for in ten minutes is closed, as MongoDB does. */
export class Cursors {
  readonly #open = new Map<bigint, Cursor>();
  readonly #now: () => number;
  #lastId: bigint;

  constructor(now: () => number = Date.now) {
    this.#now = now;
    this.#lastId = BigInt(now()) << 16n;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Takes the first batch; keeps a cursor only where there is more. */
  start(
    namespace: string,
    source: Source,
    batchSize: number,
    { single = false, immortal = false } = {},
  ): { id: bigint; batch: Uint8Array[] } {
    const { documents, done } = take(source, batchSize);
    if (done || single) return { id: 0n, batch: documents };
    this.#lastId += 1n;
    this.#open.set(this.#lastId, { namespace, source, lastUsed: this.#now(), immortal });
    return { id: this.#lastId, batch: documents };
  }

  more(id: bigint, namespace: string, batchSize: number): { id: bigint; batch: Uint8Array[] } {
    const cursor = this.#open.get(id);
    if (!cursor) throw new StoreError(43, `cursor id ${id} not found`);
    if (cursor.namespace !== namespace)
      throw new StoreError(
        13,
        `Requested getMore on namespace '${namespace}', but cursor belongs to a different namespace ${cursor.namespace}`,
      );
    cursor.lastUsed = this.#now();
    try {
      const { documents, done } = take(cursor.source, batchSize);
      if (done) this.#open.delete(id);
      return { id: done ? 0n : id, batch: documents };
    } catch (error) {
      this.#open.delete(id);
      throw error;
    }
  }

  kill(id: bigint): boolean {
    return this.#open.delete(id);
  }

  closeIdle(): void {
    const until = this.#now() - cursorIdleMs;
    for (const [id, { lastUsed, immortal }] of this.#open) if (!immortal && lastUsed < until) this.#open.delete(id);
  }
}

function take(source: Source, batchSize: number): { documents: Uint8Array[]; done: boolean } {
  const documents: Uint8Array[] = [];
  let size = 0;
  for (const { bytes, taken } of source.open()) {
    if (documents.length >= batchSize || (documents.length > 0 && size + bytes.length > maxBatchBytes)) return { documents, done: false };
    documents.push(bytes);
    size += bytes.length;
    taken();
  }
  return { documents, done: true };
}
