import type { Connection } from "mongoose";
import { naturalBatches } from "../natural-batches.ts";
import { type ApiKeyRecord, apiKeys } from "./api-key.ts";

type Waiting = { hash: string; resolve: (key: ApiKeyRecord | undefined) => void; reject: (error: unknown) => void };

const lookupsAtOnce = 2;
const mostPerLookup = 1_000;

/**
 * Looks keys up by their hash, always in the store, so that a revoked key is dead at once. Requests that come while two
 * lookups are under way share the next one: under load the store is asked once for many requests.
 */
export function keyFinder(db: Connection): (hash: string) => Promise<ApiKeyRecord | undefined> {
  const batches = naturalBatches<Waiting>(
    async (batch) => {
      try {
        const hashes = [...new Set(batch.map(({ hash }) => hash))];
        const found = await apiKeys(db)
          .collection.find<ApiKeyRecord>({ hash: { $in: hashes } })
          .toArray();
        const byHash = new Map(found.map((key) => [key.hash, key]));
        for (const { hash, resolve } of batch) resolve(byHash.get(hash));
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    },
    { atOnce: lookupsAtOnce, most: mostPerLookup },
  );
  return (hash) => new Promise((resolve, reject) => batches.add({ hash, resolve, reject }));
}
