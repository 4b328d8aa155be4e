import { type Found, query } from "./query.ts";
import type { Storage } from "./storage.ts";

/** One transaction stays short, so that expiry never holds up a writer for long. */
const perTransaction = 500;

/** TTL indexes: removes documents whose date is older than `expireAfterSeconds`. */
export function expireDocuments(storage: Storage, now: Date): void {
  if (storage.closed) return;
  for (const [, collection] of storage.allCollections()) {
    for (const index of collection.indexes) {
      if (index.expireAfterSeconds === undefined || index.key.length !== 1) continue;
      const [path] = index.key[0] as [string, 1 | -1];
      const filter = { ...index.partialFilterExpression, [path]: { $lt: new Date(now.getTime() - index.expireAfterSeconds * 1000) } };
      const batch: Found[] = [];
      for (const found of query(storage, collection, filter)) {
        batch.push(found);
        if (batch.length === perTransaction) break;
      }
      if (batch.length === 0) continue;
      storage.commit(() => {
        for (const { key, doc } of batch) storage.remove(collection, key, doc);
      });
      if (batch.length === perTransaction) setImmediate(() => expireDocuments(storage, now));
    }
  }
}
