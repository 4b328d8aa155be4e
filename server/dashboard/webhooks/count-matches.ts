import type { Connection } from "mongoose";
import type { EventType } from "../../../schemas/load-catalogue.ts";
import { events, parseBody } from "../../events/event.ts";
import { compileFilter, type Filter } from "../../hooks/filter.ts";

const mostPerType = 100;
const mostTypes = 10;

/** How many of the company's latest events of these types a filter would let through. */
export async function countMatches(
  db: Connection,
  company: string,
  types: readonly EventType[],
  filter: Filter | null,
): Promise<{ examined: number; matched: number }> {
  const found = await Promise.all(
    types.slice(0, mostTypes).map(({ type }) =>
      events(db)
        .find({ company, type, test: { $ne: true } })
        .select({ body: 1 })
        .sort({ _id: -1 })
        .limit(mostPerType)
        .lean(),
    ),
  );
  const bodies = found.flat().map(parseBody);
  return { examined: bodies.length, matched: bodies.filter(compileFilter(filter, types)).length };
}
