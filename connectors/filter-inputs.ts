import { sentenceCase } from "./names.ts";
import { byPath, type OutputField, type ScalarType, type ScalarValue } from "./output-fields.ts";

/** An input by which a person narrows a trigger; it becomes one condition of the hook's filter, applied by the server. */
export type FilterInput = {
  key: string;
  /** In sentence case: `From status`. */
  label: string;
  help: string;
  type: ScalarType;
  /** The path the condition stands at. */
  path: string;
  /** `eq`: the value itself. `gte`: at least. `has`: the object at `path` has the field named. */
  operator: "eq" | "gte" | "has";
  /** `listed`: what the schema enumerates. `seen`: what the field-values endpoint gives for this event type and path. */
  choices: { kind: "listed"; options: { value: ScalarValue; label: string }[] } | { kind: "seen"; eventType: string } | undefined;
};

/**
 * The inputs a trigger offers, by rules that hold for any product:
 * - a change (`previous_data.status`, `data.previous_stage_id`) can be narrowed by where from and where to;
 * - a link to something that isn't a record of its own category (pipeline, stage, owner) by which one;
 * - an enumerated field by its value, unless the event type says it already (`deal.won`);
 * - the first number beside a currency by its least amount;
 * - an update by the field that changed.
 */
export function filterInputs(eventType: string, categories: readonly string[], fields: OutputField[]): FilterInput[] {
  const known = byPath(fields);
  const data = known.get("data")?.children ?? [];
  const previous = known.get("previous_data")?.children ?? [];
  const action = eventType.split(".").slice(1).join(".");
  const found = new Map<string, FilterInput>();
  const taken = new Set<string>();
  const add = (input: FilterInput): void => {
    if (taken.has(input.path) && input.operator === "eq") return;
    taken.add(input.path);
    found.set(input.key, input);
  };
  const dropdown = (key: string, label: string, help: string, field: OutputField): void =>
    add({ key, label, help, type: scalarOf(field), path: field.path, operator: "eq", choices: choicesOf(field, eventType) });

  for (const { from, to, name, label } of transitions(eventType, data, previous)) {
    dropdown(`from_${name}`, `From ${label}`, `Only when the ${label} was this before.`, from);
    dropdown(`to_${name}`, `To ${label}`, `Only when the ${label} is this now.`, to);
  }
  for (const field of data) {
    const single = idOf(field, data, categories);
    if (single) dropdown(single.key, single.label, `Only with this ${single.label.toLowerCase()}.`, single.field);
  }
  for (const field of data) {
    if (!field.values || field.values.length < 2 || field.values.some((value) => action.endsWith(String(value)))) continue;
    dropdown(field.name, sentenceCase(field.title), `Only with this ${sentenceCase(field.title).toLowerCase()}.`, field);
  }
  const amount = data.some(({ name }) => name === "currency") ? data.find(({ type }) => type === "number") : undefined;
  if (amount)
    add({
      key: `minimum_${amount.name}`,
      label: `Minimum ${sentenceCase(amount.title).toLowerCase()}`,
      help: `Only when the ${sentenceCase(amount.title).toLowerCase()} is at least this, in its own currency.`,
      type: "number",
      path: amount.path,
      operator: "gte",
      choices: undefined,
    });
  if (eventType.endsWith("updated") && previous.length > 0)
    add({
      key: "changed_field",
      label: "Changed field",
      help: "Only when this field changed.",
      type: "string",
      path: "previous_data",
      operator: "has",
      choices: { kind: "listed", options: previous.map(({ name, title }) => ({ value: name, label: sentenceCase(title) })) },
    });
  return [...found.values()];
}

type Transition = { name: string; label: string; from: OutputField; to: OutputField };

/** What the event is a change of: a field that `previous_data` always has, or one with a `previous_…` beside it. */
function transitions(eventType: string, data: OutputField[], previous: OutputField[]): Transition[] {
  if (!eventType.endsWith("_changed")) return [];
  const now = new Map(data.map((field) => [field.name, field]));
  const recorded = previous.filter(({ required, values }) => required && values);
  const beside = data.filter(({ name }) => name.startsWith("previous_"));
  const ids = beside.filter(({ name }) => name.endsWith("_id"));
  return [
    ...recorded.map((from) => ({ from, name: from.name })),
    ...(ids.length > 0 ? ids : beside).map((from) => ({ from, name: from.name.replace(/^previous_/, "") })),
  ].flatMap(({ from, name }) => {
    const to = now.get(name);
    const plain = name.replace(/_id$/, "");
    return to ? [{ from, to, name: plain, label: plain.replaceAll("_", " ") }] : [];
  });
}

/** The id by which a link is chosen: of an embedded link, or a scalar `…_id` with the name beside it. */
function idOf(
  field: OutputField,
  data: OutputField[],
  categories: readonly string[],
): { field: OutputField; key: string; label: string } | undefined {
  if (field.type === "object") {
    if (categories.includes(field.link ?? field.name)) return undefined;
    const id = field.children.find(({ name }) => name === "id");
    const named = field.children.some(({ name }) => name === "name");
    return id && named ? { field: id, key: field.name, label: sentenceCase(field.title) } : undefined;
  }
  const name = field.name.replace(/_id$/, "");
  if (name === field.name || name.startsWith("previous_") || categories.includes(name)) return undefined;
  const beside = data.find((candidate) => candidate.name === name);
  return beside ? { field, key: name, label: sentenceCase(beside.title) } : undefined;
}

function scalarOf({ type }: OutputField): ScalarType {
  return type === "object" || type === "array" ? "string" : type;
}

function choicesOf(field: OutputField, eventType: string): FilterInput["choices"] {
  if (!field.values) return { kind: "seen", eventType };
  return { kind: "listed", options: field.values.map((value) => ({ value, label: sentenceCase(spaced(String(value))) })) };
}

function spaced(value: string): string {
  const words = value.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
