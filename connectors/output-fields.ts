import type { JsonSchema } from "../schemas/bundle.ts";
import { resolve } from "../schemas/fields.ts";

export type ScalarType = "string" | "number" | "integer" | "boolean";

/** One field of a delivered body, as a tree: what platforms offer for mapping. */
export type OutputField = {
  name: string;
  /** Dotted path in the body: `data.owner.id`. */
  path: string;
  title: string;
  description: string;
  type: ScalarType | "object" | "array";
  format: string | undefined;
  nullable: boolean;
  /** There whenever the object around it is: `previous_data` holds only what changed. */
  required: boolean;
  /** The values an enumerated field may have, without null. */
  values: ScalarValue[] | undefined;
  /** An object that also takes keys the schema doesn't name (custom fields). */
  open: boolean;
  deprecated: boolean;
  /** `contact` for `contact_link.json`: which kind of record an embedded link stands for. */
  link: string | undefined;
  /** Fields of an object, or of the objects in a list. */
  children: OutputField[];
  /** Type of a list's elements, where they are scalars. */
  items: ScalarType | undefined;
};
export type ScalarValue = string | number | boolean;

/** The fields of a body's schema, in its order. */
export function outputFields(root: JsonSchema): OutputField[] {
  return fieldsIn(root, root, "");
}

function fieldsIn(root: JsonSchema, schema: JsonSchema, prefix: string): OutputField[] {
  const required = requiredOf(root, schema);
  const properties = (resolve(root, schema).properties ?? {}) as Record<string, JsonSchema>;
  return Object.entries(properties).map(([name, child]) => fieldOf(root, child, name, `${prefix}${name}`, required.has(name)));
}

function fieldOf(root: JsonSchema, schema: JsonSchema, name: string, path: string, required: boolean): OutputField {
  const resolved = resolve(root, schema);
  const types = [resolved.type ?? (resolved.const === undefined ? [] : typeof resolved.const)].flat() as OutputField["type"][];
  const type = types.find((candidate) => (candidate as string) !== "null") ?? "string";
  const values = (resolved.const === undefined ? resolved.enum : [resolved.const]) as unknown[] | undefined;
  const itemSchema = type === "array" ? (resolved.items as JsonSchema | undefined) : undefined;
  const item = itemSchema && fieldOf(root, itemSchema, name, path, true);
  return {
    name,
    path,
    title: String(resolved.title ?? name),
    description: String(resolved.description ?? ""),
    type,
    format: typeof resolved.format === "string" ? resolved.format : undefined,
    nullable: (types as string[]).includes("null"),
    required,
    values: values?.filter((value): value is ScalarValue => value !== null),
    open: typeof resolved.additionalProperties === "object",
    deprecated: resolved.deprecated === true,
    link: linkOf(root, schema),
    children: type === "object" ? fieldsIn(root, schema, `${path}.`) : (item?.children ?? []),
    items: item && item.type !== "object" && item.type !== "array" ? item.type : undefined,
  };
}

/** A schema's `required` and that of whatever it refers to: both apply. */
function requiredOf(root: JsonSchema, schema: JsonSchema): Set<string> {
  const own = (schema.required as string[] | undefined) ?? [];
  const target = targetOf(root, schema);
  return new Set([...(target ? requiredOf(root, target) : []), ...own]);
}

function linkOf(root: JsonSchema, schema: JsonSchema): string | undefined {
  const [, link] = /^#\/\$defs\/(\w+)_link$/.exec(String(schema.$ref ?? "")) ?? [];
  const target = targetOf(root, schema);
  return link ?? (target ? linkOf(root, target) : undefined);
}

function targetOf(root: JsonSchema, { $ref }: JsonSchema): JsonSchema | undefined {
  if (typeof $ref !== "string") return undefined;
  return $ref
    .split("/")
    .slice(1)
    .reduce<unknown>((node, part) => (node as JsonSchema)[part], root) as JsonSchema;
}

/** Every field of a tree by its path, parents before children. */
export function byPath(fields: OutputField[]): Map<string, OutputField> {
  const found = new Map<string, OutputField>();
  const visit = (field: OutputField): void => {
    found.set(field.path, field);
    field.children.forEach(visit);
  };
  fields.forEach(visit);
  return found;
}
