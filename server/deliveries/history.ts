import type { QueryFilter } from "mongoose";
import { invalid } from "../errors.ts";
import { bytesOf, type EventRecord } from "../events/event.ts";
import { firstIdAt } from "../events/event-id.ts";
import { type Attempt, type DeliveryRecord, type DeliveryStatus, deliveryStatuses } from "./delivery.ts";

export type HistoryQuery = {
  hook?: string | null;
  status?: DeliveryStatus | null;
  /** Of the pending ones those that were tried before, which wait for their next attempt. */
  retrying?: boolean | undefined;
  event?: string | null;
  since?: Date;
  until?: Date;
  q?: string | null;
};

/** Reads the list's parameters; a bad one is named. */
export function readHistoryQuery(query: Record<string, unknown>): HistoryQuery {
  const text = (name: string): string | undefined => {
    const value = query[name];
    if (value === undefined || value === "") return undefined;
    if (typeof value !== "string" || value.length > 200)
      throw invalid([{ field: name, message: "must be a text of at most 200 characters, given once" }]);
    return value;
  };
  const status = text("status");
  if (status !== undefined && !deliveryStatuses.includes(status as DeliveryStatus)) {
    throw invalid([{ field: "status", message: `must be one of ${deliveryStatuses.join(", ")} (it is ${JSON.stringify(status)})` }]);
  }
  const [hook, event, q, since, until] = [
    text("hook"),
    text("event"),
    text("q"),
    readTime("since", text("since")),
    readTime("until", text("until")),
  ];
  return {
    ...(hook ? { hook } : {}),
    ...(status ? { status: status as DeliveryStatus } : {}),
    ...(event ? { event } : {}),
    ...(q ? { q } : {}),
    ...(since ? { since } : {}),
    ...(until ? { until } : {}),
  };
}

export function readTime(field: string, value: string | undefined): Date | undefined {
  if (value === undefined) return undefined;
  const time = new Date(value);
  if (!/^\d{4}-\d\d-\d\d/.test(value) || Number.isNaN(time.getTime())) {
    throw invalid([{ field, message: `must be a time like 2026-04-05T14:30:00Z (it is ${JSON.stringify(value)})` }]);
  }
  return time;
}

/** Ids grow with their event's time, so a window of time is a range of ids and needs no index of its own. */
export function historyFilter({ hook, status, retrying, event, since, until, q }: HistoryQuery): QueryFilter<DeliveryRecord> {
  const ids = {
    ...(since ? { $gte: `dlv_${firstIdAt(since).slice(4)}` } : {}),
    ...(until ? { $lt: `dlv_${firstIdAt(until).slice(4)}` } : {}),
  };
  return {
    ...(hook ? { hook } : {}),
    // What succeeded is most of it and in no index by status; the rest is.
    ...(status ? { status } : {}),
    ...(status && status !== "succeeded" ? { undelivered: true as const } : {}),
    ...(retrying ? { tries: { $gt: 0 } } : {}),
    ...(event ? { type: event } : {}),
    ...(Object.keys(ids).length > 0 ? { _id: ids } : {}),
    ...(q ? { $or: [{ _id: q }, { eventId: q }, { recordId: q }, { subject: containing(q) }, { reason: containing(q) }] } : {}),
  };
}

function containing(text: string): { $regex: string; $options: string } {
  return { $regex: text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), $options: "i" };
}

export function presentDelivery(delivery: DeliveryRecord) {
  const last = delivery.attempts.at(-1);
  return {
    id: delivery._id,
    hook_id: delivery.hook,
    event: delivery.type,
    event_id: delivery.eventId,
    record: { id: delivery.recordId, name: delivery.subject },
    status: delivery.status,
    reason: delivery.reason,
    trigger: delivery.trigger,
    attempts_count: delivery.attempts.length,
    retries_count: Math.max(delivery.attempts.length - 1, 0),
    response_status: last?.response?.status ?? null,
    error: last?.error ?? null,
    last_attempt_at: last?.at ?? null,
    next_attempt_at: delivery.manualAt ?? delivery.dueAt ?? null,
    created_at: delivery.createdAt,
    settled_at: delivery.settledAt,
  };
}

/** The whole story: every attempt with what went out and what came back. */
export function presentDeliveryInFull(delivery: DeliveryRecord, event: EventRecord | null) {
  const body = event ? bytesOf(event.body).toString("utf8") : null;
  return { ...presentDelivery(delivery), attempts: delivery.attempts.map((attempt, i) => presentAttempt(attempt, i + 1, body)) };
}

function presentAttempt(
  { id, at, trigger, outcome, durationMs, timings, request, response, error }: Attempt,
  number: number,
  body: string | null,
) {
  return {
    id,
    number,
    at,
    trigger,
    outcome,
    status: response?.status ?? null,
    error,
    duration_ms: durationMs,
    timings: { dns_ms: timings.dnsMs, connect_ms: timings.connectMs, tls_ms: timings.tlsMs, waiting_ms: timings.waitingMs },
    request: { method: "POST", url: request.url, headers: request.headers, body },
    response: response && { status: response.status, headers: response.headers, body: response.body, truncated: response.truncated },
  };
}
