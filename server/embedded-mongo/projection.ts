import { type Doc, isPlainObject, numeric, rank, rankOf } from "./bson-order.ts";
import { StoreError } from "./store-error.ts";
import { setAt } from "./updater.ts";

export type Project = (doc: Doc) => Doc;

/** Compiles an inclusion or exclusion projection; expressions, `$slice`, `$elemMatch` and `$` are refused. */
export function compileProjection(spec: unknown): Project | undefined {
  if (spec === undefined || (isPlainObject(spec) && Object.keys(spec).length === 0)) return undefined;
  if (!isPlainObject(spec)) throw new StoreError(14, "projection must be an object");
  const entries = Object.entries(flatten(spec)).map(([path, value]) => ({
    path,
    parts: path.split("."),
    include: isIncluded(path, value),
  }));
  const fields = entries.filter(({ path }) => path !== "_id");
  const idRule = entries.find(({ path }) => path === "_id");
  const including = fields.length > 0 ? (fields[0] as { include: boolean }).include : (idRule?.include ?? false);
  const odd = fields.find(({ include }) => include !== including);
  if (odd) {
    throw new StoreError(
      31254,
      `Cannot do ${odd.include ? "inclusion" : "exclusion"} on field ${odd.path} in ${including ? "inclusion" : "exclusion"} projection`,
    );
  }
  const paths = fields.map(({ parts }) => parts);
  if (!including) {
    const excluded = idRule?.include === false ? [...paths, ["_id"]] : paths;
    return (doc) => exclude(doc, excluded) as Doc;
  }
  const included = idRule?.include === false ? paths : [["_id"], ...paths];
  return (doc) => include(doc, included) as Doc;
}

/** `{a: {b: 1}}` means `{"a.b": 1}`. */
function flatten(spec: Doc, prefix = ""): Doc {
  const flat: Doc = {};
  for (const [key, value] of Object.entries(spec)) {
    if (isPlainObject(value) && !Object.keys(value).some((inner) => inner.startsWith("$")))
      Object.assign(flat, flatten(value, `${prefix}${key}.`));
    else flat[`${prefix}${key}`] = value;
  }
  return flat;
}

function isIncluded(path: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  if (rankOf(value) === rank.number) return Number(numeric(value)) !== 0;
  throw new StoreError(238, `Projection of '${path}' by an expression is not implemented by the embedded store`);
}

function include(value: unknown, paths: string[][]): unknown {
  if (Array.isArray(value)) return value.filter((item) => isPlainObject(item) || Array.isArray(item)).map((item) => include(item, paths));
  if (!isPlainObject(value)) return value;
  const kept: Doc = {};
  for (const key of Object.keys(value)) {
    const below = paths.filter((path) => path[0] === key).map((path) => path.slice(1));
    if (below.length === 0) continue;
    if (below.some((rest) => rest.length === 0)) setAt(kept, [key], value[key]);
    else if (isPlainObject(value[key]) || Array.isArray(value[key])) setAt(kept, [key], include(value[key], below));
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
    setAt(kept, [key], below.length === 0 ? value[key] : exclude(value[key], below));
  }
  return kept;
}
