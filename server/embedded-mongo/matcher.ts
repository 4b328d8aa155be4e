import { Binary, BSONRegExp, Decimal128, Double, Int32, Long, ObjectId, Timestamp } from "bson";
import { compareValues, type Doc, equalValues, isPlainObject, MISSING, numeric, rank, rankOf } from "./bson-order.ts";
import { someAt } from "./paths.ts";
import { StoreError } from "./store-error.ts";

export type Predicate = (doc: Doc) => boolean;
type LeafTest = (leaf: unknown) => boolean;

/**
 * Compiles a MongoDB query document. Operators outside the list below are refused with code 2, never half done.
 * Source of the semantics: MongoDB manual, "Query Predicates".
 */
export function compileMatcher(query: Doc): Predicate {
  const tests = Object.entries(query).map(([key, condition]) => compileClause(key, condition));
  if (tests.length === 1) return tests[0] as Predicate;
  return (doc) => tests.every((test) => test(doc));
}

function compileClause(key: string, condition: unknown): Predicate {
  switch (key) {
    case "$and": {
      const parts = clauseList(key, condition).map(compileMatcher);
      return (doc) => parts.every((part) => part(doc));
    }
    case "$or": {
      const parts = clauseList(key, condition).map(compileMatcher);
      return (doc) => parts.some((part) => part(doc));
    }
    case "$nor": {
      const parts = clauseList(key, condition).map(compileMatcher);
      return (doc) => !parts.some((part) => part(doc));
    }
    case "$comment":
      return () => true;
  }
  if (key.startsWith("$")) throw new StoreError(2, `unknown top level operator: ${key}`);
  return compileField(key.split("."), condition);
}

function clauseList(operator: string, value: unknown): Doc[] {
  if (!Array.isArray(value) || value.length === 0) throw new StoreError(2, `${operator} must be a nonempty array`);
  for (const item of value) {
    if (!isPlainObject(item)) throw new StoreError(2, `${operator} argument's entries must be objects`);
  }
  return value;
}

export function isOperatorDocument(value: unknown): value is Doc {
  if (!isPlainObject(value)) return false;
  const first = Object.keys(value)[0];
  return first?.startsWith("$") === true && first !== "$ref" && first !== "$id";
}

function compileField(parts: readonly string[], condition: unknown): Predicate {
  if (!isOperatorDocument(condition)) {
    const test = isRegex(condition) ? regexTest(condition) : equalityTest(condition);
    return (doc) => someAt(doc, parts, test);
  }
  const tests = Object.entries(condition)
    .filter(([operator]) => operator !== "$options")
    .map(([operator, operand]) => compileOperator(parts, operator, operand, condition));
  return tests.length === 1 ? (tests[0] as Predicate) : (doc) => tests.every((test) => test(doc));
}

