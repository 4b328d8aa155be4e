import { serialize } from "bson";
import type { Doc } from "../bson-order.ts";
import type { Source } from "../cursors.ts";
import { decodeTyped } from "../decode.ts";
import type { Project } from "../projection.ts";
import { type Effort, type Found, type Position, prepare, type QueryOptions, query } from "../query.ts";
import type { Storage } from "../storage.ts";
import { StoreError } from "../store-error.ts";

export type Reading = Pick<QueryOptions, "sort" | "hint" | "deadline"> & {
  filter: Doc;
  skip: number;
  /** Infinity where all are wanted. */
  limit: number;
  project?: Project | undefined;
  effort?: Effort | undefined;
};

/**
 * A query as a cursor reads it. Where an index gives the order it goes on behind the last document read, so that it
 * holds nothing between batches; where a sort had to be made it keeps the keys in order and reads each document when its
 * turn comes, passing over those that have gone or match no longer.
 */
export function readQuery(storage: Storage, namespace: string, reading: Reading): Source {
  const { filter, skip, limit, project, ...options } = reading;
  const collection = storage.collection(namespace);
  const prepared = prepare(storage, collection, filter, options);
  const shown = ({ raw }: Pick<Found, "raw">): Uint8Array =>
    project ? serialize(project(decodeTyped(raw)), { ignoreUndefined: true }) : raw;
  let left = limit;

  if (prepared.sorted) {
    let skipped = 0;
    let position: Position | undefined;
    return {
      *open() {
        if (position && storage.collection(namespace) !== collection) throw gone(namespace);
        for (const found of query(storage, collection, filter, { ...options, from: position })) {
          if (left <= 0) return;
          if (skipped < skip) {
            skipped++;
            position = found.at;
            continue;
          }
          yield {
            bytes: shown(found),
            taken() {
              position = found.at;
              left--;
            },
          };
        }
      },
    };
  }

  let keys: Buffer[] | undefined;
  let next = 0;
  return {
    *open() {
      if (!keys) {
        // The first batch is read in the same turn, so its documents needn't be looked up again.
        const rows = [...query(storage, collection, filter, { ...options, limit: skip + limit })].slice(skip, skip + limit);
        keys = rows.map(({ key }) => key);
        for (const row of rows) yield { bytes: shown(row), taken: () => void next++ };
        return;
      }
      if (storage.collection(namespace) !== collection) throw gone(namespace);
      while (next < keys.length) {
        const raw = storage.get(keys[next] as Buffer);
        if (!raw || !prepared.matches(prepared.read(raw))) next++;
        else yield { bytes: shown({ raw }), taken: () => void next++ };
      }
    },
  };
}

function gone(namespace: string): StoreError {
  return new StoreError(175, `collection dropped: '${namespace}'`);
}
