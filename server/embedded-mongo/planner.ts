import { compareValues, type Doc, isPlainObject, rank, rankOf } from "./bson-order.ts";
import { type Collection, encodeDirected, type Index } from "./collection.ts";
import { afterPrefix, encodeValue, inverted, joinFields } from "./index-keys.ts";
import { compileMatcher, isOperatorDocument, isRegex } from "./matcher.ts";
import { numeric } from "./numbers.ts";
import { docKey, type KeyRange, prefixOf, prefixRange } from "./storage.ts";
import { StoreError } from "./store-error.ts";

export type Sort = [path: string, direction: 1 | -1][];

/**
 * How to reach the documents of a query. A plan finds a superset (the matcher looks at each document again), so a
 * bound may always be looser than the query, never tighter.
 */
export type Plan = {
  /** undefined: the documents' own tree, which is in the order of _id. */
  index: Index | undefined;
  /** In the order of their keys, and none runs into the next. */
  ranges: KeyRange[];
  reverse: boolean;
  /** The scan gives the order that was asked for. */
  sorted: boolean;
  /** It reads everything there is. */
  whole: boolean;
  /** Queries whose documents another part of the plan has given already. */
  unless: Doc[];
};

type Bound = { value: unknown; inclusive: boolean };
type Constraint = { points?: unknown[]; low?: Bound; high?: Bound };

const maxRanges = 1_000;

/** `hint` is an index's name or key, or `{$natural: 1}` for none; it is followed, whatever it leaves out. */
export function plan(collection: Collection, filter: Doc, sort: Sort, hint?: unknown): Plan[] {
  if (hint !== undefined && hint !== null) return [hinted(collection, filter, sort, hint)];
  const branches = filter.$or;
  const single = planConjunction(collection, filter, sort);
  // `$or` is served branch by branch only where no index serves the query as a whole.
  if (!single.whole || !Array.isArray(branches) || sort.length > 0) return [single];
  const queries = branches.map((branch) => ({ $and: [branch, omitOr(filter)] }));
  const parts = queries.map((query) => planConjunction(collection, query, []));
  return parts.some((part) => part.whole) ? [single] : parts.map((part, i) => ({ ...part, unless: queries.slice(0, i) }));
}

function omitOr(filter: Doc): Doc {
  return Object.fromEntries(Object.entries(filter).filter(([key]) => key !== "$or"));
}

function hinted(collection: Collection, filter: Doc, sort: Sort, hint: unknown): Plan {
  const constraints = constraintsOf(filter);
  if (isPlainObject(hint) && Object.keys(hint)[0] === "$natural")
    return { ...wholeScan(collection), reverse: Number(numeric(hint.$natural)) < 0, sorted: sort.length === 0 };
  const key = isPlainObject(hint) ? JSON.stringify(Object.entries(hint).map(([path, way]) => [path, Number(way)])) : undefined;
  if (hint === "_id_" || key === '[["_id",1]]') return idScan(collection, constraints.get("_id"), sort);
  const index = collection.indexes.find((one) => (key === undefined ? one.name === hint : JSON.stringify(one.key) === key));
  const scan = index && indexScan(index, constraints, filter, sort, true);
  if (!scan)
    throw new StoreError(
      2,
      "error processing query: planner returned error :: caused by :: hint provided does not correspond to an existing index",
    );
  return scan.plan;
}

function constraintsOf(filter: Doc): Map<string, Constraint> {
  const constraints = new Map<string, Constraint>();
  collect(filter, constraints);
  return constraints;
}

function planConjunction(collection: Collection, filter: Doc, sort: Sort): Plan {
  const constraints = constraintsOf(filter);
  const byId = constraints.get("_id");
  let best = idScan(collection, byId, sort);
  if (byId?.points) return best;
  let bestScore = (best.whole ? 0 : 5) + (best.sorted && sort.length > 0 ? 2 : 0);
  for (const index of collection.indexes) {
    const candidate = indexScan(index, constraints, filter, sort);
    if (candidate && candidate.score > bestScore) {
      best = candidate.plan;
      bestScore = candidate.score;
    }
  }
  return best;
}

function wholeScan(collection: Collection): Plan {
  return { index: undefined, ranges: [prefixRange(collection.id)], reverse: false, sorted: true, whole: true, unless: [] };
}

/** The documents' own tree is an index on _id, unless an _id was so long that its key was cut. */
function idScan(collection: Collection, constraint: Constraint | undefined, sort: Sort): Plan {
  const [path, way] = sort[0] ?? [];
  const prefix = prefixOf(collection.id);
  const points = constraint?.points?.map((id) => {
    const start = docKey(collection, id);
    return { start, end: Buffer.concat([start, Buffer.of(0)]) };
  });
  const range = constraint && !collection.lossyIds ? rangeOf(constraint, 1, prefix) : undefined;
  const ranges = points ? inOrder(points) : range ? [range] : [prefixRange(collection.id)];
  const sorted =
    sort.length === 0 || ranges.length === 0 || (points?.length === 1 && ranges.length === 1) || (path === "_id" && !collection.lossyIds);
  return { index: undefined, ranges, reverse: path === "_id" && way === -1, sorted, whole: !points && !range, unless: [] };
}