function compileOperator(parts: readonly string[], operator: string, operand: unknown, siblings: Doc): Predicate {
  const some =
    (test: LeafTest): Predicate =>
    (doc) =>
      someAt(doc, parts, test);
  const none =
    (test: LeafTest): Predicate =>
    (doc) =>
      !someAt(doc, parts, test);
  switch (operator) {
    case "$eq":
      return some(equalityTest(operand));
    case "$ne":
      return none(equalityTest(operand));
    case "$in":
      return some(oneOfTest(operator, operand));
    case "$nin":
      return none(oneOfTest(operator, operand));
    case "$gt":
      return some(orderTest(operand, (order) => order > 0));
    case "$gte":
      return some(orderTest(operand, (order) => order >= 0, true));
    case "$lt":
      return some(orderTest(operand, (order) => order < 0));
    case "$lte":
      return some(orderTest(operand, (order) => order <= 0, true));
    case "$exists": {
      const wanted = isTruthy(operand);
      const exists = some((leaf) => leaf !== MISSING);
      return wanted ? exists : (doc) => !exists(doc);
    }
    case "$type":
      return some(typeTest(operand));
    case "$not": {
      if (!isRegex(operand) && !isOperatorDocument(operand)) throw new StoreError(2, "$not needs a regex or a document");
      const inner = compileField(parts, operand);
      return (doc) => !inner(doc);
    }
    case "$regex":
      return some(regexTest(regexOf(operand, siblings.$options)));
    case "$size": {
      const size = numeric(operand);
      return some((leaf) => Array.isArray(leaf) && BigInt(leaf.length) === BigInt(size));
    }
    case "$all": {
      if (!Array.isArray(operand)) throw new StoreError(2, "$all needs an array");
      const tests = operand.map((item) =>
        isPlainObject(item) && Object.hasOwn(item, "$elemMatch")
          ? compileOperator(parts, "$elemMatch", item.$elemMatch, item)
          : some(isRegex(item) ? regexTest(item) : equalityTest(item)),
      );
      return (doc) => tests.length > 0 && tests.every((test) => test(doc));
    }
    case "$elemMatch":
      return some(elemMatchTest(operand));
    case "$mod": {
      if (!Array.isArray(operand) || operand.length !== 2) throw new StoreError(2, "malformed mod, not enough elements");
      const [divisor, remainder] = operand.map((n) => Math.trunc(Number(numeric(n)))) as [number, number];
      if (divisor === 0) throw new StoreError(2, "divisor cannot be 0");
      return some(throughArrays((leaf) => rankOf(leaf) === rank.number && Math.trunc(Number(numeric(leaf))) % divisor === remainder));
    }
    default:
      throw new StoreError(2, `unknown operator: ${operator}`);
  }
}

/** A leaf that is an array matches when it or any of its elements does. */
function throughArrays(test: LeafTest): LeafTest {
  return (leaf) => test(leaf) || (Array.isArray(leaf) && leaf.some(test));
}

function equalityTest(operand: unknown): LeafTest {
  if (operand === null || operand === undefined) return throughArrays((leaf) => leaf === null || leaf === MISSING || leaf === undefined);
  if (typeof operand === "string") {
    return (leaf) => leaf === operand || (Array.isArray(leaf) && leaf.includes(operand));
  }
  return throughArrays((leaf) => leaf !== MISSING && equalValues(leaf, operand));
}

function oneOfTest(operator: string, operand: unknown): LeafTest {
  if (!Array.isArray(operand)) throw new StoreError(2, `${operator} needs an array`);
  if (operand.length > 8 && operand.every((item) => typeof item === "string")) {
    const set = new Set<unknown>(operand);
    return throughArrays((leaf) => set.has(leaf));
  }
  const tests = operand.map((item) => {
    if (isOperatorDocument(item)) throw new StoreError(2, `cannot nest $ under ${operator}`);
    return isRegex(item) ? regexTest(item) : equalityTest(item);
  });
  return (leaf) => tests.some((test) => test(leaf));
}

/** Comparison holds only between values of one type bracket; null also meets missing under $gte and $lte. */
function orderTest(operand: unknown, holds: (order: number) => boolean, orEqual = false): LeafTest {
  if (isRegex(operand)) throw new StoreError(2, "Can't have RegEx as arg to predicate over field");
  const type = rankOf(operand);
  if (type === rank.null) return orEqual ? equalityTest(null) : () => false;
  const isNaNOperand = type === rank.number && Number.isNaN(numeric(operand));
  const test: LeafTest = (leaf) => {
    if (rankOf(leaf) !== type) return false;
    if (type === rank.number && (isNaNOperand || Number.isNaN(numeric(leaf)))) {
      return orEqual && isNaNOperand && Number.isNaN(numeric(leaf));
    }
    return holds(compareValues(leaf, operand));
  };
  return type === rank.array ? test : throughArrays(test);
}

