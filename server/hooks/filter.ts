import type { Field } from "../../schemas/fields.ts";
import type { EventType } from "../../schemas/load-catalogue.ts";
import { type FieldError, invalid } from "../errors.ts";

type Scalar = string | number | boolean | null;
const operators = ["eq", "ne", "in", "gt", "gte", "lt", "lte", "exists", "has"] as const;
type Operator = (typeof operators)[number];

/**
 * Conditions on paths of the body; all must hold. `{"data.amount": {"gte": 1000}, "data.stage": "Won"}`.
 * A plain value means `eq`, a list means `in`.
 */
export type Filter = Record<string, Scalar | Scalar[] | Partial<Record<Operator, Scalar | Scalar[]>>>;
export type FilterTest = (body: Record<string, unknown>) => boolean;

const mostConditions = 50;
const mostValues = 500;

/** Checks a filter against the schema of every event type it will see; throws a 422 that names path and operator. */
export function parseFilter(value: unknown, eventTypes: readonly EventType[], name = "filter"): Filter | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== "object" || Array.isArray(value))
    throw invalid([{ field: name, message: 'must be an object like {"data.amount": {"gte": 1000}}' }]);
  const entries = Object.entries(value);
  if (entries.length === 0) return null;
  if (entries.length > mostConditions) throw invalid([{ field: name, message: `has ${entries.length} paths; at most ${mostConditions}` }]);
  const problems = entries.flatMap(([path, condition]) =>
    eventTypes.flatMap((eventType) => checkCondition(`${name}.${path}`, path, condition, eventType)),
  );
  if (problems.length > 0) throw invalid([...new Map(problems.map((problem) => [problem.field + problem.message, problem])).values()]);
  // Platforms leave a condition empty where its input was; that says nothing, if of a field that there is.
  const said = entries.filter(([, condition]) => !isEmptyObject(condition));
  return said.length > 0 ? (Object.fromEntries(said) as Filter) : null;
}

function isEmptyObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
}

function checkCondition(field: string, path: string, condition: unknown, eventType: EventType): FieldError[] {
  const known = fieldAt(path, eventType.fields);
  if (!known) return [{ field, message: unknownPath(path, eventType) }];
  const problems: FieldError[] = [];
  for (const [operator, operand] of Object.entries(asOperators(condition))) {
    if (!operators.includes(operator as Operator)) {
      problems.push({ field: `${field}.${operator}`, message: `is not an operator; known are ${operators.join(", ")}` });
      continue;
    }
    const problem = checkOperand(operator as Operator, operand, known, eventType);
    if (problem) problems.push({ field: condition === operand ? field : `${field}.${operator}`, message: problem });
  }
  return problems;
}

/** A path below an open object (custom fields) is known too, with any scalar type. */
function fieldAt(path: string, fields: Map<string, Field>): Field | undefined {
  const exact = fields.get(path);
  if (exact) return exact;
  const parent = fields.get(path.slice(0, Math.max(path.lastIndexOf("."), 0)));
  return parent?.open ? { path, title: path, description: "", type: "any", nullable: true, open: false } : undefined;
}

function unknownPath(path: string, { type, fields }: EventType): string {
  const near = fields.has(`data.${path}`) ? `; did you mean data.${path}?` : `; GET /v1/event-types/${type}/schema lists them`;
  return `is not a field of ${type}${near}`;
}

/** `{"previous_data": {"has": "amount"}}`: one of these fields is there, even as null. What changed is in previous_data. */
function checkHas(operand: unknown, { path, type, open }: Field, { fields }: EventType): string | undefined {
  if (type !== "object") return `asks what an object has; this field is ${type}`;
  const names = [operand].flat();
  if (names.length === 0 || names.length > mostValues || !names.every((name) => typeof name === "string"))
    return "takes a field's name or a list of names";
  const unknown = open ? undefined : names.find((name) => !fields.has(`${path}.${name}`));
  return unknown === undefined ? undefined : `${JSON.stringify(unknown)} is not a field of ${path}`;
}

function checkOperand(operator: Operator, operand: unknown, field: Field, eventType: EventType): string | undefined {
  if (operator === "exists") return typeof operand === "boolean" ? undefined : "takes true or false";
  if (operator === "has") return checkHas(operand, field, eventType);
  if (field.type === "object") return "is an object; name a field in it, or use exists";
  if (operator === "in") {
    if (!Array.isArray(operand) || operand.length === 0 || operand.length > mostValues) return `takes a list of 1 to ${mostValues} values`;
    return operand.map((value) => checkScalar(value, field)).find((problem) => problem !== undefined);
  }
  if (["gt", "gte", "lt", "lte"].includes(operator)) {
    const type = field.items ?? field.type;
    if (operand === null || !["number", "integer", "string", "any"].includes(type) || typeof operand === "boolean")
      return `compares numbers, texts and times; this field is ${type}`;
  }
  return checkScalar(operand, field);
}

