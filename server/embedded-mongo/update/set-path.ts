import { type Doc, isPlainObject } from "../bson-order.ts";
import { define } from "../decode.ts";
import { isArrayIndex, valueAt } from "../paths.ts";
import { StoreError } from "../store-error.ts";
import { inWords } from "../words.ts";

const mostPadding = 1_500_000;

/** Sets a dotted path, making the documents on the way; an array is entered by index and padded with nulls. */
export function setAt(doc: Doc, parts: readonly string[], value: unknown): void {
  let target: unknown = doc;
  for (const [i, part] of parts.entries()) {
    const last = i === parts.length - 1;
    if (Array.isArray(target)) {
      if (!isArrayIndex(part)) throw notViable(part, parts[i - 1], target);
      const index = Number(part);
      if (index > target.length + mostPadding) throw new StoreError(2, `can't backfill more than ${mostPadding} elements`);
      while (target.length < index) target.push(null);
      if (last) target[index] = value;
      else if (index >= target.length) target[index] = {};
      target = target[index];
    } else if (isPlainObject(target)) {
      if (last) define(target, part, value);
      else if (!Object.hasOwn(target, part)) define(target, part, {});
      target = target[part];
    } else {
      throw notViable(part, parts[i - 1], target);
    }
  }
}

function notViable(part: string, parent: string | undefined, value: unknown): StoreError {
  return new StoreError(28, `Cannot create field '${part}' in element {${parent ?? ""}: ${inWords(value)}}`);
}

export function unsetAt(doc: Doc, parts: readonly string[]): void {
  const parent = parts.length === 1 ? doc : valueAt(doc, parts.slice(0, -1));
  const last = parts.at(-1) as string;
  if (Array.isArray(parent)) {
    // MongoDB leaves a null behind so that the other elements keep their places.
    if (isArrayIndex(last) && Number(last) < parent.length) parent[Number(last)] = null;
  } else if (isPlainObject(parent)) {
    delete parent[last];
  }
}
