import type { Attempt, DeliveryRecord } from "../../deliveries/delivery.ts";
import type { EventRecord } from "../../events/event.ts";
import type { HookRecord } from "../../hooks/hook.ts";
import { Badge } from "../shell/badge.tsx";
import { CopyButton } from "../shell/copy-button.tsx";
import { Icon, type IconName } from "../shell/icons.tsx";
import { Form, Settings } from "../shell/layout.tsx";
import type { Viewer } from "../shell/viewer.ts";
import { Ids, RequestCard, ResponseCard } from "./attempt-cards.tsx";
import { Consequence, Track, Verdict } from "./attempt-track.tsx";
import { hookName, stateOf, subjectWords } from "./delivery-words.ts";

export type DeliveryPageData = {
  delivery: DeliveryRecord;
  event: EventRecord | undefined;
  hook: HookRecord | undefined;
  /** Which attempt is looked at, counted from 1; none where none was made. */
  chosen: number | undefined;
  /** The list's filters, for the way back and for the neighbours. */
  query: string;
  newer: string | undefined;
  older: string | undefined;
  position: { position: number; total: number } | undefined;
  mayRetry: boolean;
};

/** One delivery's whole story: what became of it, every attempt, what went out and what came back. */
export function DeliveryPage({ viewer, data }: { viewer: Viewer; data: DeliveryPageData }) {
  const { delivery, event, hook } = data;
  const label = viewer.product.eventTypes.get(delivery.type)?.label ?? delivery.type;
  const attempt = data.chosen ? delivery.attempts[data.chosen - 1] : undefined;
  return (
    <Settings viewer={viewer} title={`${label}: ${subjectWords(delivery)}`} section="deliveries">
      <Crumbs data={data} />
      <div class="title" id="head" data-live>
        <div>
          <h1>
            {label} <State delivery={delivery} />
          </h1>
          <p class="quiet">
            <a href={`/settings/events/${delivery.event}`}>{subjectWords(delivery)}</a> to{" "}
            {hook && hook.status !== "removed" ? (
              <a href={`/settings/webhooks/${hook._id}`}>{hookName(hook)}</a>
            ) : hook ? (
              hookName(hook)
            ) : (
              "a deleted webhook"
            )}{" "}
            · <span class="mono">{delivery.type}</span>
          </p>
        </div>
        <Actions data={data} attempt={attempt} />
      </div>
      <section class="card" id="verdict" data-live aria-label="What became of it">
        <Verdict delivery={delivery} />
        <Track data={data} />
        <Consequence data={data} />
      </section>
      <div class="columns">
        <RequestCard data={data} attempt={attempt} event={event} />
        <div class="stack" id="answer" data-live>
          <ResponseCard delivery={delivery} chosen={data.chosen} attempt={attempt} />
          <Ids delivery={delivery} hook={hook} attempt={attempt} />
        </div>
      </div>
    </Settings>
  );
}

function State({ delivery }: { delivery: DeliveryRecord }) {
  const { word, tone, icon } = stateOf(delivery);
  return (
    <Badge tone={tone} icon={icon}>
      {word}
    </Badge>
  );
}

function Crumbs({ data: { delivery, query, newer, older, position } }: { data: DeliveryPageData }) {
  const step = (to: string | undefined, label: string, icon: IconName, rel: string) =>
    to ? (
      <a href={`/settings/deliveries/${to}${query}`} rel={rel} aria-label={label} title={label}>
        <Icon name={icon} />
      </a>
    ) : (
      <span class="end" title={`No ${label.toLowerCase()}`}>
        <Icon name={icon} />
      </span>
    );
  return (
    <div class="crumbs">
      <nav aria-label="Way back">
        <a href={`/settings/deliveries${query}`}>Deliveries</a> <span aria-hidden="true">/</span> {subjectWords(delivery)}
      </nav>
      <div class="steps-through">
        {position && (
          <span class="wide-only-inline">
            {position.position.toLocaleString("en-GB")} of {position.total.toLocaleString("en-GB")} in this filter
          </span>
        )}
        {step(newer, "Newer delivery", "left", "prev")}
        {step(older, "Older delivery", "right", "next")}
      </div>
    </div>
  );
}

function Actions({ data: { delivery, event, mayRetry, query }, attempt }: { data: DeliveryPageData; attempt: Attempt | undefined }) {
  const again = delivery.status === "succeeded";
  return (
    <div class="title-actions">
      {mayRetry && (
        <Form action={`/settings/deliveries/${delivery._id}/retry${query}`} class="inline">
          <button type="submit" class={again ? "plain" : ""}>
            <Icon name="retry" />
            {again ? "Send again" : "Retry now"}
          </button>
        </Form>
      )}
      {attempt && event && <CopyButton label="Copy as curl" from="curl" wide />}
    </div>
  );
}
