import type { DeliveryRecord } from "../../deliveries/delivery.ts";
import { bytesOf, type EventRecord, keptForSeconds } from "../../events/event.ts";
import type { HookRecord } from "../../hooks/hook.ts";
import { counted, hookName, shortOutcome, stateOf } from "../deliveries/delivery-words.ts";
import { Badge } from "../shell/badge.tsx";
import { CopyButton } from "../shell/copy-button.tsx";
import { JsonView } from "../shell/json-view.tsx";
import { Settings } from "../shell/layout.tsx";
import { Time } from "../shell/times.tsx";
import type { Viewer } from "../shell/viewer.ts";

export type EventPageData = {
  event: EventRecord;
  subject: string;
  /** Its deliveries with their webhooks, at most a hundred. */
  sent: { hook: HookRecord | undefined; delivery: DeliveryRecord | undefined; id: string }[];
  /** The company's webhooks that didn't get it, at most fifty. */
  others: HookRecord[];
};

/** One event: its data, where it went, and the webhooks it didn't go to, each with the way to learn why. */
export function EventPage({ viewer, data }: { viewer: Viewer; data: EventPageData }) {
  const { event, subject, sent, others } = data;
  const label = viewer.product.eventTypes.get(event.type)?.label ?? event.type;
  const body = bytesOf(event.body);
  return (
    <Settings viewer={viewer} title={`${label}: ${subject}`} section="events">
      <div class="crumbs">
        <nav aria-label="Way back">
          <a href="/settings/events">Events</a> <span aria-hidden="true">/</span> {subject}
        </nav>
      </div>
      <div class="title">
        <div>
          <h1>{label}</h1>
          <p class="quiet">
            {subject} · <a href={`/settings/catalogue/${event.type}`}>{event.type}</a> · received <Time at={event.receivedAt} as="ago" />
          </p>
        </div>
      </div>
      <div class="columns">
        <section class="card">
          <div class="code-head">
            <h2>Data</h2>
            <CopyButton label="Copy the data" text={body.toString("utf8")} />
          </div>
          <p class="small">{counted(body.length, "byte")}, exactly as it is sent</p>
          <JsonView text={body.toString("utf8")} label="Data of the event" />
        </section>
        <div class="stack">
          <section class="card" id="sent" data-live>
            <h2>Sent to</h2>
            {sent.length === 0 ? (
              <p class="quiet">No webhook wanted it.</p>
            ) : (
              <ul class="plain-list lines">
                {sent.map(({ hook, delivery, id }) => (
                  <li key={id}>
                    <a href={`/settings/deliveries/${id}`}>{hook ? hookName(hook) : "A deleted webhook"}</a>{" "}
                    <DeliveryState delivery={delivery} />
                  </li>
                ))}
              </ul>
            )}
            {event.hooks.length > sent.length && <p class="small">And {counted(event.hooks.length - sent.length, "more webhook")}.</p>}
          </section>
          {others.length > 0 && (
            <section class="card">
              <h2>Not sent to</h2>
              <ul class="plain-list lines">
                {others.map((hook) => (
                  <li key={hook._id}>
                    <a href={`/settings/webhooks/${hook._id}`}>{hookName(hook)}</a>
                    <a href={`/settings/why?event=${event._id}&hook=${hook._id}`}>
                      Why not?<span class="visually-hidden"> {hookName(hook)}</span>
                    </a>
                  </li>
                ))}
              </ul>
            </section>
          )}
          <section class="card">
            <dl class="facts">
              <div>
                <dt>Event</dt>
                <dd>
                  <span class="mono">{event.eventId}</span> <CopyButton label="Copy the event’s id" text={event.eventId} />
                </dd>
              </div>
              <div>
                <dt>Received</dt>
                <dd>
                  <Time at={event.receivedAt} />{" "}
                  <span class="small">
                    (<Time at={event.receivedAt} as="clock-ms" />)
                  </span>
                </dd>
              </div>
              <div>
                <dt>Kept until</dt>
                <dd>
                  <Time at={new Date(event.receivedAt.getTime() + keptForSeconds * 1000)} as="date" />
                </dd>
              </div>
            </dl>
          </section>
        </div>
      </div>
    </Settings>
  );
}

function DeliveryState({ delivery }: { delivery: DeliveryRecord | undefined }) {
  if (!delivery)
    return (
      <Badge tone="live" icon="clock">
        Queued
      </Badge>
    );
  const { word, tone, icon } = stateOf(delivery);
  const last = delivery.attempts.at(-1);
  return (
    <span>
      {last && <span class="small">{shortOutcome(last)} </span>}
      <Badge tone={tone} icon={icon}>
        {word}
      </Badge>
    </span>
  );
}
