/**
 * A plain model of a few MongoDB operations on documents of one shape, for the property test: arrays in memory, no
 * indexes, nothing shared with the store's own code.
 */
export type Thing = { _id: number; a?: number | string | null; b?: number; t?: (number | string)[]; s?: { x: number; y?: string } };

export type Condition =
  | { path: "a" | "b" | "t" | "s.x" | "_id"; is: "eq" | "gt" | "gte" | "lt" | "lte" | "ne"; value: number | string | null }
  | { path: "a" | "b" | "t" | "s.x" | "_id"; is: "in"; value: (number | string | null)[] }
  | { path: "a" | "b" | "t" | "s.x"; is: "exists"; value: boolean }
  | { or: Condition[][] };

export type Change =
  | { set: { path: "a" | "b" | "s.x"; value: number | string | null } }
  | { unset: "a" | "b" | "t" | "s" }
  | { inc: { path: "b" | "s.x"; by: number } }
  | { push: number | string }
  | { pull: number | string };

export class Refused extends Error {}

export class Model {
  things = new Map<number, Thing>();
  unique = false;

  matching(conditions: Condition[]): Thing[] {
    return [...this.things.values()].filter((thing) => conditions.every((condition) => holds(thing, condition)));
  }

  insert(thing: Thing): void {
    if (this.things.has(thing._id)) throw new Refused();
    this.#refuseDuplicate(thing);
    this.things.set(thing._id, thing);
  }

  /** Changes those that match, the first by _id or all; stops at the first that can't be. How many were changed in fact. */
  update(conditions: Condition[], change: Change, many: boolean): number {
    let changed = 0;
    const found = this.matching(conditions).sort((x, y) => x._id - y._id);
    for (const thing of many ? found : found.slice(0, 1)) {
      const next = apply(thing, change);
      this.#refuseDuplicate(next);
      this.things.set(thing._id, next);
      changed++;
    }
    return changed;
  }

  remove(conditions: Condition[], many: boolean): number {
    const found = this.matching(conditions).sort((x, y) => x._id - y._id);
    const gone = many ? found : found.slice(0, 1);
    for (const { _id } of gone) this.things.delete(_id);
    return gone.length;
  }

  /** Where b is unique (only among those that have one). */
  #refuseDuplicate(thing: Thing): void {
    if (!this.unique || thing.b === undefined) return;
    for (const other of this.things.values()) if (other._id !== thing._id && other.b === thing.b) throw new Refused();
  }
}

/** undefined where there is nothing. */
function valuesAt(thing: Thing, path: string): unknown[] {
  if (path === "t") return thing.t === undefined ? [undefined] : thing.t;
  if (path === "s.x") return [thing.s?.x];
  return [(thing as Record<string, unknown>)[path]];
}

function holds(thing: Thing, condition: Condition): boolean {
  if ("or" in condition) return condition.or.some((branch) => branch.every((one) => holds(thing, one)));
  const values = valuesAt(thing, condition.path);
  switch (condition.is) {
    case "exists":
      return (condition.path === "t" ? thing.t !== undefined : values[0] !== undefined) === condition.value;
    case "in":
      return condition.value.some((wanted) => values.some((value) => equal(value, wanted)));
    case "eq":
      return values.some((value) => equal(value, condition.value));
    case "ne":
      return !values.some((value) => equal(value, condition.value));
    default: {
      const { is, value: bound } = condition;
      if (bound === null) return (is === "gte" || is === "lte") && values.some((value) => equal(value, null));
      return values.some((value) => typeof value === typeof bound && compares(is, value as number, bound as number));
    }
  }
}

function compares(is: "gt" | "gte" | "lt" | "lte", a: number, b: number): boolean {
  return is === "gt" ? a > b : is === "gte" ? a >= b : is === "lt" ? a < b : a <= b;
}

function equal(value: unknown, wanted: unknown): boolean {
  return wanted === null ? value === null || value === undefined : value === wanted;
}

function apply(thing: Thing, change: Change): Thing {
  const next = structuredClone(thing);
  if ("set" in change) {
    const { path, value } = change.set;
    if (path === "s.x") next.s = { ...next.s, x: value as number };
    else (next as Record<string, unknown>)[path] = value;
  } else if ("unset" in change) delete next[change.unset];
  else if ("inc" in change) {
    const { path, by } = change.inc;
    if (path === "b") next.b = (next.b ?? 0) + by;
    else next.s = { ...next.s, x: (next.s?.x ?? 0) + by };
  } else if ("push" in change) next.t = [...(next.t ?? []), change.push];
  else if (next.t) next.t = next.t.filter((item) => item !== change.pull);
  return next;
}
