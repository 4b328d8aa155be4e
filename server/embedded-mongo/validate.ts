import { indexEntries } from "./collection.ts";
import { decode } from "./decode.ts";
import type { Storage } from "./storage.ts";

export type Validation = { nrecords: number; keysPerIndex: Record<string, number>; errors: string[] };

const mostErrors = 20;

/**
 * Looks at every document and every index entry of a collection: each document can be read, each index files it under
 * the keys that it has now, and holds nothing else. Reads only.
 */
export function validateCollection(storage: Storage, namespace: string): Validation {
  const collection = storage.collection(namespace);
  const errors: string[] = [];
  const problem = (text: string) => void (errors.length < mostErrors && errors.push(text));
  const expected = new Map<string, number>();
  let nrecords = 0;
  if (!collection) return { nrecords, keysPerIndex: {}, errors: [`the collection ${namespace} does not exist`] };
  for (const { key, raw } of storage.scanDocs(collection)) {
    nrecords++;
    try {
      const doc = decode(raw);
      for (const index of collection.indexes) {
        const { keys } = indexEntries(index, doc);
        expected.set(index.name, (expected.get(index.name) ?? 0) + keys.length);
        for (const fields of keys)
          if (!storage.hasEntry(index, fields, key))
            problem(`index ${index.name} lacks an entry of the document ${key.subarray(4).toString("hex")}`);
      }
    } catch (error) {
      problem(`a document can't be read: ${(error as Error).message}`);
    }
  }
  const keysPerIndex: Record<string, number> = { _id_: nrecords };
  for (const index of collection.indexes) {
    const count = storage.entryCount(index);
    keysPerIndex[index.name] = count;
    const wanted = expected.get(index.name) ?? 0;
    if (count !== wanted) problem(`index ${index.name} has ${count} entries, the documents make ${wanted}`);
  }
  if (storage.count(collection) !== nrecords) problem(`${storage.count(collection)} documents are counted, ${nrecords} are there`);
  return { nrecords, keysPerIndex, errors };
}
