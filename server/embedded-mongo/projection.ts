import { type Doc, isPlainObject, rank, rankOf } from "./bson-order.ts";
import { define } from "./decode.ts";
import { compileMatcher, matchedElement } from "./matcher.ts";
import { numeric } from "./numbers.ts";
import { StoreError } from "./store-error.ts";

export type Project = (doc: Doc) => Doc;

/** What is done with an array at a path: shows some of it. */
type ArrayRule = { parts: string[]; show(array: unknown[], doc: Doc): unknown[] | undefined };

/**
 * Compiles a projection: inclusion or exclusion, `$slice`, `$elemMatch` and the positional `$`; expressions are refused.
 * `filter` is the query, which `$` refers to. Source of the semantics: MongoDB manual, "Projection".
 */
export function compileProjection(spec: unknown, filter: Doc = {}): Project | undefined {
  if (spec === undefined || spec === null || (isPlainObject(spec) && Object.keys(spec).length === 0)) return undefined;
  if (!isPlainObject(spec)) throw new StoreError(14, "projection must be an object");
  const rules: { path: string; include: boolean; neutral?: boolean; array?: ArrayRule }[] = Object.entries(flatten(spec)).map(
    ([path, value]) => ruleOf(path, value, filter),
  );
  const idRule = rules.find(({ path }) => path === "_id");
  const fields = rules.filter(({ path }) => path !== "_id");
  // `$slice` says nothing about the other fields.
  const deciding = fields.find(({ neutral }) => !neutral);
  const including = deciding ? deciding.include : (idRule?.include ?? false) && !fields.some(({ neutral }) => neutral);
  const odd = fields.find(({ include, neutral }) => !neutral && include !== including);
  if (odd)
    throw new StoreError(
      odd.include ? 31253 : 31254,
      `Cannot do ${odd.include ? "inclusion" : "exclusion"} on field ${odd.path} in ${including ? "inclusion" : "exclusion"} projection`,
    );
  refuseCollisions(rules.map(({ path }) => path));
  const arrays = rules.flatMap(({ array }) => array ?? []);
  const paths = fields.filter(({ neutral }) => including || !neutral).map(({ path, array }) => array?.parts ?? path.split("."));
  const keepId = idRule ? idRule.include : true;
  const shown: Project = including
    ? (doc) => include(doc, keepId ? [["_id"], ...paths] : paths) as Doc
    : (doc) => exclude(doc, keepId ? paths : [...paths, ["_id"]]) as Doc;
  if (arrays.length === 0) return shown;
  return (doc) => {
    const out = shown(doc);
    for (const { parts, show } of arrays) showPart(out, parts, (array) => show(array, doc));
    return out;
  };
}

function ruleOf(path: string, value: unknown, filter: Doc): { path: string; include: boolean; neutral?: boolean; array?: ArrayRule } {
  if (path.endsWith(".$")) {
    const parts = path.slice(0, -2).split(".");
    const show = (array: unknown[], doc: Doc) => {
      const index = matchedElement(filter, doc, parts);
      if (index === undefined)
        throw new StoreError(
          51246,
          "Executor error during find command :: caused by :: positional operator '.$' couldn't find a matching element in the array",
        );
      return array.slice(index, index + 1);
    };
    return { path, include: true, array: { parts, show } };
  }
  if (path.split(".").some((part) => part.startsWith("$")))
    throw new StoreError(16410, `FieldPath field names may not start with '$'. Consider using $getField or $setField: ${path}`);
  if (typeof value === "boolean") return { path, include: value };
  if (rankOf(value) === rank.number) return { path, include: Number(numeric(value)) !== 0 };
  const [operator, operand] =
    isPlainObject(value) && Object.keys(value).length === 1 ? (Object.entries(value)[0] as [string, unknown]) : [];
  const parts = path.split(".");
  if (operator === "$slice") {
    const [skip, limit] = sliceOf(operand);
    return { path, include: true, neutral: true, array: { parts, show: (array) => sliced(array, skip, limit) } };
  }
  if (operator === "$elemMatch") {
    if (!isPlainObject(operand)) throw new StoreError(31274, "elemMatch: Invalid argument, object required");
    const test = compileMatcher({ array: { $elemMatch: operand } });
    const first = (array: unknown[]) => {
      const index = array.findIndex((element) => test({ array: [element] }));
      return index < 0 ? undefined : array.slice(index, index + 1);
    };
    return { path, include: true, array: { parts, show: first } };
  }
  throw new StoreError(238, `Projection of '${path}' by an expression is not implemented by the embedded store`);
}

