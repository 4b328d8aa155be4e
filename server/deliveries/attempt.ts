import type { ProductRules } from "../../schemas/product.ts";
import type { Clock } from "../clock.ts";
import type { LiveEvent } from "../events/event-log.ts";
import type { LiveHook } from "../hooks/hook-registry.ts";
import { newId } from "../ids.ts";
import type { Attempt, Trigger } from "./delivery.ts";
import type { PlatformProfile } from "./platform-profile.ts";
import { signatureHeaders } from "./sign.ts";
import type { Transport } from "./transport.ts";

/** What an attempt means for its delivery and hook. */
export type Verdict = "succeeded" | "failed" | "refused" | "gone";

/** Signs and sends one request. The body's bytes are the event's, on every attempt. */
export async function makeAttempt(
  { clock, transport }: { clock: Pick<Clock, "now">; transport: Pick<Transport, "send"> },
  {
    hook,
    event,
    rules,
    profile,
    trigger,
  }: { hook: LiveHook; event: LiveEvent; rules: ProductRules; profile: PlatformProfile | undefined; trigger: Trigger },
): Promise<{ attempt: Attempt; verdict: Verdict }> {
  const at = clock.now();
  const { previousSecretUntil, targetUrl } = hook.record;
  const headers = {
    "content-type": "application/json",
    "user-agent": "Hookline/0.1",
    ...signatureHeaders(rules.signature, {
      id: event.eventId,
      timestamp: Math.floor(at.getTime() / 1000),
      body: event.body,
      secret: hook.secret,
      previousSecret: previousSecretUntil && previousSecretUntil > at ? hook.previousSecret : null,
    }),
  };
  const answer =
    profile && event.body.length > profile.max_body_bytes
      ? tooLarge(event.body.length, profile)
      : await transport.send({ url: targetUrl, headers, body: event.body, timeoutMs: rules.delivery.timeout_seconds * 1000 });
  const verdict = judge(answer.response?.status, answer.error?.code, rules, profile);
  return {
    attempt: {
      id: newId("att"),
      at,
      trigger,
      outcome: verdict === "succeeded" ? "succeeded" : "failed",
      request: { url: targetUrl, headers },
      ...answer,
    },
    verdict,
  };
}

function tooLarge(size: number, { name, max_body_bytes }: PlatformProfile) {
  const message = `Not sent: the body has ${size} bytes and ${name} takes at most ${max_body_bytes}`;
  return {
    durationMs: 0,
    timings: { dnsMs: null, connectMs: null, tlsMs: null, waitingMs: null },
    response: null,
    error: { code: "BODY_TOO_LARGE", message },
  };
}

/** `gone`: unsubscribed. `refused`: trying again can't help. */
function judge(
  status: number | undefined,
  error: string | undefined,
  { delivery }: ProductRules,
  profile: PlatformProfile | undefined,
): Verdict {
  if (status === undefined) return error === "BODY_TOO_LARGE" ? "refused" : "failed";
  if (status === 410) return "gone";
  if ([...delivery.success, ...(profile?.success ?? [])].some((pattern) => matchesStatus(pattern, status))) return "succeeded";
  return profile?.permanent.some((pattern) => matchesStatus(pattern, status)) ? "refused" : "failed";
}

function matchesStatus(pattern: string, status: number): boolean {
  return pattern.endsWith("xx") ? pattern[0] === String(status)[0] : pattern === String(status);
}
