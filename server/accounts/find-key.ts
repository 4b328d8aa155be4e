import type { Connection } from "mongoose";
import { type ApiKeyRecord, apiKeys } from "./api-key.ts";

type Waiting = { hash: string; resolve: (key: ApiKeyRecord | undefined) => void; reject: (error: unknown) => void };

const lookupsAtOnce = 2;

/**
 * Looks keys up by their hash, always in the store, so that a revoked key is dead at once. Requests that come while two
 * lookups are under way share the next one: under load the store is asked once for many requests.
 */
export function keyFinder(db: Connection): (hash: string) => Promise<ApiKeyRecord | undefined> {
  let waiting: Waiting[] = [];
  let underWay = 0;

  async function lookUp(batch: Waiting[]): Promise<void> {
    try {
      const found = await apiKeys(db)
        .collection.find<ApiKeyRecord>({ hash: { $in: [...new Set(batch.map(({ hash }) => hash))] } })
        .toArray();
      const byHash = new Map(found.map((key) => [key.hash, key]));
      for (const { hash, resolve } of batch) resolve(byHash.get(hash));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  function pump(): void {
    while (underWay < lookupsAtOnce && waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      underWay++;
      lookUp(batch).finally(() => {
        underWay--;
        pump();
      });
    }
  }

  return (hash) =>
    new Promise((resolve, reject) => {
      waiting.push({ hash, resolve, reject });
      pump();
    });
}
