import { Double, Int32, Long, Timestamp } from "bson";
import { compareValues, type Doc, isPlainObject, MISSING, rank, rankOf } from "../bson-order.ts";
import { calculate, kindOfNumber, numeric } from "../numbers.ts";
import { valueAt } from "../paths.ts";
import { StoreError } from "../store-error.ts";
import { inWords, typeName } from "../words.ts";
import { setAt, unsetAt } from "./set-path.ts";

/** Changes one path of a document in place. `operand` is refused before any document is looked at, by `check`. */
export type Operator = { run(doc: Doc, parts: string[], operand: unknown): void; check?(operand: unknown, path: string): void };

/** `$set`, `$unset`, `$inc` and the others about one value (MongoDB manual, "Field Update Operators" and "Bitwise"). */
export const fieldOperators: Record<string, Operator> = {
  $set: { run: setAt },
  $setOnInsert: { run: setAt },
  $unset: { run: unsetAt },
  $inc: arithmetic("$inc"),
  $mul: arithmetic("$mul"),
  $min: {
    run(doc, parts, value) {
      const current = valueAt(doc, parts);
      if (current === MISSING || compareValues(value, current) < 0) setAt(doc, parts, value);
    },
  },
  $max: {
    run(doc, parts, value) {
      const current = valueAt(doc, parts);
      if (current === MISSING || compareValues(value, current) > 0) setAt(doc, parts, value);
    },
  },
  $rename: {
    check(to, from) {
      if (typeof to !== "string") throw new StoreError(2, `The 'to' field for $rename must be a string: ${from}: ${inWords(to)}`);
      if (to === from) throw new StoreError(2, `The source and target field for $rename must differ: ${from}: "${to}"`);
      if (to === "") throw new StoreError(56, "An empty update path is not valid.");
      if ([from, to].some((path) => path.split(".").some((part) => part.startsWith("$"))))
        throw new StoreError(2, `The source and the destination field for $rename may not be dynamic: ${from}, ${to}`);
    },
    run(doc, parts, to) {
      const target = (to as string).split(".");
      if (throughArray(doc, parts) || throughArray(doc, target))
        throw new StoreError(2, "The source and the destination field of $rename cannot be an array element");
      const current = valueAt(doc, parts);
      if (current === MISSING) return;
      unsetAt(doc, parts);
      setAt(doc, target, current);
    },
  },
  $currentDate: {
    check(spec) {
      if (typeof spec === "boolean") return;
      if (!isPlainObject(spec))
        throw new StoreError(
          2,
          `${typeName(spec)} is not valid type for $currentDate. Please use a boolean ('true') or a $type expression ({$type: 'timestamp/date'}).`,
        );
      if (Object.keys(spec).length !== 1 || (spec.$type !== "date" && spec.$type !== "timestamp"))
        throw new StoreError(
          2,
          "The '$type' string field is required to be 'date' or 'timestamp': {$currentDate: {field : {$type: 'date'}}}",
        );
    },
    run(doc, parts, spec) {
      const now = new Date();
      const asTimestamp = isPlainObject(spec) && spec.$type === "timestamp";
      setAt(doc, parts, asTimestamp ? new Timestamp({ t: Math.floor(now.getTime() / 1000), i: 1 }) : now);
    },
  },
  $bit: {
    check(spec) {
      if (!isPlainObject(spec) || Object.keys(spec).length === 0)
        throw new StoreError(
          2,
          `The $bit modifier is not compatible with a ${typeName(spec)}. You must pass in an embedded document: {$bit: {field: {and/or/xor: #}}`,
        );
      for (const [name, operand] of Object.entries(spec)) {
        if (!(name in bitwise))
          throw new StoreError(2, `The $bit modifier only supports 'and', 'or', and 'xor', not '${name}' which is an unknown operator`);
        if (!isWhole(operand))
          throw new StoreError(2, `The $bit modifier field must be an Integer(32/64 bit); a '${typeName(operand)}' is not supported here`);
      }
    },
    run(doc, parts, spec) {
      const current = valueAt(doc, parts);
      if (current !== MISSING && !isWhole(current))
        throw new StoreError(
          2,
          `Cannot apply $bit to a value of non-integral type. _id: ${inWords(doc._id)} has the field ${parts.at(-1)} of non-integer type ${typeName(current)}`,
        );
      let value = current === MISSING ? 0n : BigInt(numeric(current));
      let long = current instanceof Long;
      for (const [name, operand] of Object.entries(spec as Doc)) {
        value = (bitwise[name] as (a: bigint, b: bigint) => bigint)(value, BigInt(numeric(operand)));
        long ||= operand instanceof Long;
      }
      setAt(doc, parts, long ? Long.fromBigInt(value) : new Int32(Number(value)));
    },
  },
};

const bitwise: Record<string, (a: bigint, b: bigint) => bigint> = {
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
};

function isWhole(value: unknown): boolean {
  return rankOf(value) === rank.number && (kindOfNumber(value) === "int" || kindOfNumber(value) === "long");
}

function throughArray(doc: Doc, parts: readonly string[]): boolean {
  return parts.slice(0, -1).some((_, i) => Array.isArray(valueAt(doc, parts.slice(0, i + 1))));
}

function arithmetic(name: "$inc" | "$mul"): Operator {
  return {
    check(operand, path) {
      if (rankOf(operand) !== rank.number)
        throw new StoreError(
          14,
          `Cannot ${name === "$inc" ? "increment" : "multiply"} with non-numeric argument: {${path}: ${inWords(operand)}}`,
        );
    },
    run(doc, parts, operand) {
      const current = valueAt(doc, parts);
      if (current === MISSING) return setAt(doc, parts, name === "$inc" ? operand : zeroLike(operand));
      if (rankOf(current) !== rank.number)
        throw new StoreError(
          14,
          `Cannot apply ${name} to a value of non-numeric type. {_id: ${inWords(doc._id)}} has the field '${parts.at(-1)}' of non-numeric type ${typeName(current)}`,
        );
      setAt(doc, parts, calculate(name, current, operand));
    },
  };
}

/** `$mul` of what isn't there gives 0 of the operand's type. */
function zeroLike(operand: unknown): unknown {
  return kindOfNumber(operand) === "double" ? new Double(0) : calculate("$mul", new Int32(0), operand);
}
