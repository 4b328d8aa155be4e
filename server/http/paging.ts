import { invalid } from "../errors.ts";

const defaultLimit = 50;
const mostPerPage = 200;

export type Page = { limit: number; after: string | undefined };

/** Reads `limit` and `cursor`. A cursor is the id of the last record seen, wrapped so that nobody builds on its shape. */
export function readPage(query: { limit?: unknown; cursor?: unknown }): Page {
  return {
    limit: readLimit(query.limit, defaultLimit, mostPerPage),
    after: query.cursor === undefined ? undefined : readCursor(query.cursor),
  };
}

export function readLimit(value: unknown, fallback: number, most: number): number {
  if (value === undefined) return fallback;
  const limit = Number(value);
  if (!Number.isInteger(limit) || limit < 1 || limit > most)
    throw invalid([{ field: "limit", message: `must be a whole number from 1 to ${most} (it is ${JSON.stringify(value)})` }]);
  return limit;
}

/** How many to pass over, for short lists that come whole. */
export function readOffset(value: unknown): number {
  if (value === undefined) return 0;
  const offset = Number(value);
  if (!Number.isInteger(offset) || offset < 0)
    throw invalid([{ field: "offset", message: `must be a whole number from 0 on (it is ${JSON.stringify(value)})` }]);
  return offset;
}

function readCursor(value: unknown): string {
  const decoded = typeof value === "string" ? Buffer.from(value, "base64url").toString("utf8") : "";
  const id = decoded.startsWith("after:") ? decoded.slice(6) : "";
  if (!/^[\x21-\x7e]{1,300}$/.test(id))
    throw invalid([{ field: "cursor", message: "is not a cursor of this list; use the value of `next` as it came" }]);
  return id;
}

/** `records` holds one more than the page, if there is one. */
export function presentPage<T extends { _id: string }, P>(
  records: T[],
  { limit }: Page,
  present: (record: T) => P,
): { data: P[]; next: string | null } {
  const shown = records.slice(0, limit);
  const last = shown.at(-1);
  const next = records.length > limit && last ? Buffer.from(`after:${last._id}`).toString("base64url") : null;
  return { data: shown.map(present), next };
}

/** Refuses query parameters that the call doesn't know, by name. */
export function refuseUnknownParameters(query: object, known: readonly string[]): void {
  const unknown = Object.keys(query).filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw invalid(unknown.map((name) => ({ field: name, message: `is not a known parameter; known are ${known.join(", ") || "none"}` })));
  }
}
