import { useViewer } from "./viewer.ts";

const formatters = new Map<string, Intl.DateTimeFormat>();

function format(zone: string, at: Date, options: Intl.DateTimeFormatOptions): string {
  const key = `${zone} ${JSON.stringify(options)}`;
  let formatter = formatters.get(key);
  if (!formatter) {
    formatter = new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...options });
    if (formatters.size < 500) formatters.set(key, formatter);
  }
  return formatter.format(at);
}

export function clockTime(zone: string, at: Date): string {
  return format(zone, at, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

export function clockTimeMs(zone: string, at: Date): string {
  return format(zone, at, { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3 });
}

/** A day's key, for grouping: two times of one day in the zone have the same. */
export function dayKey(zone: string, at: Date): string {
  return format(zone, at, { year: "numeric", month: "2-digit", day: "2-digit" });
}

/** `Today`, `Yesterday`, `Sunday 22 November`. */
export function dayName(zone: string, at: Date, now: Date): string {
  const key = dayKey(zone, at);
  if (key === dayKey(zone, now)) return "Today";
  if (key === dayKey(zone, new Date(now.getTime() - 24 * 3_600_000))) return "Yesterday";
  const otherYear = format(zone, at, { year: "numeric" }) !== format(zone, now, { year: "numeric" });
  return format(zone, at, { weekday: "long", day: "numeric", month: "long", ...(otherYear ? { year: "numeric" } : {}) });
}

/** `14:10` today, otherwise with its date: `Wed 25 Nov, 14:10`. */
export function moment(zone: string, at: Date, now: Date): string {
  const time = format(zone, at, { hour: "2-digit", minute: "2-digit" });
  if (dayKey(zone, at) === dayKey(zone, now)) return time;
  return `${format(zone, at, { weekday: "short", day: "numeric", month: "short" })}, ${time}`;
}

export function shortDate(zone: string, at: Date, now: Date): string {
  const otherYear = format(zone, at, { year: "numeric" }) !== format(zone, now, { year: "numeric" });
  return format(zone, at, { day: "numeric", month: "short", ...(otherYear ? { year: "numeric" } : {}) });
}

/** `12 s ago`, `3 min ago`, `2 h ago`, `Yesterday`, `19 Nov`. */
export function ago(zone: string, at: Date, now: Date): string {
  const seconds = Math.max(0, Math.round((now.getTime() - at.getTime()) / 1000));
  if (seconds < 2) return "Just now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ago`;
  const day = dayName(zone, at, now);
  if (day === "Today" || seconds < 6 * 3_600) return `${Math.floor(seconds / 3_600)} h ago`;
  return day === "Yesterday" ? day : shortDate(zone, at, now);
}

/** `45 s`, `4 min 08 s`, `1 h 02 min`, `3 days`. */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const two = (n: number) => String(n).padStart(2, "0");
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
  if (seconds < 48 * 3_600) return `${Math.floor(seconds / 3_600)} h ${two(Math.floor((seconds % 3_600) / 60))} min`;
  return `${Math.round(seconds / 86_400)} days`;
}

/** `212 ms`, `10.0 s`. */
export function inTime(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** `Europe/Berlin (UTC+1)` in two parts. */
export function zoneOffset(zone: string, at: Date): string {
  const part = new Intl.DateTimeFormat("en-GB", { timeZone: zone, timeZoneName: "shortOffset" })
    .formatToParts(at)
    .find(({ type }) => type === "timeZoneName")?.value;
  return (part ?? "UTC").replace("GMT", "UTC");
}

type Style = "ago" | "until" | "clock" | "clock-ms" | "moment" | "date";

/** A time in the reader's zone, with the exact one in UTC on hover. `ago` and `until` are kept up to date by the script. */
export function Time({ at, as = "moment" }: { at: Date; as?: Style }) {
  const { zone, now } = useViewer();
  const shown = {
    ago: () => ago(zone, at, now),
    until: () => countdown(at.getTime() - now.getTime()),
    clock: () => clockTime(zone, at),
    "clock-ms": () => clockTimeMs(zone, at),
    moment: () => moment(zone, at, now),
    date: () => shortDate(zone, at, now),
  }[as]();
  return (
    <time dateTime={at.toISOString()} title={`${at.toISOString().replace("T", " ").replace("Z", "")} UTC`} data-as={as}>
      {shown}
    </time>
  );
}
