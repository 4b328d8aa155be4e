import type { EventBody } from "../../schemas/load-catalogue.ts";
import type { Trigger } from "../connector-app.ts";
import { snakeCase, titleCase } from "../names.ts";
import type { OutputField } from "../output-fields.ts";

/** How a trigger's bodies become Zapier's items; `template/lib/item.js` does the same in the app. */
export type ItemShape = {
  /** What the record's own id is called beside the event's: `deal_id`. */
  recordId: string;
  /** Names of the fields that `previous_data` may have. */
  previousFields: string[];
};

export type ZapierField = { key: string; label: string; type?: string; list?: true; dict?: true; primary?: true; children?: ZapierField[] };

export function itemShape({ fields, noun }: Trigger): ItemShape {
  const data = fields.find(({ name }) => name === "data")?.children ?? [];
  const envelope = fields.filter(({ name }) => name !== "data").map(({ name }) => name);
  const clash = data.find(({ name }) => name !== "id" && envelope.includes(name));
  if (clash) throw new Error(`Zapier would lose ${clash.path}: the body has "${clash.name}" at its top too. Rename one of them.`);
  const taken = new Set([...envelope, ...data.map(({ name }) => name)]);
  const recordId = [snakeCase(data.find(({ name }) => name === "id")?.title ?? ""), `${snakeCase(noun)}_id`, "record_id"].find(
    (name) => name.length > 2 && !taken.has(name),
  );
  return {
    recordId: recordId ?? "record_id",
    previousFields: (fields.find(({ name }) => name === "previous_data")?.children ?? []).map(({ name }) => name),
  };
}

/** A body in Zapier's shape. */
export function zapierItem(body: EventBody, { recordId, previousFields }: ItemShape): Record<string, unknown> {
  const { data, previous_data: previous, ...envelope } = body as EventBody & { previous_data?: Record<string, unknown> | null };
  const { id, ...record } = data;
  const item: Record<string, unknown> = { ...envelope, [recordId]: id, ...record };
  if (previousFields.length > 0) {
    item.changed_fields = Object.keys(previous ?? {});
    item.previous_data = Object.fromEntries(previousFields.map((name) => [name, previous?.[name] ?? null]));
  }
  return item;
}

/** The fields Zapier offers for mapping, in the item's order; `__` joins the names of nested ones. */
export function zapierFields({ fields }: Trigger, shape: ItemShape): ZapierField[] {
  const data = fields.find(({ name }) => name === "data")?.children ?? [];
  const previous = fields.find(({ name }) => name === "previous_data");
  const named = (field: OutputField, key: string): ZapierField[] => flat(field, key, titleCase(field.title));
  return [
    ...fields
      .filter(({ name }) => name !== "data" && name !== "previous_data")
      .flatMap((field) => named(field, field.name))
      .map((field) => (field.key === "id" ? { ...field, primary: true as const } : field)),
    ...data.flatMap((field) => named(field, field.name === "id" ? shape.recordId : field.name)),
    ...(previous ? [{ key: "changed_fields", label: "Changed Fields", list: true as const }] : []),
    ...(previous?.children.flatMap((field) => flat(field, `previous_data__${field.name}`, `Previous ${titleCase(field.title)}`)) ?? []),
  ];
}

function flat(field: OutputField, key: string, label: string): ZapierField[] {
  if (field.type === "object") {
    if (field.children.length === 0) return [{ key, label, dict: true }];
    return field.children.flatMap((child) => flat(child, `${key}__${child.name}`, nestedLabel(label, child)));
  }
  if (field.type === "array") {
    if (field.children.length === 0) return [{ key, label, list: true }];
    return [{ key, label, children: field.children.flatMap((child) => flat(child, child.name, titleCase(child.title))) }];
  }
  return [{ key, label, type: field.format === "date-time" ? "datetime" : field.type }];
}

/** `Owner` and `Owner name` are `Owner Name`. */
function nestedLabel(label: string, { title }: OutputField): string {
  const own = titleCase(title);
  return own.startsWith(`${label} `) ? own : `${label} ${own}`;
}
