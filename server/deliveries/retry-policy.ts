import type { ProductRules } from "../../schemas/product.ts";
import type { Attempt } from "./delivery.ts";

const longestRetryAfterMs = 24 * 3_600_000;
const shortestRestMs = 1_000;
const longestRestMs = 30_000;

/**
 * When the next attempt follows one that failed; undefined when the schedule is used up.
 * A `Retry-After` on 429 or 503 can put it off, never bring it forward.
 * @param tries attempts made by the schedule, this one included
 */
export function nextAttemptAt(
  rules: ProductRules["delivery"],
  tries: number,
  attempt: Pick<Attempt, "response">,
  now: Date,
): Date | undefined {
  const delay = rules.retry_delays_seconds[tries - 1];
  if (delay === undefined) return undefined;
  const asked =
    attempt.response && [429, 503].includes(attempt.response.status) ? retryAfterMs(attempt.response.headers["retry-after"], now) : 0;
  return new Date(now.getTime() + Math.max(delay * 1000, Math.min(asked, longestRetryAfterMs)));
}

/** How long a receiver that asked for less is left alone by the hook's other deliveries, in milliseconds. */
export function restAfter({ response }: Pick<Attempt, "response">, now: Date): number {
  return Math.min(Math.max(retryAfterMs(response?.headers["retry-after"], now), shortestRestMs), longestRestMs);
}

/** RFC 9110, 10.2.3: seconds or a date. */
function retryAfterMs(value: string | undefined, now: Date): number {
  if (!value) return 0;
  if (/^\d+$/.test(value.trim())) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? 0 : Math.max(0, date - now.getTime());
}
