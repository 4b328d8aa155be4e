import { STATUS_CODES } from "node:http";
import type { ProductRules } from "../../../schemas/product.ts";
import type { Attempt, DeliveryRecord } from "../../deliveries/delivery.ts";
import { countedUpTo } from "../../deliveries/search-history.ts";
import type { HookRecord } from "../../hooks/hook.ts";
import type { Tone } from "../shell/badge.tsx";
import type { IconName } from "../shell/icons.tsx";

export type Shown = { word: string; tone: Tone; icon: IconName };

/** A delivery's state as people think of it. */
export function stateOf({ status, tries, attempts, reason, manualAt }: DeliveryRecord): Shown {
  if (manualAt) return { word: "Queued", tone: "live", icon: "clock" };
  switch (status) {
    case "succeeded":
      return { word: "Delivered", tone: "ok", icon: "tick" };
    case "failed":
      return { word: "Failed", tone: "bad", icon: "failed" };
    case "held":
      return { word: "Held", tone: "idle", icon: "pause" };
    case "cancelled":
      return { word: "Not sent", tone: "idle", icon: "dash" };
    case "pending":
      if (tries > 0) return { word: "Retrying", tone: "wait", icon: "retry" };
      if (reason && attempts.length === 0) return { word: "Sending", tone: "live", icon: "plane" };
      return { word: "Queued", tone: "live", icon: "clock" };
  }
}

/** A webhook's state, and what there is to say about it. */
export function hookState({ status, failingSince, goneAt }: HookRecord): Shown {
  if (goneAt || status === "disabled" || status === "removed") return { word: "Turned off", tone: "bad", icon: "off" };
  if (status === "paused") return { word: "Paused", tone: "idle", icon: "pause" };
  return failingSince ? { word: "Failing", tone: "bad", icon: "warning" } : { word: "Active", tone: "ok", icon: "tick" };
}

/** `503 Service Unavailable`, `Timed out after 10 s`. */
export function outcomeOf({ response, error }: Pick<Attempt, "response" | "error">): string {
  if (response) return `${response.status} ${STATUS_CODES[response.status] ?? ""}`.trim();
  return error?.message ?? "No answer";
}

/** `503`, `Timed out after 10 s`: for rows. */
export function shortOutcome({ response, error }: Pick<Attempt, "response" | "error">): string {
  return response ? String(response.status) : (error?.message ?? "No answer");
}

/** A whole sentence: `The endpoint answered 503 Service Unavailable.` */
export function problemSentence(attempt: Pick<Attempt, "response" | "error">, timeoutSeconds: number): string {
  if (attempt.response) return `The endpoint answered ${outcomeOf(attempt)}.`;
  if (attempt.error?.code === "TIMEOUT") return `The endpoint didn’t answer within ${timeoutSeconds} seconds.`;
  return `${outcomeOf(attempt)}.`;
}

/** What the whole schedule has in it: the first attempt and its retries. */
export function mostTries({ delivery }: ProductRules): number {
  return delivery.retry_delays_seconds.length + 1;
}

/** When the last planned attempt would be made, and how many follow the next one. */
export function restOfSchedule({ delivery }: ProductRules, { tries, dueAt }: DeliveryRecord): { more: number; until: Date } | undefined {
  if (!dueAt) return undefined;
  const left = delivery.retry_delays_seconds.slice(tries);
  const seconds = left.reduce((sum, delay) => sum + delay, 0);
  return left.length > 0 ? { more: left.length, until: new Date(dueAt.getTime() + seconds * 1000) } : undefined;
}

/** What it is about, as people call it. */
export function subjectWords({ subject, recordId, type }: Pick<DeliveryRecord, "subject" | "recordId" | "type">): string {
  return subject ?? (recordId ? `${type.split(".")[0]} ${recordId}` : type);
}

export function hookName({ name, targetUrl }: Pick<HookRecord, "name" | "targetUrl">): string {
  return name ?? shortUrl(targetUrl);
}

/** Host and path; the scheme only where it is worth a look. */
export function shortUrl(url: string): string {
  return url.replace(/^https:\/\//, "").replace(/\/$/, "");
}

export function counted(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString("en-GB")} ${n === 1 ? one : many}`;
}

/** Counts stop at a thousand: `1,000+`. */
export function cappedCount(n: number): string {
  return n > countedUpTo ? `${countedUpTo.toLocaleString("en-GB")}+` : n.toLocaleString("en-GB");
}
