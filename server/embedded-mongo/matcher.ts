import { type Binary, BSONRegExp } from "bson";
import { bytesOf, compareValues, type Doc, equalValues, isPlainObject, MISSING, rank, rankOf } from "./bson-order.ts";
import { numeric } from "./numbers.ts";
import { isArrayIndex, someAt, valueAt } from "./paths.ts";
import { StoreError } from "./store-error.ts";
import { inWords, typeName } from "./words.ts";

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
  if (elsewhere.has(key)) throw new StoreError(238, `'${key}' is not implemented by the embedded store`);
  if (key.startsWith("$")) throw new StoreError(2, `unknown top level operator: ${key}`);
  return compileField(key.split("."), condition);
}

/** What MongoDB has at a query's top level and this store refuses. */
const elsewhere = new Set(["$expr", "$where", "$text", "$jsonSchema"]);

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
  if (Object.hasOwn(condition, "$options") && !Object.hasOwn(condition, "$regex")) throw new StoreError(2, "$options needs a $regex");
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
      if (rankOf(operand) !== rank.number || !Number.isInteger(Number(numeric(operand))))
        throw new StoreError(2, `Failed to parse $size. Expected a number that is whole in: $size: ${inWords(operand)}`);
      const size = Number(numeric(operand));
      if (size < 0) throw new StoreError(2, `Failed to parse $size. Expected a non-negative number in: $size: ${size}`);
      return some((leaf) => Array.isArray(leaf) && leaf.length === size);
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
    case "$bitsAllSet":
    case "$bitsAllClear":
    case "$bitsAnySet":
    case "$bitsAnyClear":
      return some(bitsTest(operator, operand));
    case "$mod": {
      if (!Array.isArray(operand) || operand.length !== 2)
        throw new StoreError(2, `malformed mod, ${Array.isArray(operand) && operand.length > 2 ? "too many" : "not enough"} elements`);
      for (const [i, n] of operand.entries())
        if (rankOf(n) !== rank.number || !Number.isFinite(Number(numeric(n))))
          throw new StoreError(2, `malformed mod, ${i === 0 ? "divisor" : "remainder"} not a number`);
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
  // The ends of the order compare with every type, and with nothing.
  if (type === rank.minKey || type === rank.maxKey) return throughArrays((leaf) => holds(compareValues(leaf, operand)));
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
  if (unsupported === "x") throw new StoreError(238, "the regex option 'x' is not implemented by the embedded store");
  if (unsupported) throw new StoreError(51108, `invalid flag in regex options: ${unsupported}`);
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

/** BSON's type numbers and the names that `$type` takes for them (MongoDB manual, "$type"). */
const typeNumbers: Record<number, string> = {
  [-1]: "minKey",
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
  127: "maxKey",
};
const typeNames = new Set([...Object.values(typeNumbers), "number"]);

function typeTest(operand: unknown): LeafTest {
  const wanted = (Array.isArray(operand) ? operand : [operand]).map((type) => {
    if (typeof type !== "string" && rankOf(type) !== rank.number)
      throw new StoreError(14, "type must be represented as a number or a string");
    const name = typeof type === "string" ? type : typeNumbers[Number(numeric(type))];
    if (name === undefined) throw new StoreError(2, `Invalid numerical type code: ${String(type)}`);
    if (!typeNames.has(name)) throw new StoreError(2, `Unknown type name alias: ${name}`);
    return name;
  });
  if (wanted.length === 0) throw new StoreError(9, "$type must match at least one type");
  return throughArrays(
    (leaf) => leaf !== MISSING && wanted.some((name) => (name === "number" ? rankOf(leaf) === rank.number : typeName(leaf) === name)),
  );
}

/** Whether a query tells int32 from double, which only documents decoded with their types can answer. */
export function asksForTypes(query: unknown): boolean {
  if (Array.isArray(query)) return query.some(asksForTypes);
  if (!isPlainObject(query)) return false;
  return Object.entries(query).some(([key, value]) => key === "$type" || asksForTypes(value));
}

function isTruthy(value: unknown): boolean {
  return rankOf(value) === rank.number ? Number(numeric(value)) !== 0 : value !== false && value !== null && value !== undefined;
}

/** `$bitsAllSet` and its kin: a mask of bits, as a number, positions, or bytes. */
function bitsTest(operator: string, operand: unknown): LeafTest {
  const mask = bitMask(operator, operand);
  const holds: Record<string, (value: bigint) => boolean> = {
    $bitsAllSet: (value) => (value & mask) === mask,
    $bitsAllClear: (value) => (value & mask) === 0n,
    $bitsAnySet: (value) => (value & mask) !== 0n,
    $bitsAnyClear: (value) => (value & mask) !== mask,
  };
  const test = holds[operator] as (value: bigint) => boolean;
  return throughArrays((leaf) => {
    if (rankOf(leaf) === rank.binary) return test(littleEndian(bytesOf(leaf as Binary)));
    if (rankOf(leaf) !== rank.number) return false;
    const value = Number(numeric(leaf));
    return Number.isInteger(value) && Math.abs(value) < 2 ** 63 && test(BigInt(numeric(leaf)));
  });
}

function bitMask(operator: string, operand: unknown): bigint {
  if (rankOf(operand) === rank.binary) return littleEndian(bytesOf(operand as Binary));
  const positions = Array.isArray(operand) ? operand : undefined;
  for (const number of positions ?? [operand]) {
    if (rankOf(number) !== rank.number || !Number.isInteger(Number(numeric(number))) || Number(numeric(number)) < 0)
      throw new StoreError(9, `${operator} takes an Array, a number, or a BinData, all of whole numbers that are not negative`);
  }
  if (!positions) return BigInt(numeric(operand));
  return positions.reduce<bigint>((mask, position) => mask | (1n << BigInt(Math.min(Number(numeric(position)), 4_096))), 0n);
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight<bigint>((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

/** Clauses that name what an element must be; of the others none says which element was meant. */
const naming = new Set(["$eq", "$in", "$gt", "$gte", "$lt", "$lte", "$regex", "$type", "$mod", "$elemMatch", "$all", "$exists", "$size"]);

/**
 * The place of the first element of the array at `path` that the query picked, which `$` stands for in updates and
 * projections. Where several clauses are about the array the last one counts. undefined where none is.
 */
export function matchedElement(query: Doc, doc: Doc, path: readonly string[]): number | undefined {
  let found: number | undefined;
  for (const [key, condition] of Object.entries(query)) {
    if (key === "$and" && Array.isArray(condition)) {
      for (const part of condition) found = matchedElement(part as Doc, doc, path) ?? found;
    } else if (key === "$or" && Array.isArray(condition)) {
      const branch = condition.find((part) => compileMatcher(part as Doc)(doc));
      found = (branch && matchedElement(branch as Doc, doc, path)) ?? found;
    } else if (!key.startsWith("$")) {
      found = elementAt(key.split("."), condition, doc, path) ?? found;
    }
  }
  return found;
}

function elementAt(parts: string[], condition: unknown, doc: Doc, path: readonly string[]): number | undefined {
  if (!path.every((part, i) => parts[i] === part)) return undefined;
  const array = valueAt(doc, path);
  if (!Array.isArray(array)) return undefined;
  // `"a.1": x` names the place itself, so it says nothing about the others.
  if (isArrayIndex(parts[path.length] ?? "")) return undefined;
  const clauses = isOperatorDocument(condition)
    ? Object.fromEntries(Object.entries(condition).filter(([operator]) => naming.has(operator) || operator === "$options"))
    : condition;
  if (isPlainObject(clauses) && clauses !== condition && Object.keys(clauses).length === 0) return undefined;
  const test = compileField(["array", ...parts.slice(path.length)], clauses);
  const index = array.findIndex((element) => test({ array: [element] }));
  return index < 0 ? undefined : index;
}
