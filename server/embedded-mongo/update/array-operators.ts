import { compareValues, type Doc, equalValues, isPlainObject, MISSING, rank, rankOf } from "../bson-order.ts";
import { compileMatcher, isOperatorDocument, isRegex } from "../matcher.ts";
import { numeric } from "../numbers.ts";
import { valueAt } from "../paths.ts";
import { StoreError } from "../store-error.ts";
import { inWords, typeName } from "../words.ts";
import type { Operator } from "./field-operators.ts";
import { setAt } from "./set-path.ts";

/** `$push`, `$pull` and the others about arrays (MongoDB manual, "Array Update Operators"). */
export const arrayOperators: Record<string, Operator> = {
  $push: {
    check: checkPush,
    run(doc, parts, operand) {
      const array = arrayAt(
        doc,
        parts,
        (value) =>
          `The field '${parts.join(".")}' must be an array but is of type ${typeName(value)} in document {_id: ${inWords(doc._id)}}`,
      );
      if (!isEach(operand)) {
        array.push(operand);
        return;
      }
      const position = operand.$position === undefined ? array.length : Number(numeric(operand.$position));
      array.splice(position, 0, ...(operand.$each as unknown[]));
      if (operand.$sort !== undefined) array.sort(pushOrder(operand.$sort));
      if (operand.$slice !== undefined) {
        const slice = Number(numeric(operand.$slice));
        const kept = slice < 0 ? array.slice(slice) : array.slice(0, slice);
        array.splice(0, array.length, ...kept);
      }
    },
  },
  $addToSet: {
    check(operand) {
      if (!isEach(operand)) return;
      eachOf(operand, "$addToSet");
      const odd = Object.keys(operand).find((key) => key !== "$each");
      if (odd) throw new StoreError(2, `Found unexpected fields after $each in $addToSet: ${odd}`);
    },
    run(doc, parts, operand) {
      const array = arrayAt(
        doc,
        parts,
        (value) => `Cannot apply $addToSet to non-array field. Field named '${parts.at(-1)}' has non-array type ${typeName(value)}`,
      );
      for (const item of isEach(operand) ? (operand.$each as unknown[]) : [operand]) {
        if (!array.some((present) => equalValues(present, item))) array.push(item);
      }
    },
  },
  $pull: {
    run(doc, parts, condition) {
      const array = existingArray(doc, parts, () => new StoreError(2, "Cannot apply $pull to a non-array value"));
      if (!array) return;
      const matches = pullTest(condition);
      keepOnly(array, (item) => !matches(item));
    },
  },
  $pullAll: {
    check(values) {
      if (!Array.isArray(values)) throw new StoreError(2, `$pullAll requires an array argument but was given a ${typeName(values)}`);
    },
    run(doc, parts, values) {
      const array = existingArray(doc, parts, () => new StoreError(2, "Cannot apply $pull to a non-array value"));
      if (array) keepOnly(array, (item) => !(values as unknown[]).some((value) => equalValues(value, item)));
    },
  },
  $pop: {
    check(end) {
      if (rankOf(end) !== rank.number || ![1, -1].includes(Number(numeric(end))))
        throw new StoreError(9, `$pop expects 1 or -1, found: ${inWords(end)}`);
    },
    run(doc, parts, end) {
      const array = existingArray(
        doc,
        parts,
        (value) => new StoreError(14, `Path '${parts.join(".")}' contains an element of non-array type '${typeName(value)}'`),
      );
      if (array) Number(numeric(end)) < 0 ? array.shift() : array.pop();
    },
  },
};

function isEach(operand: unknown): operand is Doc {
  return isPlainObject(operand) && Object.hasOwn(operand, "$each");
}

function eachOf(operand: Doc, operator: string): unknown[] {
  if (!Array.isArray(operand.$each))
    throw new StoreError(2, `The argument to $each in ${operator} must be an array but it was of type: ${typeName(operand.$each)}`);
  return operand.$each;
}

function checkPush(operand: unknown): void {
  if (!isEach(operand)) return;
  eachOf(operand, "$push");
  for (const [key, value] of Object.entries(operand)) {
    switch (key) {
      case "$each":
        break;
      case "$position":
      case "$slice":
        if (rankOf(value) !== rank.number || !Number.isInteger(Number(numeric(value))))
          throw new StoreError(2, `The value for ${key} must be an integer value but was given type: ${typeName(value)}`);
        break;
      case "$sort": {
        const directions = isPlainObject(value) ? Object.values(value) : [value];
        if (directions.length === 0 || directions.some((one) => rankOf(one) !== rank.number || ![1, -1].includes(Number(numeric(one)))))
          throw new StoreError(2, "The $sort element value must be either 1 or -1");
        break;
      }
      default:
        throw new StoreError(2, `Unrecognized clause in $push: ${key}`);
    }
  }
}

/** A document is a query on the elements that are documents; an operator or a regex looks at each element; a value equals. */
function pullTest(condition: unknown): (item: unknown) => boolean {
  if (isOperatorDocument(condition) || isRegex(condition)) {
    const test = compileMatcher({ item: condition });
    return (item) => test({ item });
  }
  if (isPlainObject(condition)) {
    const test = compileMatcher(condition);
    return (item) => isPlainObject(item) && test(item);
  }
  return (item) => equalValues(item, condition);
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

function keepOnly(array: unknown[], kept: (item: unknown) => boolean): void {
  const rest = array.filter(kept);
  if (rest.length !== array.length) array.splice(0, array.length, ...rest);
}

function existingArray(doc: Doc, parts: readonly string[], refusal: (value: unknown) => StoreError): unknown[] | undefined {
  const current = valueAt(doc, parts);
  if (current === MISSING) return undefined;
  if (!Array.isArray(current)) throw refusal(current);
  return current;
}

function arrayAt(doc: Doc, parts: readonly string[], message: (value: unknown) => string): unknown[] {
  const present = existingArray(doc, parts, (value) => new StoreError(2, message(value)));
  if (present) return present;
  const created: unknown[] = [];
  setAt(doc, parts, created);
  return created;
}
