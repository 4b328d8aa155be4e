import type { DeliveryRecord } from "../../deliveries/delivery.ts";
import { Icon } from "../shell/icons.tsx";
import { inTime, Time } from "../shell/times.tsx";
import { useViewer } from "../shell/viewer.ts";
import type { DeliveryPageData } from "./delivery-page.tsx";
import { counted, mostTries, outcomeOf, problemSentence, restOfSchedule } from "./delivery-words.ts";

/** What became of a delivery, in a sentence. */
export function Verdict({ delivery }: { delivery: DeliveryRecord }) {
  const { product } = useViewer();
  const last = delivery.attempts.at(-1);
  const { timeout_seconds } = product.delivery;
  const sentence = () => {
    if (delivery.manualAt) return <>Queued: an attempt was asked for and is about to be made. This page will show the answer.</>;
    switch (delivery.status) {
      case "succeeded":
        return (
          <>
            Delivered{last && ` in ${inTime(last.durationMs)}`}
            {delivery.attempts.length > 1 ? `, at attempt ${delivery.attempts.length}` : ""}.
          </>
        );
      case "held":
        return <>Held: the webhook is paused. Resuming it sends what is held, oldest first.</>;
      case "cancelled":
        return <>Not sent. {delivery.reason}</>;
      case "failed":
        return (
          <>
            {last ? problemSentence(last, timeout_seconds) : delivery.reason} We tried {counted(delivery.attempts.length, "time")} and gave
            up
            {delivery.settledAt && (
              <>
                {" "}
                at <Time at={delivery.settledAt} />
              </>
            )}
            . Nothing more is planned.
          </>
        );
      case "pending": {
        if (!last) return delivery.reason ? <>Sent, waiting for the answer.</> : <>Queued for its first attempt.</>;
        const rest = restOfSchedule(product, delivery);
        return (
          <>
            {problemSentence(last, timeout_seconds)}{" "}
            {delivery.dueAt ? (
              <>
                We’ll try again in{" "}
                <strong>
                  <Time at={delivery.dueAt} as="until" />
                </strong>{" "}
                (at <Time at={delivery.dueAt} />)
                {rest ? (
                  <>
                    , then up to {counted(rest.more, "time")} more until <Time at={rest.until} />.
                  </>
                ) : (
                  ", for the last time."
                )}
              </>
            ) : (
              "The next attempt is under way."
            )}
          </>
        );
      }
    }
  };
  return <p class="verdict">{sentence()}</p>;
}

export function Track({ data: { delivery, chosen, query } }: { data: DeliveryPageData }) {
  const { product } = useViewer();
  const separator = query ? "&" : "?";
  const rest = restOfSchedule(product, delivery);
  const waiting = delivery.status === "pending" && (delivery.dueAt || delivery.manualAt);
  if (delivery.attempts.length === 0 && !waiting) return null;
  return (
    <ol class="track" aria-label="Attempts">
      {delivery.attempts.map((attempt, i) => (
        <li key={attempt.id} class={i + 1 === chosen ? "chosen" : ""}>
          <span class={`dot ${attempt.outcome === "succeeded" ? "ok" : "bad"}`}>
            <Icon name={attempt.outcome === "succeeded" ? "tick" : attempt.error?.code === "TIMEOUT" ? "clock" : "failed"} />
          </span>
          <a
            href={`/settings/deliveries/${delivery._id}${query}${separator}attempt=${i + 1}`}
            aria-current={i + 1 === chosen ? "true" : undefined}
          >
            Attempt {i + 1}
          </a>
          {attempt.trigger !== "event" && attempt.trigger !== "retry" && <span class="small"> {triggerWords[attempt.trigger]}</span>}
          <span class="what">{outcomeOf(attempt)}</span>
          <span class="small">
            <Time at={attempt.at} as="clock-ms" /> · {inTime(attempt.durationMs)}
          </span>
        </li>
      ))}
      {waiting && (
        <li class="ahead">
          <span class="dot wait">
            <Icon name="clock" />
          </span>
          <strong class="what">Attempt {delivery.attempts.length + 1}</strong>
          <span class="what">{delivery.manualAt ? "Asked for now" : "Scheduled"}</span>
          <span class="small">
            <Time at={delivery.manualAt ?? delivery.dueAt ?? new Date()} as="clock" />
          </span>
        </li>
      )}
      {waiting && rest && (
        <li class="ahead">
          <span class="dot idle"></span>
          <strong class="what">{rest.more} more</strong>
          <span class="what">If needed</span>
          <span class="small">
            until <Time at={rest.until} />
          </span>
        </li>
      )}
    </ol>
  );
}

const triggerWords = { event: "", retry: "", manual: "by hand", test: "test", replay: "replay" } as const;

export function Consequence({ data: { delivery, mayRetry, hook } }: { data: DeliveryPageData }) {
  const { product } = useViewer();
  const says = () => {
    if (!hook || hook.status === "removed") return "The webhook is gone, so this can’t be sent any more.";
    if (hook.status === "disabled") return "The webhook is turned off. Turn it on again to retry.";
    if (!mayRetry) return "Only admins retry deliveries of webhooks that others made.";
    switch (delivery.status) {
      case "succeeded":
        return "Your endpoint already accepted this. Send again gives it the same webhook-id.";
      case "pending":
        return delivery.attempts.length > 0 && delivery.attempts.length < mostTries(product)
          ? `Retry now sends attempt ${delivery.attempts.length + 1} at once. If it fails too, the later attempts go ahead as planned.`
          : "Retry now sends it at once. If it fails, what is planned goes ahead.";
      case "failed":
        return "Retry now makes one more attempt. If it fails too, nothing more is planned.";
      case "held":
        return "Retry now sends this one although the webhook is paused.";
      case "cancelled":
        return "Retry now sends it after all.";
    }
  };
  return (
    <>
      <hr />
      <p class="small">{says()}</p>
    </>
  );
}
