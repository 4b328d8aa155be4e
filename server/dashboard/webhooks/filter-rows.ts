import type { Field } from "../../../schemas/fields.ts";
import type { EventType } from "../../../schemas/load-catalogue.ts";
import type { FieldError } from "../../errors.ts";
import type { Filter } from "../../hooks/filter.ts";

/** One condition as the form has it: everything a text, several values one a line. */
export type Condition = { path: string; operator: string; value: string };

export type OperatorChoice = { id: string; label: string; takes: "nothing" | "one" | "many" };

const operators: Record<string, OperatorChoice> = {
  eq: { id: "eq", label: "is", takes: "one" },
  ne: { id: "ne", label: "is not", takes: "one" },
  in: { id: "in", label: "is one of", takes: "many" },
  gt: { id: "gt", label: "is more than", takes: "one" },
  gte: { id: "gte", label: "is at least", takes: "one" },
  lt: { id: "lt", label: "is less than", takes: "one" },
  lte: { id: "lte", label: "is at most", takes: "one" },
  exists: { id: "exists", label: "has a value", takes: "nothing" },
  empty: { id: "empty", label: "is empty", takes: "nothing" },
  has: { id: "has", label: "includes", takes: "many" },
};

/** The fields that a filter may use: those that every chosen event type has. */
export function filterFields(types: readonly EventType[]): Field[] {
  const [first, ...others] = types;
  if (!first) return [];
  return [...first.fields.values()].filter(
    ({ path, type }) =>
      (path.startsWith("data.") || path === "previous_data" || path.startsWith("previous_data.")) &&
      (type !== "object" || path === "previous_data") &&
      others.every(({ fields }) => fields.has(path)),
  );
}

export function operatorsOf(field: Field | undefined): OperatorChoice[] {
  const pick = (...ids: string[]) => ids.flatMap((id) => operators[id] ?? []);
  if (!field) return pick("eq", "ne", "in", "gt", "gte", "lt", "lte", "exists", "empty");
  if (field.type === "object") return pick("has", "exists", "empty");
  if (field.type === "boolean") return pick("eq", "exists", "empty");
  if (field.values) return pick("eq", "ne", "in", "exists", "empty");
  const ordered = ["number", "integer"].includes(field.items ?? field.type) || field.format === "date-time" || field.format === "date";
  return ordered ? pick("eq", "ne", "gt", "gte", "lt", "lte", "in", "exists", "empty") : pick("eq", "ne", "in", "exists", "empty");
}

export function operatorOf(id: string): OperatorChoice | undefined {
  return operators[id];
}

/** A stored filter as the form's rows, one a condition; undefined where the form could not write it back. */
export function rowsOf(filter: Filter | null): Condition[] | undefined {
  const rows: Condition[] = [];
  for (const [path, condition] of Object.entries(filter ?? {})) {
    const named = Array.isArray(condition)
      ? { in: condition }
      : typeof condition === "object" && condition !== null
        ? condition
        : { eq: condition };
    for (const [operator, operand] of Object.entries(named)) {
      if (operator === "exists") rows.push({ path, operator: operand ? "exists" : "empty", value: "" });
      else if (operator === "eq" && operand === null) rows.push({ path, operator: "empty", value: "" });
      else if ([operand].flat().some((value) => value === null || String(value).includes("\n"))) return undefined;
      else rows.push({ path, operator, value: Array.isArray(operand) ? operand.join("\n") : String(operand) });
    }
  }
  return rows;
}

/** The filter that the rows say. Rows without a field are passed over. */
export function filterOf(
  rows: readonly Condition[],
  types: readonly EventType[],
): { filter: Record<string, Record<string, unknown>> | null; problems: FieldError[] } {
  const filter: Record<string, Record<string, unknown>> = {};
  const problems: FieldError[] = [];
  for (const [i, { path, operator, value }] of rows.entries()) {
    if (!path) continue;
    const name = `condition-${i}`;
    const choice = operators[operator];
    if (!choice) {
      problems.push({ field: name, message: "choose how to compare" });
      continue;
    }
    const field = types[0]?.fields.get(path);
    const own = filter[path] ?? {};
    filter[path] = own;
    const key = operator === "empty" ? "exists" : operator;
    if (key in own) {
      problems.push({
        field: name,
        message: `“${choice.label}” stands twice for ${path}; put all values into one condition with “is one of”`,
      });
      continue;
    }
    const values = (choice.takes === "many" ? value.split(/\r?\n/) : [value]).map((one) => one.trim()).filter((one) => one !== "");
    if (choice.takes !== "nothing" && values.length === 0) {
      problems.push({ field: name, message: `${path} needs a value to compare with; for a field without one use “is empty”` });
      continue;
    }
    const typed = values.map((one) => typedValue(one, field));
    own[key] = choice.takes === "nothing" ? operator === "exists" : choice.takes === "many" ? typed : typed[0];
  }
  return { filter: Object.keys(filter).length > 0 ? filter : null, problems };
}

/** A text in the field's type; what doesn't fit stays a text, and the filter's own check says so. */
function typedValue(text: string, field: Field | undefined): unknown {
  const type = field?.items ?? field?.type ?? "string";
  if (type === "number" || type === "integer") return text !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
  if (type === "boolean") return text === "true" ? true : text === "false" ? false : text;
  if (type === "any" && /^(true|false|-?\d+(\.\d+)?)$/.test(text)) return JSON.parse(text);
  return text;
}