function indexScan(
  index: Index,
  constraints: Map<string, Constraint>,
  filter: Doc,
  sort: Sort,
  forced = false,
): { plan: Plan; score: number } | undefined {
  if (!forced && !covers(index, constraints, filter)) return undefined;
  let prefixes = [prefixOf(index.id)];
  let matched = 0;
  let fixed = 0;
  for (const [path, direction] of index.key) {
    const points = constraints.get(path)?.points;
    if (!points || prefixes.length * points.length > maxRanges) break;
    prefixes = prefixes.flatMap((prefix) => points.map((point) => Buffer.concat([prefix, encodeDirected(point, direction).bytes])));
    matched++;
    if (points.length === 1 && fixed === matched - 1) fixed = matched;
  }
  const next = index.key[matched];
  const constraint = next && constraints.get(next[0]);
  const ranges =
    next && constraint && (constraint.low || constraint.high)
      ? prefixes.map((prefix) => rangeOf(index.multikey ? oneSided(constraint) : constraint, next[1], prefix))
      : [];
  const ranged = ranges.length > 0 && ranges.every((range) => range !== undefined);
  // A key that was cut as a whole sorts anywhere under its first fields, so its bounds may be too tight.
  const cut = index.lossy && (ranged || matched < index.key.length);
  if (cut && !forced) return undefined;

  const direction = sortDirection(index, fixed, sort);
  const sorted = sort.length === 0 || direction !== undefined;
  // A partial index that answers the query is short even where it is read whole.
  const usable = matched > 0 || ranged || (sorted && sort.length > 0) || index.partialFilterExpression !== undefined;
  if (!usable && !forced) return undefined;
  const score =
    (index.partialFilterExpression ? 1 : 0) +
    matched * 10 +
    (ranged ? 6 : 0) +
    (sort.length > 0 && sorted ? 4 : 0) +
    (index.unique && matched === index.key.length ? 20 : 0);
  const bounds = cut
    ? [prefixRange(index.id)]
    : ranged
      ? (ranges as KeyRange[])
      : prefixes.map((start) => ({ start, end: afterPrefix(start) as Buffer }));
  const whole = cut || (matched === 0 && !ranged && !index.partialFilterExpression);
  return { score, plan: { index, ranges: inOrder(bounds), reverse: direction === -1, sorted, whole, unless: [] } };
}

/** Sorted, and those that touch or overlap made one, so that walking them gives the index's order and no entry twice. */
function inOrder(ranges: KeyRange[]): KeyRange[] {
  if (ranges.length < 2) return ranges;
  const merged: KeyRange[] = [];
  for (const range of [...ranges].sort((a, b) => Buffer.compare(a.start, b.start))) {
    const last = merged.at(-1);
    if (!last || Buffer.compare(range.start, last.end) > 0) merged.push({ ...range });
    else if (Buffer.compare(range.end, last.end) > 0) last.end = range.end;
  }
  return merged;
}

/** 1 or -1 where walking the index forwards or backwards gives the sort's order; fields fixed by equality don't count. */
function sortDirection(index: Index, fixed: number, sort: Sort): 1 | -1 | undefined {
  if (sort.length === 0) return 1;
  if (index.multikey || index.lossy) return undefined;
  const constant = new Set(index.key.slice(0, fixed).map(([path]) => path));
  const wanted = sort.filter(([path]) => !constant.has(path));
  if (wanted.length === 0) return 1;
  const fields = index.key.slice(fixed);
  let direction: 1 | -1 | undefined;
  for (const [i, [path, way]] of wanted.entries()) {
    const field = fields[i];
    // Entries of equal keys lie in the order of _id, always forwards.
    const [fieldPath, fieldWay] = field ?? ["_id", 1];
    if (fieldPath !== path) return undefined;
    const needed = (fieldWay === way ? 1 : -1) as 1 | -1;
    direction ??= needed;
    if (direction !== needed) return undefined;
    if (!field) return i === wanted.length - 1 ? direction : undefined;
  }
  return direction;
}

/** May this query be answered from a partial or sparse index: does it ask for nothing that the index leaves out? */
function covers(index: Index, constraints: Map<string, Constraint>, filter: Doc): boolean {
  if (index.sparse && !index.key.some(([path]) => demandsPresence(constraints.get(path)))) return false;
  const partial = index.partialFilterExpression;
  if (!partial) return true;
  return Object.entries(partial).every(
    ([path, condition]) =>
      JSON.stringify(filter[path]) === JSON.stringify(condition) || implies(constraints.get(path), condition, filter[path]),
  );
}

