import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ConnectorApp, Trigger } from "./connector-app.ts";
import type { Finding } from "./lint/rule.ts";
import { byPath, type OutputField } from "./output-fields.ts";

/** What people's automations rely on: a product's lock file, `published.json` in its folder. */
export type Published = { product: string; events: Record<string, PublishedEvent> };
type PublishedEvent = {
  /** Path → type (`string`, `date-time`, `list of string` …). */
  fields: Record<string, string>;
  /** Path → the values an enumerated field may have. */
  values: Record<string, unknown[]>;
  /** Input → what it asks of which path (`eq string data.owner.id`). */
  filters: Record<string, string>;
};

const fileName = "published.json";

export function publishedOf({ product, triggers }: ConnectorApp): Published {
  return { product: product.id, events: Object.fromEntries(triggers.map((trigger) => [trigger.type, eventOf(trigger)])) };
}

function eventOf({ fields, filters }: Trigger): PublishedEvent {
  const all = [...byPath(fields).values()];
  return {
    fields: Object.fromEntries(all.map((field) => [field.path, typeOf(field)])),
    values: Object.fromEntries(all.flatMap(({ path, values }) => (values ? [[path, values]] : []))),
    filters: Object.fromEntries(filters.map(({ key, operator, type, path }) => [key, `${operator} ${type} ${path}`])),
  };
}

function typeOf({ type, format, items }: OutputField): string {
  if (type === "array") return items ? `list of ${items}` : "list";
  return format ? `${type} (${format})` : type;
}

export function readPublished(folder: string): Published | undefined {
  const file = join(folder, fileName);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Published) : undefined;
}

export function writePublished(folder: string, published: Published): void {
  writeFileSync(join(folder, fileName), `${JSON.stringify(published, null, 2)}\n`);
}

const deprecate = 'mark it "deprecated": true instead: its trigger stays for those who use it, hidden from everybody else';

/**
 * What was published and is gone or of another type: Zapier's C001 to C003, which hold for every platform, since an
 * automation breaks alike on each. What is new is no finding. An event type that is marked `deprecated` is still there.
 */
export function drift(published: Published, app: ConnectorApp): Finding[] {
  const now = publishedOf(app);
  const findings: Finding[] = [];
  const report = (rule: string, event: string, message: string, fix: string): void => {
    findings.push({ platform: "catalogue", product: app.product.id, rule, file: `events/${event}.json`, message, fix });
  };
  for (const [event, before] of Object.entries(published.events)) {
    const after = now.events[event];
    if (!after) {
      report("C001", event, `the event type ${event} is gone`, `Put it back and ${deprecate}.`);
      continue;
    }
    for (const [key, was] of Object.entries(before.filters)) {
      const is = after.filters[key];
      if (is !== was)
        report(
          "C002",
          event,
          is ? `the filter ${key} was "${was}" and is "${is}"` : `the filter ${key} is gone`,
          "Put back the field that it stands on, as it was.",
        );
    }
    for (const [path, was] of Object.entries(before.fields)) {
      const is = after.fields[path];
      if (is === undefined)
        report(
          "C003",
          event,
          `the field ${path} is gone`,
          'Put it back; a field that is no longer kept up may be "deprecated": true and null.',
        );
      else if (is !== was)
        report("C003", event, `the field ${path} was ${was} and is ${is}`, "Keep its type, and give what is new a field of its own.");
    }
    for (const [path, values] of Object.entries(before.values)) {
      const missing = values.filter((value) => !after.values[path]?.includes(value));
      if (after.fields[path] !== undefined && after.values[path] && missing.length > 0)
        report(
          "C003",
          event,
          `the field ${path} no longer has ${missing.map((value) => JSON.stringify(value)).join(", ")}`,
          "Put the values back; people's filters and paths name them.",
        );
    }
  }
  return findings;
}

/** What the lock file doesn't hold yet, in words; empty where it is up to date. */
export function additions(published: Published, app: ConnectorApp): string[] {
  const now = publishedOf(app);
  return Object.entries(now.events).flatMap(([event, after]) => {
    const before = published.events[event];
    if (!before) return [`event type ${event}`];
    const fields = Object.keys(after.fields).filter((path) => !(path in before.fields));
    const filters = Object.keys(after.filters).filter((key) => !(key in before.filters));
    const values = Object.entries(after.values).flatMap(([path, list]) =>
      list
        .filter((value) => before.values[path] && !before.values[path].includes(value))
        .map((value) => `${path} ${JSON.stringify(value)}`),
    );
    return [...fields, ...filters.map((key) => `filter ${key}`), ...values].map((what) => `${event}: ${what}`);
  });
}
