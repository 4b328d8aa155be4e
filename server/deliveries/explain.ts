import type { Context } from "../context.ts";
import { type EventRecord, parseBody } from "../events/event.ts";
import { explainFilter } from "../hooks/filter.ts";
import type { HookRecord } from "../hooks/hook.ts";
import { type DeliveryRecord, deliveries, deliveryId } from "./delivery.ts";

/** One step on the way of an event to a hook. `stopped` is where it ended; what follows was never reached. */
export type Step = { name: string; state: "passed" | "stopped" | "waiting" | "unreached"; says: string };
export type Explanation = {
  steps: Step[];
  delivery: DeliveryRecord | undefined;
  /** Could it be sent to the hook now, although it never was? */
  sendable: boolean;
};

const names = ["Received", "Event type", "Filter", "Webhook", "Delivery"];

/** Why an event reached a hook or didn't: the first step that stopped it, with the reason. */
export async function explain(
  { db, catalogue }: Pick<Context, "db" | "catalogue">,
  event: EventRecord,
  hook: HookRecord,
): Promise<Explanation> {
  const delivery = (await deliveries(db).findById(deliveryId(event._id, hook._id)).lean()) ?? undefined;
  const steps: Step[] = [{ name: "Received", state: "passed", says: "The event arrived and its data fits the catalogue." }];
  const end = (name: string, state: Step["state"], says: string, sendable = false): Explanation => {
    steps.push({ name, state, says });
    for (const unreached of names.slice(steps.length)) steps.push({ name: unreached, state: "unreached", says: "" });
    return { steps, delivery, sendable };
  };
  const pass = (name: string, says: string) => steps.push({ name, state: "passed", says });

  // What was matched when it was accepted counts; today's settings only explain what wasn't.
  const matched = event.hooks.includes(hook._id);
  if (!matched && !delivery) {
    const stop = whyUnmatched(catalogue, event, hook);
    if (stop.name !== "Event type") pass("Event type", `${event.type} is one of this webhook's events.`);
    if (stop.name === "Webhook") pass("Filter", hook.filter ? "Every condition of the filter holds." : "This webhook has no filter.");
    return end(stop.name, "stopped", stop.says, stop.sendable);
  }
  pass("Event type", `${event.type} was one of this webhook's events.`);
  pass("Filter", "It passed the filter as it was then.");
  if (!delivery) {
    pass("Webhook", "The webhook wanted it.");
    return end("Delivery", "waiting", "It is about to be sent for the first time.");
  }
  return explainDelivery(delivery, hook, end, pass);
}

type Stop = { name: "Event type" | "Filter" | "Webhook"; says: string; sendable?: boolean };

/** Why an event wasn't meant for a hook when it arrived, as far as the hook's present settings tell. */
export function whyUnmatched(catalogue: Context["catalogue"], event: EventRecord, hook: HookRecord): Stop {
  if (!hook.events.includes(event.type))
    return { name: "Event type", says: `This webhook isn't subscribed to ${event.type}; it gets ${hook.events.join(", ")}.` };
  const product = catalogue.get(hook.product);
  const types = hook.events.flatMap((type) => product?.eventTypes.get(type) ?? []);
  const failing = explainFilter(hook.filter, types, parseBody(event));
  if (failing.length > 0) return { name: "Filter", says: `The filter held it back: ${failing.join("; and ")}.` };
  if (hook.createdAt > event.receivedAt)
    return {
      name: "Webhook",
      says: "The webhook was added after this event, and events from before aren't sent by themselves.",
      sendable: true,
    };
  if (hook.status === "disabled") return { name: "Webhook", says: `The webhook was turned off. ${hook.reason ?? ""}`.trim() };
  if (hook.status === "removed") return { name: "Webhook", says: hook.reason ?? "The webhook was deleted." };
  return {
    name: "Webhook",
    says: "It would match today, but didn't when it arrived: the webhook was turned off then, or its events or filter have been changed since.",
    sendable: true,
  };
}

function explainDelivery(
  delivery: DeliveryRecord,
  hook: HookRecord,
  end: (name: string, state: Step["state"], says: string) => Explanation,
  pass: (name: string, says: string) => void,
): Explanation {
  const last = delivery.attempts.at(-1);
  switch (delivery.status) {
    case "held":
      return end("Webhook", "waiting", "The webhook is paused. This delivery is held and goes out, in order, when you resume it.");
    case "cancelled":
      return end("Webhook", "stopped", delivery.reason ?? "The delivery was cancelled.");
    case "succeeded":
      pass("Webhook", hook.status === "active" ? "The webhook is active." : "The webhook was active.");
      return end("Delivery", "passed", `It was delivered: the receiver answered ${last?.response?.status ?? "that it took it"}.`);
    case "failed":
      pass("Webhook", "The webhook was active.");
      return end("Delivery", "stopped", delivery.reason ?? "Every attempt failed.");
    case "pending":
      pass("Webhook", "The webhook is active.");
      if (!last) return end("Delivery", "waiting", delivery.reason ?? "It is queued for its first attempt.");
      if (last.response?.status === 429)
        return end("Delivery", "waiting", "The receiver asked us to slow down (429). It is tried again when that time is over.");
      return end("Delivery", "waiting", `${delivery.reason ?? "The last attempt failed"}. It is still to be retried.`);
  }
}