function sliceOf(operand: unknown): [skip: number | undefined, limit: number] {
  const numbers = (Array.isArray(operand) ? operand : [operand]).map((one) =>
    rankOf(one) === rank.number ? Number(numeric(one)) : Number.NaN,
  );
  if (numbers.some(Number.isNaN) || (Array.isArray(operand) && numbers.length !== 2))
    throw new StoreError(28667, "Invalid $slice syntax. The given syntax did not match the find() syntax: a number, or [skip, limit]");
  if (!Array.isArray(operand)) return [undefined, numbers[0] as number];
  const [skip, limit] = numbers as [number, number];
  if (limit <= 0) throw new StoreError(28724, "First argument to $slice must be followed by a limit that is positive");
  return [skip, limit];
}

function sliced(array: unknown[], skip: number | undefined, limit: number): unknown[] {
  if (skip === undefined) return limit < 0 ? array.slice(limit) : array.slice(0, limit);
  const start = skip < 0 ? Math.max(0, array.length + skip) : skip;
  return array.slice(start, start + limit);
}

/** `{a: {b: 1}}` means `{"a.b": 1}`. */
function flatten(spec: Doc, prefix = ""): Doc {
  const flat: Doc = {};
  for (const [key, value] of Object.entries(spec)) {
    if (isPlainObject(value) && Object.keys(value).length > 0 && !Object.keys(value).some((inner) => inner.startsWith("$")))
      Object.assign(flat, flatten(value, `${prefix}${key}.`));
    else flat[`${prefix}${key}`] = value;
  }
  return flat;
}

function refuseCollisions(paths: string[]): void {
  const sorted = [...paths].sort();
  for (const [i, path] of sorted.entries()) {
    const below = sorted.slice(i + 1).find((other) => other.startsWith(`${path}.`) && other !== `${path}.$`);
    if (below) throw new StoreError(31249, `Path collision at ${below} remaining portion ${below.slice(path.length + 1)}`);
  }
}

function include(value: unknown, paths: string[][]): unknown {
  if (Array.isArray(value)) return value.filter((item) => isPlainObject(item) || Array.isArray(item)).map((item) => include(item, paths));
  if (!isPlainObject(value)) return value;
  const kept: Doc = {};
  for (const key of Object.keys(value)) {
    const below = paths.filter((path) => path[0] === key).map((path) => path.slice(1));
    if (below.length === 0) continue;
    if (below.some((rest) => rest.length === 0)) define(kept, key, value[key]);
    else if (isPlainObject(value[key]) || Array.isArray(value[key])) define(kept, key, include(value[key], below));
  }
  return kept;
}

function exclude(value: unknown, paths: string[][]): unknown {
  if (Array.isArray(value)) return value.map((item) => exclude(item, paths));
  if (!isPlainObject(value)) return value;
  const kept: Doc = {};
  for (const key of Object.keys(value)) {
    const below = paths.filter((path) => path[0] === key).map((path) => path.slice(1));
    if (below.some((rest) => rest.length === 0)) continue;
    define(kept, key, below.length === 0 ? value[key] : exclude(value[key], below));
  }
  return kept;
}

/** Puts another array in the place of the one at a path; where `show` gives none, the field goes. */
function showPart(doc: Doc, parts: readonly string[], show: (array: unknown[]) => unknown[] | undefined): void {
  const [part = "", ...rest] = parts;
  const value = doc[part];
  if (rest.length > 0) {
    for (const inner of Array.isArray(value) ? value : [value]) if (isPlainObject(inner)) showPart(inner, rest, show);
    return;
  }
  if (!Array.isArray(value)) return;
  const shown = show(value);
  if (shown) doc[part] = shown;
  else delete doc[part];
}
