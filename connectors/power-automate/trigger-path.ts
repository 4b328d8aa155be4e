import type { Trigger } from "../connector-app.ts";
import type { FilterInput } from "../filter-inputs.ts";
import { pascalCase, sentenceCase } from "../names.ts";
import { notificationSchema, type SwaggerSchema } from "./notification-schema.ts";

/** The operation that fills dropdowns. */
export const listValues = "ListFieldValues";
export const problem = { description: "What is wrong, in words.", schema: { type: "object" } };

/** One path an event type, since a path has one notification schema. Power Automate DELETEs the `Location` of the 201. */
export function triggerPath(trigger: Trigger) {
  const { type, label, description, deprecated, fields, filters, noun } = trigger;
  const properties: Record<string, SwaggerSchema> = {
    target_url: {
      type: "string",
      title: "Callback URL",
      "x-ms-summary": "Callback URL",
      description: "Filled in by Power Automate.",
      "x-ms-notification-url": true,
      "x-ms-visibility": "internal",
    },
    name: hidden("Name", `Power Automate: ${label}`),
    platform: hidden("Platform", "power-automate"),
    ...(filters.length > 0 ? { filter: filterSchema(filters) } : {}),
  };
  return {
    "x-ms-notification-content": { description: `The ${noun.toLowerCase()} and what happened to it.`, schema: notificationSchema(fields) },
    post: {
      operationId: pascalCase(type),
      summary: triggerSummary(trigger),
      description,
      ...(deprecated ? { deprecated: true } : {}),
      "x-ms-trigger": "single",
      "x-ms-visibility": deprecated ? "internal" : "important",
      parameters: [
        {
          name: "body",
          in: "body",
          required: true,
          schema: { type: "object", required: ["target_url", "name", "platform"], properties },
        },
      ],
      responses: { 201: { description: "Subscribed; Location is where to unsubscribe." }, default: problem },
    },
  };
}

/** `Triggers when a deal is marked as won.` → `When a deal is marked as won` */
function triggerSummary({ description, label }: Pick<Trigger, "description" | "label">): string {
  const [, when] = /^Triggers (when .*?)\.?$/.exec(description) ?? [];
  const summary = when ? `${when.charAt(0).toUpperCase()}${when.slice(1)}` : `When ${label.toLowerCase()}`;
  return summary.slice(0, 80);
}

function hidden(title: string, value: string): SwaggerSchema {
  return {
    type: "string",
    title,
    "x-ms-summary": title,
    description: "Filled in by the connector.",
    default: value,
    "x-ms-visibility": "internal",
  };
}

function filterSchema(filters: FilterInput[]): SwaggerSchema {
  const properties = filters.map((input): [string, SwaggerSchema] => {
    const { key: _, path, operator, label, help, type, choices } = input;
    const value: SwaggerSchema = {
      type,
      title: sentenceCase(label),
      "x-ms-summary": sentenceCase(label),
      description: help,
      ...(choices?.kind === "listed" ? { enum: choices.options.map((option) => option.value) } : {}),
      ...(choices?.kind === "seen"
        ? {
            "x-ms-dynamic-values": {
              operationId: listValues,
              parameters: { type: choices.eventType, path },
              "value-path": "id",
              "value-title": "name",
            },
          }
        : {}),
    };
    if (operator === "eq") return [path, value];
    return [path, { type: "object", title: sentenceCase(label), description: help, properties: { [operator]: value } }];
  });
  return {
    type: "object",
    title: "Filter",
    description: "Only events that match all of these are sent.",
    properties: Object.fromEntries(properties),
  };
}
