import type { ProductRules } from "../../schemas/product.ts";
import type { Clock } from "../clock.ts";
import type { LiveEvent } from "../events/event-log.ts";
import type { LiveHook } from "../hooks/hook-registry.ts";
import { newId } from "../ids.ts";
import type { Attempt, Trigger } from "./delivery.ts";
import { answerOf, matchesStatus, type PlatformProfile } from "./platform-profile.ts";
import { signatureHeaders } from "./sign.ts";
import type { Transport } from "./transport.ts";

/** What an attempt means for its delivery and hook. `gone`: unsubscribed. `refused`: trying again can't help. */
export type Verdict = "succeeded" | "failed" | "throttled" | "refused" | "gone";

/** `says`: what the platform means by its answer, for people. */
export type Judgement = { verdict: Verdict; says: string | null };

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
): Promise<{ attempt: Attempt } & Judgement> {
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
  const { verdict, says } = judge(answer, rules, profile);
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
    says,
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

const verdictOf = { delivered: "succeeded", retry: "failed", throttled: "throttled", refused: "refused", gone: "gone" } as const;

/** The platform's word comes first, then the product's; 410 unsubscribes whoever says it. */
function judge(
  { response, error }: Pick<Attempt, "response" | "error">,
  { delivery }: ProductRules,
  profile: PlatformProfile | undefined,
): Judgement {
  if (!response) return { verdict: error?.code === "BODY_TOO_LARGE" ? "refused" : "failed", says: null };
  const answer = profile && answerOf(profile, response.status, response.body);
  if (answer) return { verdict: verdictOf[answer.means], says: answer.says };
  if (response.status === 410) return { verdict: "gone", says: null };
  const delivered = delivery.success.some((pattern) => matchesStatus(pattern, response.status));
  return { verdict: delivered ? "succeeded" : "failed", says: null };
}
