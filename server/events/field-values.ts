import type { Connection } from "mongoose";
import type { EventType, Product } from "../../schemas/load-catalogue.ts";
import { notFound } from "../errors.ts";
import { valueAt } from "../hooks/filter.ts";
import { events, parseBody } from "./event.ts";

export type FieldValue = { id: string | number | boolean; name: string };

const mostExamined = 300;
/** In one answer; `offset` reaches those that follow. */
export const mostValues = 200;
const mostSeen = 1_000;

/**
 * The values a field may have, for dropdowns: those the schema enumerates, otherwise those seen in the company's latest
 * events of the category (a stage that no deal was created in was seen when one moved there), and where there are none
 * the catalogue's examples. An id is named by the name beside it (`data.owner.id` by `data.owner.name`, `data.stage_id`
 * by `data.stage`).
 */
export async function fieldValues(
  db: Connection,
  company: string,
  { eventTypes }: Product,
  eventType: EventType,
  path: string,
): Promise<FieldValue[]> {
  const field = eventType.fields.get(path);
  if (!field || field.type === "object") throw notFound(`Field "${path}" of ${eventType.type}`);
  if (field.values) return field.values.map((value) => ({ id: value as FieldValue["id"], name: inTitleCase(String(value)) }));
  if (field.type === "boolean")
    return [
      { id: true, name: "Yes" },
      { id: false, name: "No" },
    ];

  const namePath = nameBeside(path, eventType);
  const seen = new Map<unknown, FieldValue>();
  const look = (body: Record<string, unknown>): void => {
    const name = namePath ? valueAt(body, namePath.split(".")) : undefined;
    for (const id of [valueAt(body, path.split("."))].flat()) {
      if (id === undefined || id === null || typeof id === "object" || seen.has(id) || seen.size >= mostSeen) continue;
      seen.set(id, { id: id as FieldValue["id"], name: typeof name === "string" && name !== "" ? name : String(id) });
    }
  };
  const relatives = [...eventTypes.values()].filter(({ category, fields }) => category === eventType.category && fields.has(path));
  for (const { type } of relatives) {
    const cursor = events(db)
      .find({ company, type, test: { $ne: true } })
      .sort({ _id: -1 })
      .limit(mostExamined)
      .lean()
      .cursor();
    for await (const event of cursor) look(parseBody(event));
  }
  if (seen.size === 0) for (const { examples } of relatives) for (const example of examples) look(example);
  return [...seen.values()].sort((a, b) => a.name.localeCompare(b.name, "en"));
}

function nameBeside(path: string, { fields }: EventType): string | undefined {
  const candidates = path.endsWith(".id") ? [path.replace(/\.id$/, ".name")] : path.endsWith("_id") ? [path.replace(/_id$/, "")] : [];
  return candidates.find((candidate) => fields.get(candidate)?.type === "string");
}

function inTitleCase(value: string): string {
  const spaced = value.replaceAll("_", " ");
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}
