import { Decimal128, Double, Long, ObjectId, Timestamp } from "bson";
import { compareValues, type Doc, equalValues, isPlainObject, MISSING, numeric, rank, rankOf } from "./bson-order.ts";
import { compileMatcher, isOperatorDocument } from "./matcher.ts";
import { isArrayIndex, valueAt } from "./paths.ts";
import { StoreError } from "./store-error.ts";

export type Update = {
  /** Changes a document in place. `inserting` is true while an upsert builds its document. */
  apply(doc: Doc, inserting: boolean): void;
  replacement: Doc | undefined;
};

type Operator = (doc: Doc, parts: string[], operand: unknown) => void;

/**
 * Compiles an update document. Operators outside the table are refused with code 9; positional paths with code 2.
 * Source of the semantics: MongoDB manual, "Update Operators".
 */
export function compileUpdate(update: unknown): Update {
  if (Array.isArray(update)) throw new StoreError(238, "Aggregation pipelines in updates are not implemented by the embedded store");
  if (!isPlainObject(update)) throw new StoreError(9, "Update argument must be either an object or an array");
  if (!isOperatorDocument(update)) {
    for (const key of Object.keys(update)) {
      if (key.startsWith("$")) throw new StoreError(52, `The dollar ($) prefixed field '${key}' is not allowed in a replacement`);
    }
    return { replacement: update, apply: () => {} };
  }
  const steps: { path: string; parts: string[]; operand: unknown; run: Operator; insertOnly: boolean }[] = [];
  for (const [name, changes] of Object.entries(update)) {
    const run = operators[name];
    if (!run)
      throw new StoreError(9, `Unknown modifier: ${name}. Expected a valid update modifier or pipeline-style update specified as an array`);
    if (!isPlainObject(changes))
      throw new StoreError(
        9,
        `Modifiers operate on fields but we found type ${typeof changes} instead. For example: {$mod: {<field>: ...}}`,
      );
    for (const [path, operand] of Object.entries(changes)) {
      const parts = path.split(".");
      if (parts.some((part) => part === ""))
        throw new StoreError(56, `The update path '${path}' contains an empty field name, which is not allowed.`);
      const positional = parts.find((part) => part.startsWith("$"));
      if (positional) throw new StoreError(2, `Positional updates ('${path}') are not implemented by the embedded store`);
      steps.push({ path, parts, operand, run, insertOnly: name === "$setOnInsert" });
    }
  }
  refuseConflicts(steps.map((step) => step.path));
  return {
    replacement: undefined,
    apply(doc, inserting) {
      for (const step of steps) {
        if (!step.insertOnly || inserting) step.run(doc, step.parts, step.operand);
      }
    },
  };
}

function refuseConflicts(paths: string[]): void {
  const sorted = [...paths].sort();
  for (const [i, path] of sorted.entries()) {
    const clash = sorted.slice(i + 1).find((other) => other === path || other.startsWith(`${path}.`));
    if (clash) throw new StoreError(40, `Updating the path '${clash}' would create a conflict at '${path}'`);
  }
}

