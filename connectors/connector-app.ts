import type { EventBody, EventType, Product } from "../schemas/load-catalogue.ts";
import { type FilterInput, filterInputs } from "./filter-inputs.ts";
import { snakeCase } from "./names.ts";
import { type OutputField, outputFields } from "./output-fields.ts";

/** One event type as a trigger, before any platform's own form. */
export type Trigger = {
  /** `deal.won` */
  type: string;
  /** `deal_won` */
  key: string;
  /** In title case: `Deal Won`. */
  label: string;
  /** What the event is about: `Deal`. */
  noun: string;
  description: string;
  category: { id: string; label: string };
  /** Kept for those who use it, hidden from everybody else. */
  deprecated: boolean;
  fields: OutputField[];
  filters: FilterInput[];
  examples: EventBody[];
  /** The first example with nothing in it that a real body may lack. */
  sample: EventBody;
};

/** Everything a platform's generator needs: a product, its triggers, and where its Hookline server is. */
export type ConnectorApp = {
  product: Pick<Product, "id" | "name" | "description" | "url" | "signature" | "listing"> & { categories: { id: string; label: string }[] };
  /** Public URL of the server, without a slash at its end. */
  server: string;
  /** Of the generated app. */
  version: string;
  scopes: string[];
  triggers: Trigger[];
};

export const appVersion = "1.0.0";
/** What the connectors ask for: to subscribe, to check a subscription, and to show samples and choices. */
export const connectorScopes = ["hooks:read", "hooks:write", "events:read"];

export function connectorApp(product: Product, server: string): ConnectorApp {
  const { id, name, description, url, signature, listing, categories } = product;
  return {
    product: { id, name, description, url, signature, categories, ...(listing ? { listing } : {}) },
    server: server.replace(/\/+$/, ""),
    version: appVersion,
    scopes: connectorScopes,
    triggers: [...product.eventTypes.values()].map((eventType) => triggerOf(eventType, product)),
  };
}

function triggerOf(eventType: EventType, { categories }: Product): Trigger {
  const fields = outputFields(eventType.schema);
  const category = categories.find(({ id }) => id === eventType.category) ?? { id: eventType.category, label: eventType.category };
  const ids = categories.map(({ id }) => id);
  return {
    type: eventType.type,
    key: snakeCase(eventType.type),
    label: eventType.label,
    noun: fields.find(({ name }) => name === "data")?.title ?? eventType.label,
    description: eventType.description,
    category: { id: category.id, label: category.label },
    deprecated: eventType.schema.deprecated === true,
    fields,
    filters: filterInputs(eventType.type, ids, fields),
    examples: eventType.examples,
    sample: steady(eventType.examples[0] as EventBody, fields) as EventBody,
  };
}

/** Without keys that aren't always there, so that a static sample never shows what a live body lacks (Zapier T004, T006). */
function steady(value: Record<string, unknown>, fields: OutputField[]): Record<string, unknown> {
  return Object.fromEntries(
    fields
      .filter(({ name, required }) => required && name in value)
      .map((field) => {
        const inner = value[field.name];
        if (field.type !== "object" || typeof inner !== "object" || inner === null) return [field.name, inner];
        return [field.name, steady(inner as Record<string, unknown>, field.children)];
      }),
  );
}