/** Does what the query says of a path leave only documents that meet the partial filter's condition on it? */
function implies(constraint: Constraint | undefined, condition: unknown, asked: unknown): boolean {
  const operators: Doc = isOperatorDocument(condition) ? condition : { $eq: condition };
  return Object.entries(operators).every(([operator, operand]) => {
    if (operator === "$exists") return demandsPresence(constraint) || asksForPresence(asked);
    if (!constraint) return false;
    if (constraint.points) {
      const meets = compileMatcher({ value: { [operator]: operand } });
      return constraint.points.every((value) => meets({ value }));
    }
    const above = operator === "$gt" || operator === "$gte";
    const bound = above ? constraint.low : operator === "$lt" || operator === "$lte" ? constraint.high : undefined;
    if (!bound || rankOf(bound.value) !== rankOf(operand)) return false;
    const order = compareValues(bound.value, operand) * (above ? 1 : -1);
    return order > 0 || (order === 0 && (operator.endsWith("e") || !bound.inclusive));
  });
}

function asksForPresence(condition: unknown): boolean {
  return isPlainObject(condition) && condition.$exists === true;
}

function demandsPresence(constraint: Constraint | undefined): boolean {
  if (!constraint) return false;
  if (constraint.points) return constraint.points.every((point) => rankOf(point) !== rank.null);
  return constraint.low !== undefined || constraint.high !== undefined;
}

function oneSided(constraint: Constraint): Constraint {
  return constraint.low ? { low: constraint.low } : constraint;
}

/** Types whose comparisons reach beyond their own keys, or whose keys don't keep their order. */
const unranged = new Set<number>([rank.array, rank.object, rank.regex, rank.null, rank.minKey, rank.maxKey]);

/** A range within one type bracket, as comparison operators have it. */
function rangeOf(constraint: Constraint, direction: 1 | -1, prefix: Buffer): KeyRange | undefined {
  const { low, high } = constraint;
  const sample = low ?? high;
  if (!sample) return undefined;
  const type = rankOf(sample.value);
  if ((low && rankOf(low.value) !== type) || (high && rankOf(high.value) !== type)) return undefined;
  if (unranged.has(type)) return undefined;
  // A long string's key is cut: compare from the start of what was kept.
  const from = low ? encodeValue(low.value) : { bytes: Buffer.of(type), lossy: false };
  const to = high ? encodeValue(high.value) : { bytes: Buffer.of(type), lossy: false };
  if (from.lossy || to.lossy) return undefined;
  const first = from.bytes;
  // Inclusive bounds run to the end of the keys that begin with the value; exclusive ones still pass equal keys to the matcher.
  const last = afterPrefix(high ? to.bytes : Buffer.of(type)) as Buffer;
  if (direction === 1) return { start: Buffer.concat([prefix, first]), end: Buffer.concat([prefix, last]) };
  const start = high ? inverted(to.bytes) : Buffer.of(~type & 0xff);
  const end = afterPrefix(low ? inverted(from.bytes) : Buffer.of(~type & 0xff)) as Buffer;
  return { start: Buffer.concat([prefix, start]), end: Buffer.concat([prefix, end]) };
}

/** Gathers what the query's conjunction says of each path; what it can't use it leaves to the matcher. */
function collect(filter: Doc, constraints: Map<string, Constraint>): void {
  for (const [key, condition] of Object.entries(filter)) {
    if (key === "$and" && Array.isArray(condition)) for (const part of condition) collect(part as Doc, constraints);
    if (key.startsWith("$")) continue;
    const constraint = constraints.get(key) ?? {};
    if (isOperatorDocument(condition)) {
      for (const [operator, operand] of Object.entries(condition)) narrow(constraint, operator, operand);
    } else {
      narrow(constraint, "$eq", condition);
    }
    if (constraint.points || constraint.low || constraint.high) constraints.set(key, constraint);
  }
}

function narrow(constraint: Constraint, operator: string, operand: unknown): void {
  switch (operator) {
    case "$eq":
      if (isPoint(operand)) constraint.points = [operand];
      break;
    case "$in":
      if (Array.isArray(operand) && operand.every(isPoint) && !constraint.points) constraint.points = distinctPoints(operand);
      break;
    case "$gt":
    case "$gte":
      constraint.low = tighter(constraint.low, { value: operand, inclusive: operator === "$gte" }, 1);
      break;
    case "$lt":
    case "$lte":
      constraint.high = tighter(constraint.high, { value: operand, inclusive: operator === "$lte" }, -1);
      break;
  }
}

/** Either bound alone is sound; of two that compare, the one that leaves less to look at. */
function tighter(present: Bound | undefined, other: Bound, direction: 1 | -1): Bound {
  if (!present || rankOf(present.value) !== rankOf(other.value)) return present ?? other;
  const order = compareValues(other.value, present.value) * direction;
  return order > 0 || (order === 0 && !other.inclusive) ? other : present;
}

function distinctPoints(points: unknown[]): unknown[] {
  return [...new Map(points.map((point) => [joinFields([encodeValue(point)]).bytes.toString("latin1"), point])).values()];
}

/** Arrays and documents compare in ways that a key can't follow; regexes are patterns; NaN has no order. */
function isPoint(value: unknown): boolean {
  const type = rankOf(value);
  if (type === rank.array || type === rank.object || isRegex(value)) return false;
  return type !== rank.number || !Number.isNaN(numeric(value));
}