function elemMatchTest(operand: unknown): LeafTest {
  if (!isPlainObject(operand)) throw new StoreError(2, "$elemMatch needs an Object");
  const logical = ["$and", "$or", "$nor"];
  if (isOperatorDocument(operand) && !logical.includes(Object.keys(operand)[0] as string)) {
    const test = compileField(["element"], operand);
    return (leaf) => Array.isArray(leaf) && leaf.some((element) => test({ element }));
  }
  const test = compileMatcher(operand);
  return (leaf) => Array.isArray(leaf) && leaf.some((element) => isPlainObject(element) && test(element));
}

export function isRegex(value: unknown): value is RegExp | BSONRegExp {
  return value instanceof RegExp || value instanceof BSONRegExp;
}

function regexOf(operand: unknown, options: unknown): RegExp {
  if (operand instanceof RegExp) return options === undefined ? operand : buildRegex(operand.source, String(options));
  if (operand instanceof BSONRegExp) return buildRegex(operand.pattern, String(options ?? operand.options));
  if (typeof operand !== "string") throw new StoreError(2, "$regex has to be a string");
  return buildRegex(operand, String(options ?? ""));
}

function buildRegex(pattern: string, options: string): RegExp {
  const unsupported = [...options].find((flag) => !"imsu".includes(flag));
  if (unsupported) throw new StoreError(2, `invalid flag in regex options: ${unsupported}`);
  try {
    return new RegExp(pattern, options.includes("u") ? options : `${options}u`);
  } catch {
    try {
      return new RegExp(pattern, options);
    } catch (error) {
      throw new StoreError(2, `Regular expression is invalid: ${(error as Error).message}`);
    }
  }
}

function regexTest(operand: RegExp | BSONRegExp): LeafTest {
  const regex = operand instanceof RegExp ? operand : buildRegex(operand.pattern, operand.options);
  return throughArrays((leaf) => {
    if (typeof leaf === "string") return regex.test(leaf);
    return isRegex(leaf) && String(leaf) === String(operand);
  });
}

const typeAliases: Record<string, (value: unknown) => boolean> = {
  double: (v) => v instanceof Double || (typeof v === "number" && !isInt32(v)),
  string: (v) => typeof v === "string",
  object: (v) => isPlainObject(v),
  array: (v) => Array.isArray(v),
  binData: (v) => v instanceof Binary || v instanceof Uint8Array,
  objectId: (v) => v instanceof ObjectId,
  bool: (v) => typeof v === "boolean",
  date: (v) => v instanceof Date,
  null: (v) => v === null,
  regex: isRegex,
  int: (v) => v instanceof Int32 || (typeof v === "number" && isInt32(v)),
  timestamp: (v) => v instanceof Timestamp,
  long: (v) => v instanceof Long && !(v instanceof Timestamp),
  decimal: (v) => v instanceof Decimal128,
  number: (v) => rankOf(v) === rank.number,
};
const typeNumbers: Record<number, string> = {
  1: "double",
  2: "string",
  3: "object",
  4: "array",
  5: "binData",
  7: "objectId",
  8: "bool",
  9: "date",
  10: "null",
  11: "regex",
  16: "int",
  17: "timestamp",
  18: "long",
  19: "decimal",
};

function isInt32(value: number): boolean {
  return Number.isInteger(value) && value >= -0x80000000 && value <= 0x7fffffff;
}

function typeTest(operand: unknown): LeafTest {
  const wanted = (Array.isArray(operand) ? operand : [operand]).map((type) => {
    const alias = typeof type === "string" ? type : typeNumbers[Number(numeric(type))];
    const test = alias === undefined ? undefined : typeAliases[alias];
    if (!test) throw new StoreError(2, `Unknown type name alias: ${String(type)}`);
    return test;
  });
  return throughArrays((leaf) => leaf !== MISSING && wanted.some((test) => test(leaf)));
}

function isTruthy(value: unknown): boolean {
  return rankOf(value) === rank.number ? Number(numeric(value)) !== 0 : value !== false && value !== null && value !== undefined;
}