const operators: Record<string, Operator> = {
  $set: setAt,
  $setOnInsert: setAt,
  $unset: (doc, parts) => unsetAt(doc, parts),
  $inc: (doc, parts, by) =>
    arithmetic(
      doc,
      parts,
      by,
      "$inc",
      (a, b) => a + b,
      (a, b) => a + b,
    ),
  $mul: (doc, parts, by) =>
    arithmetic(
      doc,
      parts,
      by,
      "$mul",
      (a, b) => a * b,
      (a, b) => a * b,
    ),
  $min: (doc, parts, value) => {
    const current = valueAt(doc, parts);
    if (current === MISSING || compareValues(value, current) < 0) setAt(doc, parts, value);
  },
  $max: (doc, parts, value) => {
    const current = valueAt(doc, parts);
    if (current === MISSING || compareValues(value, current) > 0) setAt(doc, parts, value);
  },
  $rename: (doc, parts, to) => {
    if (typeof to !== "string") throw new StoreError(2, "The 'to' field for $rename must be a string");
    const current = valueAt(doc, parts);
    if (current === MISSING) return;
    unsetAt(doc, parts);
    setAt(doc, to.split("."), current);
  },
  $currentDate: (doc, parts, spec) => {
    if (spec !== true && !(isPlainObject(spec) && (spec.$type === "date" || spec.$type === "timestamp"))) {
      throw new StoreError(2, "$currentDate takes true or {$type: 'date'|'timestamp'}");
    }
    const now = new Date();
    const asTimestamp = isPlainObject(spec) && spec.$type === "timestamp";
    setAt(doc, parts, asTimestamp ? new Timestamp({ t: Math.floor(now.getTime() / 1000), i: 1 }) : now);
  },
  $push: push,
  $addToSet: (doc, parts, operand) => {
    const array = arrayAt(doc, parts, "$addToSet");
    const additions = isPlainObject(operand) && Object.hasOwn(operand, "$each") ? eachOf(operand, "$addToSet") : [operand];
    for (const item of additions) {
      if (!array.some((present) => equalValues(present, item))) array.push(item);
    }
  },
  $pull: (doc, parts, condition) => {
    const array = existingArray(doc, parts, "$pull");
    if (!array) return;
    const matches = pullTest(condition);
    const kept = array.filter((item) => !matches(item));
    if (kept.length !== array.length) setAt(doc, parts, kept);
  },
  $pullAll: (doc, parts, values) => {
    const array = existingArray(doc, parts, "$pullAll");
    if (!Array.isArray(values)) throw new StoreError(2, "$pullAll requires an array argument");
    if (array)
      setAt(
        doc,
        parts,
        array.filter((item) => !values.some((value) => equalValues(value, item))),
      );
  },
  $pop: (doc, parts, end) => {
    const array = existingArray(doc, parts, "$pop");
    if (array) Number(numeric(end)) < 0 ? array.shift() : array.pop();
  },
};

function pullTest(condition: unknown): (item: unknown) => boolean {
  if (isOperatorDocument(condition)) {
    const test = compileMatcher({ item: condition });
    return (item) => test({ item });
  }
  if (isPlainObject(condition)) {
    const test = compileMatcher(condition);
    return (item) => isPlainObject(item) && test(item);
  }
  return (item) => equalValues(item, condition);
}

function push(doc: Doc, parts: string[], operand: unknown): void {
  const array = arrayAt(doc, parts, "$push");
  if (!isPlainObject(operand) || !Object.hasOwn(operand, "$each")) {
    array.push(operand);
    return;
  }
  const unknown = Object.keys(operand).find((key) => !["$each", "$position", "$slice", "$sort"].includes(key));
  if (unknown) throw new StoreError(2, `Unrecognized clause in $push: ${unknown}`);
  const position = operand.$position === undefined ? array.length : Number(numeric(operand.$position));
  array.splice(position, 0, ...eachOf(operand, "$push"));
  if (operand.$sort !== undefined) array.sort(pushOrder(operand.$sort));
  if (operand.$slice !== undefined) {
    const slice = Number(numeric(operand.$slice));
    const kept = slice < 0 ? array.slice(slice) : array.slice(0, slice);
    array.splice(0, array.length, ...kept);
  }
}

function pushOrder(sort: unknown): (a: unknown, b: unknown) => number {
  if (!isPlainObject(sort)) {
    const direction = Number(numeric(sort));
    return (a, b) => direction * compareValues(a, b);
  }
  const keys = Object.entries(sort).map(([path, direction]) => ({ parts: path.split("."), direction: Number(numeric(direction)) }));
  return (a, b) => {
    for (const { parts, direction } of keys) {
      const order = compareValues(valueAt(a, parts), valueAt(b, parts));
      if (order !== 0) return order * direction;
    }
    return 0;
  };
}

function eachOf(operand: Doc, operator: string): unknown[] {
  if (!Array.isArray(operand.$each)) throw new StoreError(2, `The argument to $each in ${operator} must be an array`);
  return operand.$each;
}

/** Sets a dotted path, making the documents on the way; an array is entered by index and padded with nulls. */
export function setAt(doc: Doc, parts: readonly string[], value: unknown): void {
  let target: Doc | unknown[] = doc;
  for (const [i, part] of parts.entries()) {
    const last = i === parts.length - 1;
    if (Array.isArray(target)) {
      if (!isArrayIndex(part)) throw new StoreError(28, `Cannot create field '${part}' in an array element`);
      const index = Number(part);
      if (index > target.length + 1_500_000) throw new StoreError(28, "can't backfill array to more than 1500000 elements");
      while (target.length < index) target.push(null);
      if (last) target[index] = value;
      else if (target[index] === undefined) target[index] = {};
    } else if (last) {
      define(target, part, value);
    } else if (!Object.hasOwn(target, part)) {
      define(target, part, {});
    }
    if (last) return;
    const next: unknown = (target as Doc)[part];
    if (!isPlainObject(next) && !Array.isArray(next)) {
      throw new StoreError(28, `Cannot create field '${parts[i + 1]}' in element {${part}: ${JSON.stringify(next)}}`);
    }
    target = next;
  }
}

