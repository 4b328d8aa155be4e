import { sentenceCase } from "../names.ts";
import type { OutputField } from "../output-fields.ts";

/** The part of Swagger 2.0's schema object, with Microsoft's additions, that we use. */
export type SwaggerSchema = {
  type: string;
  title?: string;
  description?: string;
  format?: string;
  enum?: unknown[];
  default?: unknown;
  properties?: Record<string, SwaggerSchema>;
  required?: string[];
  items?: SwaggerSchema;
  additionalProperties?: SwaggerSchema | Record<string, never>;
  "x-nullable"?: true;
  "x-ms-summary"?: string;
  "x-ms-visibility"?: "important" | "advanced" | "internal";
  "x-ms-notification-url"?: true;
  "x-ms-dynamic-values"?: { operationId: string; parameters: Record<string, string>; "value-path": string; "value-title": string };
};

const formats = new Set(["date-time", "date", "email", "uri"]);

/** A body's fields as Power Automate's dynamic content shows them: `x-ms-summary` is the label. */
export function notificationSchema(fields: OutputField[]): SwaggerSchema {
  return { type: "object", properties: Object.fromEntries(fields.map((field) => [field.name, schemaOf(field, "")])) };
}

function schemaOf(field: OutputField, around: string): SwaggerSchema {
  // Dynamic content is one flat list, so that "Name" alone would say nothing.
  const own = sentenceCase(field.title);
  const label = around && !own.toLowerCase().startsWith(around.toLowerCase()) ? sentenceCase(`${around} ${own}`) : own;
  const shown = {
    title: own,
    "x-ms-summary": label,
    description: field.description || `${own}.`,
    ...(field.nullable ? { "x-nullable": true as const } : {}),
  };
  if (field.type === "object") {
    const inner = field.path === "data" ? "" : field.path === "previous_data" ? "Previous" : label;
    const properties = Object.fromEntries(field.children.map((child) => [child.name, schemaOf(child, inner)]));
    return { type: "object", ...shown, properties, ...(field.open ? { additionalProperties: {} } : {}) };
  }
  if (field.type === "array") {
    const items: SwaggerSchema =
      field.children.length > 0
        ? { type: "object", properties: Object.fromEntries(field.children.map((child) => [child.name, schemaOf(child, label)])) }
        : { type: field.items ?? "string" };
    return { type: "array", ...shown, items };
  }
  return { type: field.type, ...shown, ...(field.format && formats.has(field.format) ? { format: field.format } : {}) };
}
