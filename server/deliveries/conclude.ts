import type { ProductRules } from "../../schemas/product.ts";
import type { LiveHook } from "../hooks/hook-registry.ts";
import type { Judgement } from "./attempt.ts";
import { heldReason } from "./cancel-deliveries.ts";
import type { Attempt, DeliveryStatus } from "./delivery.ts";
import type { Item } from "./dispatcher.ts";
import { nextAttemptAt } from "./retry-policy.ts";

export type Conclusion = { status: DeliveryStatus; reason: string | null; dueAt?: Date };

export const goneReason = "The receiver answered 410 Gone: it unsubscribed.";

/** How a delivery goes on after an attempt. `hook` is as it is now, which may not be as it was when the attempt began. */
export function conclude(
  { trigger, stored }: Pick<Item, "trigger" | "stored">,
  { attempt, verdict, says }: { attempt: Attempt } & Judgement,
  { rules, hook, now }: { rules: ProductRules["delivery"]; hook: LiveHook | undefined; now: Date },
): Conclusion {
  const outcome = says && verdict !== "succeeded" ? `${inWords(attempt)}: ${says.replace(/\.$/, "")}` : inWords(attempt);
  switch (verdict) {
    case "succeeded":
      return { status: "succeeded", reason: null };
    case "gone":
      return { status: "failed", reason: goneReason };
    case "refused":
      return { status: "failed", reason: `${outcome}; trying again can't help.` };
  }
  if (trigger === "test") return { status: "failed", reason: `${outcome}. Tests are not retried.` };
  const tries = (stored?.tries ?? 0) + 1;
  const dueAt = nextAttemptAt(rules, tries, attempt, now);
  if (!dueAt) return { status: "failed", reason: `${outcome}; ${tries} attempts were made and no more follow.` };
  if (!hook) return { status: "cancelled", reason: "The webhook was deleted." };
  if (hook.record.status === "paused") return { status: "held", reason: heldReason };
  return { status: "pending", reason: outcome, dueAt };
}

/** An attempt's result for people: `The receiver answered 500`, `Timed out after 10 s`. */
export function inWords({ response, error }: Pick<Attempt, "response" | "error">): string {
  return response ? `The receiver answered ${response.status}` : (error?.message ?? "No answer");
}