/** `__proto__` is an ordinary field name in BSON, so it must not reach JavaScript's setter. */
function define(target: Doc, key: string, value: unknown): void {
  if (key === "__proto__") Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}

function unsetAt(doc: Doc, parts: readonly string[]): void {
  const parent = parts.length === 1 ? doc : valueAt(doc, parts.slice(0, -1));
  const last = parts.at(-1) as string;
  if (Array.isArray(parent)) {
    // MongoDB leaves a null behind so that the other elements keep their places.
    if (isArrayIndex(last) && Number(last) < parent.length) parent[Number(last)] = null;
  } else if (isPlainObject(parent)) {
    delete parent[last];
  }
}

function existingArray(doc: Doc, parts: readonly string[], operator: string): unknown[] | undefined {
  const current = valueAt(doc, parts);
  if (current === MISSING) return undefined;
  if (!Array.isArray(current)) throw new StoreError(2, `Cannot apply ${operator} to a non-array value`);
  return current;
}

function arrayAt(doc: Doc, parts: readonly string[], operator: string): unknown[] {
  const present = existingArray(doc, parts, operator);
  if (present) return present;
  const created: unknown[] = [];
  setAt(doc, parts, created);
  return created;
}

function arithmetic(
  doc: Doc,
  parts: readonly string[],
  operand: unknown,
  operator: string,
  onNumbers: (a: number, b: number) => number,
  onIntegers: (a: bigint, b: bigint) => bigint,
): void {
  if (rankOf(operand) !== rank.number)
    throw new StoreError(14, `Cannot ${operator === "$inc" ? "increment" : "multiply"} with non-numeric argument`);
  const current = valueAt(doc, parts);
  if (current !== MISSING && rankOf(current) !== rank.number) {
    throw new StoreError(
      14,
      `Cannot apply ${operator} to a value of non-numeric type. {_id: ${String(doc._id)}} has the field '${parts.at(-1)}' of non-numeric type`,
    );
  }
  const start = current === MISSING ? 0 : current;
  if (current === MISSING && operator === "$inc") {
    setAt(doc, parts, operand);
    return;
  }
  if (start instanceof Decimal128 || operand instanceof Decimal128) {
    throw new StoreError(238, `${operator} on Decimal128 is not implemented by the embedded store`);
  }
  const integers = [start, operand].every(
    (value) => value instanceof Long || (Number.isInteger(Number(numeric(value))) && !(value instanceof Double)),
  );
  if ((start instanceof Long || operand instanceof Long) && integers) {
    setAt(doc, parts, Long.fromBigInt(onIntegers(BigInt(numeric(start)), BigInt(numeric(operand)))));
    return;
  }
  setAt(doc, parts, onNumbers(Number(numeric(start)), Number(numeric(operand))));
}

/** The document an upsert begins with: the equality parts of its query (MongoDB manual, "Upsert Behavior"). */
export function upsertBase(query: Doc): Doc {
  const doc: Doc = {};
  for (const [key, condition] of Object.entries(query)) {
    if (key === "$and" && Array.isArray(condition)) {
      for (const part of condition) Object.assign(doc, upsertBase(part as Doc));
    } else if (!key.startsWith("$")) {
      const equal = isOperatorDocument(condition) ? equalityOf(condition) : condition;
      if (equal !== MISSING && !(equal instanceof RegExp)) setAt(doc, key.split("."), equal);
    }
  }
  return doc;
}

function equalityOf(condition: Doc): unknown {
  if (Object.hasOwn(condition, "$eq")) return condition.$eq;
  const oneOf = condition.$in;
  return Array.isArray(oneOf) && oneOf.length === 1 ? oneOf[0] : MISSING;
}

export function newObjectId(): ObjectId {
  return new ObjectId();
}
