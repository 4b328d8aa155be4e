import type { HistorySearch, HistoryView } from "../../deliveries/search-history.ts";
import { historyViews } from "../../deliveries/search-history.ts";
import { field } from "../shell/page.tsx";
import type { Viewer } from "../shell/viewer.ts";

export const periods = [
  { id: "1h", label: "Last hour", ms: 3_600_000 },
  { id: "24h", label: "Last 24 hours", ms: 24 * 3_600_000 },
  { id: "7d", label: "Last 7 days", ms: 7 * 24 * 3_600_000 },
  { id: "30d", label: "Last 30 days", ms: 30 * 24 * 3_600_000 },
] as const;
export const defaultPeriod = "24h";

/** What the address of a list says; every filter stands in it. */
export type HistoryFilters = {
  view: HistoryView;
  q: string;
  hook: string;
  event: string;
  when: string;
  /** As typed, in the reader's zone; they count when `when` is `custom`. */
  from: string;
  to: string;
  before: string;
  after: string;
};

export function readFilters(query: unknown): HistoryFilters {
  const view = field(query, "view") as HistoryView;
  const when = field(query, "when");
  const text = (name: string) => field(query, name).trim().slice(0, 200);
  return {
    view: historyViews.includes(view) ? view : "all",
    q: text("q"),
    hook: text("hook"),
    event: text("event"),
    when: when === "custom" || periods.some(({ id }) => id === when) ? when : defaultPeriod,
    from: text("from"),
    to: text("to"),
    before: text("before"),
    after: text("after"),
  };
}

export function searchOf(filters: HistoryFilters, { company, zone, now }: Viewer): HistorySearch {
  const { hook, event, q, view } = filters;
  const { since, until } = windowOf(filters, zone, now);
  return {
    company: company._id,
    view,
    ...(hook ? { hook } : {}),
    ...(event ? { event } : {}),
    ...(q ? { q } : {}),
    ...(since ? { since } : {}),
    ...(until ? { until } : {}),
  };
}

function windowOf({ when, from, to }: HistoryFilters, zone: string, now: Date): { since: Date | undefined; until: Date | undefined } {
  if (when === "custom") return { since: timeInZone(zone, from), until: timeInZone(zone, to) };
  const ms = periods.find(({ id }) => id === when)?.ms ?? periods[1].ms;
  return { since: new Date(now.getTime() - ms), until: undefined };
}

/** `2026-11-24T09:12`, as a form's field gives it, as a time in that zone. */
export function timeInZone(zone: string, text: string): Date | undefined {
  const match = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d))?/.exec(text);
  if (!match) return undefined;
  const [year, month, day, hour, minute] = match.slice(1).map((part) => Number(part ?? 0));
  const asUtc = Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute);
  if (Number.isNaN(asUtc)) return undefined;
  // The offset at the time looked for, found from one that is at most a day off.
  const guess = asUtc - offsetMs(zone, asUtc);
  return new Date(asUtc - offsetMs(zone, guess));
}

function offsetMs(zone: string, at: number): number {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  }).formatToParts(at);
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value ?? 0);
  const local = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  return local - Math.floor(at / 1000) * 1000;
}

/** The filters as a query, without those that say nothing; `changes` win. */
export function queryOf(filters: HistoryFilters, changes: Partial<HistoryFilters> = {}, fixed: { hook?: boolean } = {}): string {
  const { view, when, ...rest } = { ...filters, ...changes };
  const query = new URLSearchParams();
  if (view !== "all") query.set("view", view);
  if (when !== defaultPeriod) query.set("when", when);
  for (const [name, value] of Object.entries(rest)) {
    if (value === "" || (name === "hook" && fixed.hook)) continue;
    if ((name === "from" || name === "to") && when !== "custom") continue;
    query.set(name, value);
  }
  const text = query.toString();
  return text ? `?${text}` : "";
}

export function isFiltered({ view, q, hook, event, when }: HistoryFilters): boolean {
  return view !== "all" || Boolean(q || hook || event) || when !== defaultPeriod;
}
