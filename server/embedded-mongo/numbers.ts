import { Decimal128, Double, Int32, Long } from "bson";
import { StoreError } from "./store-error.ts";

/** BSON's four number types: how they compare with each other, exactly, and what a calculation makes of them. */
const kinds = ["int", "long", "double", "decimal"] as const;
export type NumberKind = (typeof kinds)[number];

const [leastInt, mostInt] = [-0x8000_0000, 0x7fff_ffff];
const [leastLong, mostLong] = [-(2n ** 63n), 2n ** 63n - 1n];
const decimalDigits = 34;

export function kindOfNumber(value: unknown): NumberKind {
  if (typeof value === "number") return isInt(value) ? "int" : "double";
  if (value instanceof Int32) return "int";
  if (value instanceof Double) return "double";
  return value instanceof Decimal128 ? "decimal" : "long";
}

/** Whether the driver stores a plain JavaScript number as int32; anything else becomes a double. */
export function isInt(value: number): boolean {
  return Number.isInteger(value) && value >= leastInt && value <= mostInt && !Object.is(value, -0);
}

/** A numeric value as JavaScript has it: exact for all but Decimal128. */
export function numeric(value: unknown): number | bigint {
  if (typeof value === "number" || typeof value === "bigint") return value;
  if (value instanceof Long) return value.toBigInt();
  if (value instanceof Decimal128) return Number(value.toString());
  return Number((value as Int32 | Double).valueOf());
}

/** NaN equals itself and is less than every number. */
export function compareNumbers(a: unknown, b: unknown): number {
  if (a instanceof Decimal128 || b instanceof Decimal128) {
    const [x, y] = [exact(a), exact(b)];
    if (x && y) return compareExact(x, y);
  }
  const [x, y] = [numeric(a), numeric(b)];
  if (x < y) return -1;
  if (x > y) return 1;
  return Number(Number.isNaN(y)) - Number(Number.isNaN(x));
}

/** coefficient * 10^exponent, without rounding. */
type Exact = { coefficient: bigint; exponent: number };

/** undefined for NaN and the infinities. */
function exact(value: unknown): Exact | undefined {
  if (value instanceof Decimal128) {
    const match = /^(-?)(\d+)(?:\.(\d+))?(?:E([+-]?\d+))?$/i.exec(value.toString());
    if (!match) return undefined;
    const [, sign = "", whole = "", fraction = "", power = "0"] = match;
    return { coefficient: BigInt(`${sign}${whole}${fraction}`), exponent: Number(power) - fraction.length };
  }
  const number = numeric(value);
  if (typeof number === "bigint") return { coefficient: number, exponent: 0 };
  if (!Number.isFinite(number)) return undefined;
  if (Number.isInteger(number)) return { coefficient: BigInt(number), exponent: 0 };
  // A double is m * 2^-k, which is m * 5^k * 10^-k.
  let k = 0;
  let m = number;
  while (!Number.isInteger(m)) {
    m *= 2;
    k++;
  }
  return { coefficient: BigInt(m) * 5n ** BigInt(k), exponent: -k };
}

function compareExact(a: Exact, b: Exact): number {
  const [x, y] = aligned(a, b);
  return x < y ? -1 : x > y ? 1 : 0;
}

function aligned(a: Exact, b: Exact): [bigint, bigint, exponent: number] {
  const exponent = Math.min(a.exponent, b.exponent);
  const scaled = (x: Exact) => x.coefficient * 10n ** BigInt(x.exponent - exponent);
  return [scaled(a), scaled(b), exponent];
}

/** The nearest double that is not above the value, and what is left over; `rest` is 0 for everything that a double holds. */
export function floorDouble(value: unknown): { double: number; rest: number } {
  const number = numeric(value);
  if (typeof number === "number" && !(value instanceof Decimal128)) return { double: number, rest: 0 };
  const whole = exact(value);
  let double = Number(number);
  if (!whole || !Number.isFinite(double)) return { double, rest: 0 };
  if (compareExact(exact(double) as Exact, whole) > 0) double = nextDown(double);
  const [x, y, exponent] = aligned(whole, exact(double) as Exact);
  return { double, rest: Number(`${x - y}e${exponent}`) };
}

function nextDown(value: number): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigInt64(0);
  view.setBigInt64(0, value > 0 ? bits - 1n : value === 0 ? -(2n ** 63n) + 1n : bits + 1n);
  return view.getFloat64(0);
}

/** Adds or multiplies as `$inc` and `$mul` do: the wider type wins, int32 grows into int64, int64 must not overflow. */
export function calculate(operator: "$inc" | "$mul", a: unknown, b: unknown): unknown {
  const kind = kinds[Math.max(kinds.indexOf(kindOfNumber(a)), kinds.indexOf(kindOfNumber(b)))] as NumberKind;
  const adding = operator === "$inc";
  if (kind === "double") {
    const [x, y] = [Number(numeric(a)), Number(numeric(b))];
    return new Double(adding ? x + y : x * y);
  }
  if (kind === "decimal") {
    const [x, y] = [exact(a), exact(b)];
    if (!x || !y) return decimalOfSpecial(adding, Number(numeric(a)), Number(numeric(b)));
    if (!adding) return decimalOf({ coefficient: x.coefficient * y.coefficient, exponent: x.exponent + y.exponent });
    const [p, q, exponent] = aligned(x, y);
    return decimalOf({ coefficient: p + q, exponent });
  }
  const [x, y] = [BigInt(numeric(a)), BigInt(numeric(b))];
  const result = adding ? x + y : x * y;
  if (kind === "int" && result >= leastInt && result <= mostInt) return new Int32(Number(result));
  if (result < leastLong || result > mostLong)
    throw new StoreError(2, `Failed to apply ${operator} operations to current value (${x}): the result does not fit an int64`);
  return Long.fromBigInt(result);
}

function decimalOf({ coefficient, exponent }: Exact): Decimal128 {
  const sign = coefficient < 0n ? "-" : "";
  let digits = (coefficient < 0n ? -coefficient : coefficient).toString();
  let power = exponent;
  if (digits.length > decimalDigits) {
    const dropped = digits.length - decimalDigits;
    const kept = BigInt(digits.slice(0, decimalDigits));
    digits = roundedHalfEven(kept, digits.slice(decimalDigits)).toString();
    power += dropped;
  }
  return Decimal128.fromString(`${sign}${digits}E${power}`);
}

function roundedHalfEven(kept: bigint, dropped: string): bigint {
  const half = `5${"0".repeat(dropped.length - 1)}`;
  return dropped > half || (dropped === half && kept % 2n === 1n) ? kept + 1n : kept;
}

function decimalOfSpecial(adding: boolean, a: number, b: number): Decimal128 {
  const result = adding ? a + b : a * b;
  return Decimal128.fromString(Number.isNaN(result) ? "NaN" : result > 0 ? "Infinity" : "-Infinity");
}
