import { type Doc, isPlainObject, MISSING } from "../bson-order.ts";
import { compileMatcher, matchedElement, type Predicate } from "../matcher.ts";
import { valueAt } from "../paths.ts";
import { StoreError } from "../store-error.ts";
import { inWords } from "../words.ts";

const identifier = /^[a-z][a-zA-Z0-9]*$/;

/** The filters of `arrayFilters` by the name that each is for. */
export type ArrayFilters = ReadonlyMap<string, Predicate>;

/** Each filter is about one identifier: `{"grade.score": {$gt: 80}}` is about `grade`. */
export function compileArrayFilters(given: unknown): ArrayFilters {
  if (given === undefined || given === null) return new Map();
  if (!Array.isArray(given)) throw new StoreError(14, "'arrayFilters' must be an array");
  const filters = new Map<string, Predicate>();
  for (const filter of given as unknown[]) {
    if (!isPlainObject(filter)) throw new StoreError(14, "each of 'arrayFilters' must be an object");
    const names = new Set(fieldsOf(filter).map((path) => path.split(".")[0] as string));
    const [name] = names;
    if (name === undefined) throw new StoreError(9, "Cannot use an expression without a top-level field name in arrayFilters");
    if (names.size > 1)
      throw new StoreError(
        9,
        `Error parsing array filter :: caused by :: Expected a single top-level field name, found '${[...names].join("' and '")}'`,
      );
    if (!identifier.test(name))
      throw new StoreError(
        2,
        `Error parsing array filter :: caused by :: The top-level field name must be an alphanumeric string beginning with a lowercase letter, found '${name}'`,
      );
    if (filters.has(name)) throw new StoreError(9, `Found multiple array filters with the same top-level field name ${name}`);
    filters.set(name, compileMatcher(filter));
  }
  return filters;
}

function fieldsOf(filter: Doc): string[] {
  return Object.entries(filter).flatMap(([key, value]) =>
    key.startsWith("$") && Array.isArray(value) ? value.flatMap((part) => (isPlainObject(part) ? fieldsOf(part) : [])) : [key],
  );
}

export function isPositional(part: string): boolean {
  return part.startsWith("$");
}

export function identifierIn(part: string): string | undefined {
  return /^\$\[(.+)\]$/.exec(part)?.[1];
}

/**
 * The paths that one with `$`, `$[]` or `$[name]` stands for in a document: `grades.$[g].done` with two elements that
 * match `g` becomes two paths.
 */
export function concretePaths(
  doc: Doc,
  parts: readonly string[],
  { filter, arrayFilters }: { filter: Doc; arrayFilters: ArrayFilters },
): string[][] {
  const at = parts.findIndex(isPositional);
  if (at < 0) return [[...parts]];
  const before = parts.slice(0, at);
  const after = parts.slice(at + 1);
  return elements(doc, before, parts[at] as string, { filter, arrayFilters }).flatMap((index) =>
    concretePaths(doc, [...before, String(index), ...after], { filter, arrayFilters }),
  );
}

function elements(
  doc: Doc,
  before: string[],
  part: string,
  { filter, arrayFilters }: { filter: Doc; arrayFilters: ArrayFilters },
): number[] {
  const path = before.join(".");
  if (part === "$") {
    const index = matchedElement(filter, doc, before);
    if (index === undefined) throw new StoreError(2, "The positional operator did not find the match needed from the query.");
    return [index];
  }
  const array = valueAt(doc, before);
  if (array === MISSING) throw new StoreError(2, `The path '${path}' must exist in the document in order to apply array updates.`);
  if (!Array.isArray(array)) throw new StoreError(2, `Cannot apply array updates to non-array element ${before.at(-1)}: ${inWords(array)}`);
  const name = identifierIn(part);
  const test = name === undefined ? undefined : arrayFilters.get(name);
  return array.flatMap((element, index) => (name === undefined || test?.({ [name]: element }) ? [index] : []));
}
