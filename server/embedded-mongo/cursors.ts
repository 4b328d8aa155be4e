import { StoreError } from "./store-error.ts";

const idleMs = 10 * 60 * 1000;
const maxBatchBytes = 16 * 1024 * 1024 - 16 * 1024;

type Cursor = { namespace: string; next: () => Uint8Array | undefined; lastUsed: number };

/** Cursors between getMore calls. A cursor nobody asks for in ten minutes is closed, as MongoDB does. */
export class Cursors {
  readonly #open = new Map<bigint, Cursor>();
  #lastId = BigInt(Date.now()) << 16n;

  /** Takes the first batch; keeps a cursor only where there is more. `next` gives documents until undefined. */
  start(namespace: string, next: () => Uint8Array | undefined, batchSize: number): { id: bigint; batch: Uint8Array[] } {
    const cursor: Cursor = { namespace, next: peekable(next), lastUsed: Date.now() };
    const batch = take(cursor, batchSize);
    if (batch.done) return { id: 0n, batch: batch.documents };
    this.#lastId += 1n;
    this.#open.set(this.#lastId, cursor);
    return { id: this.#lastId, batch: batch.documents };
  }

  more(id: bigint, namespace: string, batchSize: number): { id: bigint; batch: Uint8Array[] } {
    const cursor = this.#open.get(id);
    if (!cursor || cursor.namespace !== namespace) throw new StoreError(43, `cursor id ${id} not found`);
    cursor.lastUsed = Date.now();
    const { documents, done } = take(cursor, batchSize);
    if (done) this.#open.delete(id);
    return { id: done ? 0n : id, batch: documents };
  }

  kill(id: bigint): boolean {
    return this.#open.delete(id);
  }

  closeIdle(): void {
    for (const [id, cursor] of this.#open) if (Date.now() - cursor.lastUsed > idleMs) this.#open.delete(id);
  }
}

type Peekable = (() => Uint8Array | undefined) & { putBack?: Uint8Array | undefined };

function peekable(next: () => Uint8Array | undefined): Peekable {
  const wrapped: Peekable = () => {
    const kept = wrapped.putBack;
    wrapped.putBack = undefined;
    return kept ?? next();
  };
  return wrapped;
}

function take(cursor: Cursor, batchSize: number): { documents: Uint8Array[]; done: boolean } {
  const documents: Uint8Array[] = [];
  let bytes = 0;
  while (documents.length < batchSize) {
    const document = cursor.next();
    if (!document) return { documents, done: true };
    if (documents.length > 0 && bytes + document.length > maxBatchBytes) {
      (cursor.next as Peekable).putBack = document;
      return { documents, done: false };
    }
    documents.push(document);
    bytes += document.length;
  }
  const following = cursor.next();
  if (!following) return { documents, done: true };
  (cursor.next as Peekable).putBack = following;
  return { documents, done: false };
}
