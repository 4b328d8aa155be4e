import type { Connection } from "mongoose";
import type { EventBody, EventType } from "../../schemas/load-catalogue.ts";
import { compileFilter, type Filter } from "../hooks/filter.ts";
import { events, parseBody } from "./event.ts";

const mostExamined = 1_000;

export type Samples = { bodies: EventBody[]; source: "events" | "catalogue" };

/**
 * The company's latest events of a type, exactly as they were delivered; where there are none that match, the
 * catalogue's examples (those that match, or all).
 */
export async function latestSamples(
  db: Connection,
  company: string,
  eventType: EventType,
  filter: Filter | null,
  limit: number,
): Promise<Samples> {
  const matches = compileFilter(filter, [eventType]);
  const bodies: EventBody[] = [];
  const cursor = events(db)
    .find({ company, type: eventType.type, test: { $ne: true } })
    .sort({ _id: -1 })
    .limit(filter ? mostExamined : limit)
    .lean()
    .cursor();
  for await (const event of cursor) {
    const body = parseBody(event);
    if (matches(body)) bodies.push(body);
    if (bodies.length === limit) break;
  }
  if (bodies.length > 0) return { bodies, source: "events" };
  const matching = eventType.examples.filter(matches);
  return { bodies: (matching.length > 0 ? matching : eventType.examples).slice(0, limit), source: "catalogue" };
}
