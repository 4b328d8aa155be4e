import type { JsonSchema } from "./bundle.ts";

/** One field of an event's body, as filters, dropdowns and connectors see it. */
export type Field = {
  /** Dotted path in the body: `data.owner.id`. */
  path: string;
  title: string;
  description: string;
  /** JSON Schema type without null: string, number, integer, boolean, object or array. */
  type: string;
  nullable: boolean;
  format?: string;
  /** The values an enumerated field may have, without null. */
  values?: unknown[];
  /** Type of the elements, where it is an array of scalars. */
  items?: string;
  /** An object that also takes keys the schema doesn't name (custom fields). */
  open: boolean;
};

/** Follows `$ref`; keywords beside it win over the referred schema's, and properties of both are joined. */
export function resolve(root: JsonSchema, schema: JsonSchema): JsonSchema {
  if (typeof schema.$ref !== "string") return schema;
  const target = schema.$ref
    .split("/")
    .slice(1)
    .reduce<unknown>((node, part) => (node as JsonSchema)[part], root) as JsonSchema;
  const { $ref: _, ...beside } = schema;
  const base = resolve(root, target);
  const properties =
    base.properties || beside.properties ? { properties: { ...(base.properties as object), ...(beside.properties as object) } } : {};
  return { ...base, ...beside, ...properties };
}

/** Every field of a body's schema by its dotted path, parents before children. */
export function fieldsOf(root: JsonSchema): Map<string, Field> {
  const fields = new Map<string, Field>();

  function visit(schema: JsonSchema, path: string): void {
    const resolved = resolve(root, schema);
    const types = [resolved.type ?? (resolved.const === undefined ? [] : typeof resolved.const)].flat() as string[];
    const items = resolved.items ? resolve(root, resolved.items as JsonSchema).type : undefined;
    const values = resolved.const === undefined ? (resolved.enum as unknown[] | undefined) : [resolved.const];
    fields.set(path, {
      path,
      title: String(resolved.title ?? ""),
      description: String(resolved.description ?? ""),
      type: types.find((type) => type !== "null") ?? "string",
      nullable: types.includes("null"),
      ...(typeof resolved.format === "string" ? { format: resolved.format } : {}),
      ...(values ? { values: values.filter((value) => value !== null) } : {}),
      ...(typeof items === "string" ? { items } : {}),
      open: typeof resolved.additionalProperties === "object",
    });
    for (const [name, child] of Object.entries((resolved.properties ?? {}) as Record<string, JsonSchema>)) visit(child, `${path}.${name}`);
  }

  for (const [name, child] of Object.entries((resolve(root, root).properties ?? {}) as Record<string, JsonSchema>)) visit(child, name);
  return fields;
}