function checkScalar(value: unknown, field: Field): string | undefined {
  if (value !== null && !["string", "number", "boolean"].includes(typeof value)) return "takes a text, number, boolean or null";
  const type = field.items ?? field.type;
  if (value === null || type === "any") return undefined;
  const wanted = type === "integer" ? "number" : type;
  if (typeof value !== wanted) return `must be ${type}, as the field is (it is ${JSON.stringify(value)})`;
  if (field.values && !field.values.includes(value))
    return `must be one of ${field.values.map((allowed) => JSON.stringify(allowed)).join(", ")}`;
  if (isTime(field) && Number.isNaN(Date.parse(String(value))))
    return `must be a time like 2026-04-05T14:30:00Z (it is ${JSON.stringify(value)})`;
  return undefined;
}

function isTime(field: Field): boolean {
  return field.format === "date-time" || field.format === "date";
}

function asOperators(condition: unknown): Record<string, unknown> {
  if (Array.isArray(condition)) return { in: condition };
  if (typeof condition === "object" && condition !== null) return condition as Record<string, unknown>;
  return { eq: condition };
}

type Check = { path: string; operator: Operator; operand: unknown; passes: (body: Record<string, unknown>) => boolean };

function checksOf(filter: Filter | null, eventTypes: readonly EventType[]): Check[] {
  return Object.entries(filter ?? {}).flatMap(([path, condition]) => {
    const parts = path.split(".");
    const time = eventTypes.some(({ fields }) => {
      const field = fields.get(path);
      return field !== undefined && isTime(field);
    });
    return Object.entries(asOperators(condition)).map(([operator, operand]) => {
      const test = compileOperator(operator as Operator, operand, time);
      return { path, operator: operator as Operator, operand, passes: (body: Record<string, unknown>) => test(valueAt(body, parts)) };
    });
  });
}

/** Compiles a checked filter. Times compare as times whatever their offset; a list matches where one element does. */
export function compileFilter(filter: Filter | null, eventTypes: readonly EventType[]): FilterTest {
  if (!filter) return () => true;
  const checks = checksOf(filter, eventTypes);
  return (body) => checks.every(({ passes }) => passes(body));
}

/** The conditions that a body fails, in words with the value it has: `data.amount is 450, it must be at least 1000`. */
export function explainFilter(filter: Filter | null, eventTypes: readonly EventType[], body: Record<string, unknown>): string[] {
  return checksOf(filter, eventTypes)
    .filter(({ passes }) => !passes(body))
    .map(({ path, operator, operand }) => `${path} is ${inWords(valueAt(body, path.split(".")))}, it must ${demand(operator, operand)}`);
}

/** A filter's conditions for people, one a line. */
export function describeFilter(filter: Filter | null): string[] {
  return checksOf(filter, []).map(({ path, operator, operand }) => `${path} must ${demand(operator, operand)}`);
}

function demand(operator: Operator, operand: unknown): string {
  const value = inWords(operand);
  switch (operator) {
    case "eq":
      return `be ${value}`;
    case "ne":
      return `not be ${value}`;
    case "in":
      return `be one of ${value}`;
    case "gt":
      return `be more than ${value}`;
    case "gte":
      return `be at least ${value}`;
    case "lt":
      return `be less than ${value}`;
    case "lte":
      return `be at most ${value}`;
    case "exists":
      return operand ? "have a value" : "be empty";
    case "has":
      return `have ${Array.isArray(operand) ? "one of " : ""}${value}`;
  }
}

function inWords(value: unknown): string {
  if (value === undefined || value === null) return "empty";
  if (Array.isArray(value)) return value.map(inWords).join(", ") || "an empty list";
  if (typeof value === "object") return `an object with ${Object.keys(value).join(", ") || "nothing in it"}`;
  const shown = typeof value === "string" ? `“${value}”` : String(value);
  return shown.length > 80 ? `${shown.slice(0, 80)}…` : shown;
}

function compileOperator(operator: Operator, operand: unknown, time: boolean): (value: unknown) => boolean {
  const read = (value: unknown): unknown => (time && typeof value === "string" ? Date.parse(value) : value);
  const wanted = read(operand);
  const some = (test: (value: unknown) => boolean) => (value: unknown) =>
    Array.isArray(value) ? value.some((item) => test(read(item))) : test(read(value));
  const ordered = (test: (order: number) => boolean) =>
    some(
      (value) =>
        typeof value === typeof wanted &&
        value !== null &&
        test((value as number) < (wanted as number) ? -1 : (value as number) > (wanted as number) ? 1 : 0),
    );
  switch (operator) {
    case "eq":
      return some((value) => (value ?? null) === wanted);
    case "ne":
      return (value) => !some((item) => (item ?? null) === wanted)(value);
    case "in": {
      const options = new Set((operand as unknown[]).map(read));
      return some((value) => options.has(value ?? null));
    }
    case "gt":
      return ordered((order) => order > 0);
    case "gte":
      return ordered((order) => order >= 0);
    case "lt":
      return ordered((order) => order < 0);
    case "lte":
      return ordered((order) => order <= 0);
    case "exists":
      return (value) => (value !== undefined && value !== null) === operand;
    case "has": {
      const names = [operand].flat() as string[];
      return (value) => typeof value === "object" && value !== null && names.some((name) => Object.hasOwn(value, name));
    }
  }
}

export function valueAt(body: unknown, parts: readonly string[]): unknown {
  let value = body;
  for (const part of parts) {
    if (typeof value !== "object" || value === null || Array.isArray(value) || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}
