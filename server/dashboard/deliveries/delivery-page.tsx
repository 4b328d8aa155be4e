import type { Attempt, DeliveryRecord } from "../../deliveries/delivery.ts";
import type { EventRecord } from "../../events/event.ts";
import { bytesOf, keptForSeconds } from "../../events/event.ts";
import type { HookRecord } from "../../hooks/hook.ts";
import { Badge } from "../shell/badge.tsx";
import { CopyButton } from "../shell/copy-button.tsx";
import { Icon, type IconName } from "../shell/icons.tsx";
import { Code, JsonView, prettyJson } from "../shell/json-view.tsx";
import { Form, Settings } from "../shell/layout.tsx";
import { inTime, Time } from "../shell/times.tsx";
import { useViewer, type Viewer } from "../shell/viewer.ts";
import { adviceFor } from "./advice.ts";
import { curlCommand } from "./curl.ts";
import { counted, hookName, mostTries, outcomeOf, problemSentence, restOfSchedule, stateOf, subjectWords } from "./delivery-words.ts";

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

function Crumbs({ data: { delivery, query, newer, older } }: { data: DeliveryPageData }) {
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

function Verdict({ delivery }: { delivery: DeliveryRecord }) {
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

function Track({ data: { delivery, chosen, query } }: { data: DeliveryPageData }) {
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

function Consequence({ data: { delivery, mayRetry, hook } }: { data: DeliveryPageData }) {
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

function RequestCard({
  data: { delivery, chosen, hook },
  attempt,
  event,
}: {
  data: DeliveryPageData;
  attempt: Attempt | undefined;
  event: EventRecord | undefined;
}) {
  const { product } = useViewer();
  const body = event ? bytesOf(event.body).toString("utf8") : undefined;
  const url = attempt?.request.url ?? hook?.targetUrl ?? "";
  return (
    <section class="card" aria-label="Request">
      <div class="code-head">
        <h2>Request</h2>
        {body !== undefined && <CopyButton label="Copy the body" text={body} />}
      </div>
      <p class="small">
        {attempt ? `Attempt ${chosen}` : "Not sent yet"}
        {event && ` · ${counted(bytesOf(event.body).length, "byte")}`}
        {attempt && delivery.attempts.length > 1 && " · body unchanged since attempt 1"}
      </p>
      <p>
        <span class="method">POST</span>
        <span class="mono">{url}</span>
      </p>
      {attempt && <Headers headers={attempt.request.headers} />}
      {body === undefined ? (
        <p class="quiet">The event is past its retention of {keptForSeconds / 86_400} days, so its body is no longer kept.</p>
      ) : (
        <JsonView text={body} label="Body of the request" />
      )}
      {attempt && body !== undefined && (
        <details class="headers">
          <summary>As a curl command</summary>
          <p class="small">
            {hook?.secret !== null && "The signature is made anew from $WEBHOOK_SECRET; the secret isn’t in the command. "}
            It sends the event to the endpoint from your machine; the history here doesn’t see it.
          </p>
          <Code id="curl" label="The request as a curl command">
            {curlCommand({ url, headers: attempt.request.headers, body }, product)}
          </Code>
        </details>
      )}
    </section>
  );
}

function Headers({ headers }: { headers: Record<string, string> }) {
  const entries = Object.entries(headers);
  if (entries.length === 0) return null;
  return (
    <details class="headers">
      <summary>
        Headers <span class="small">{entries.length}</span>
      </summary>
      <dl>
        {entries.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function ResponseCard({
  delivery,
  chosen,
  attempt,
}: {
  delivery: DeliveryRecord;
  chosen: number | undefined;
  attempt: Attempt | undefined;
}) {
  const { product } = useViewer();
  if (!attempt) {
    return (
      <section class="card" aria-label="Response">
        <h2>Response</h2>
        <p class="quiet">{delivery.status === "pending" ? "None yet." : "Nothing was sent, so there is none."}</p>
      </section>
    );
  }
  const advice = adviceFor(attempt, product);
  const index = (chosen ?? 1) - 1;
  const previous = delivery.attempts
    .slice(0, index)
    .map((one, i) => ({ one, number: i + 1 }))
    .reverse()
    .find(({ one }) => one.response);
  const { response, timings } = attempt;
  return (
    <section class="card" aria-label="Response">
      <div class="code-head">
        <h2>Response</h2>
        {response?.body && <CopyButton label="Copy the answer" text={response.body} />}
      </div>
      <p class="small">
        Attempt {chosen} · {response ? `${outcomeOf(attempt)} · ${inTime(attempt.durationMs)}` : `none after ${inTime(attempt.durationMs)}`}
      </p>
      {advice && (
        <div class="notice wait">
          <p>
            <strong>{advice.title}</strong> {advice.says}
          </p>
          <p>{advice.todo}</p>
        </div>
      )}
      <dl class="timings">
        {[
          ["DNS", timings.dnsMs],
          ["Connect", timings.connectMs],
          ["TLS", timings.tlsMs],
          ["Waiting", timings.waitingMs],
        ].map(([name, ms]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{typeof ms === "number" ? `${Math.round(ms).toLocaleString("en-GB")} ms` : "–"}</dd>
          </div>
        ))}
      </dl>
      {timings.connectMs === null && response && (
        <p class="small">An open connection was used again, so nothing had to be looked up or connected.</p>
      )}
      {response && <Headers headers={response.headers} />}
      {response && <ResponseBody body={response.body} truncated={response.truncated} label="Body of the answer" />}
      {!response && previous?.one.response && (
        <>
          <h3>Previous response</h3>
          <p class="small">
            Attempt {previous.number} · {outcomeOf(previous.one)} · {inTime(previous.one.durationMs)}
          </p>
          <ResponseBody body={previous.one.response.body} truncated={previous.one.response.truncated} label="Body of the previous answer" />
        </>
      )}
    </section>
  );
}

function ResponseBody({ body, truncated, label }: { body: string; truncated: boolean; label: string }) {
  if (!body) return <p class="small">The answer has no body.</p>;
  return (
    <>
      {prettyJson(body) === undefined ? <Code label={label}>{body}</Code> : <JsonView text={body} label={label} />}
      {truncated && <p class="small">Cut here: only the first 64 KB of an answer are read.</p>}
    </>
  );
}

function Ids({ delivery, hook, attempt }: { delivery: DeliveryRecord; hook: HookRecord | undefined; attempt: Attempt | undefined }) {
  const until = new Date(delivery.createdAt.getTime() + keptForSeconds * 1000);
  const signed = attempt && "webhook-signature" in attempt.request.headers;
  return (
    <section class="card" aria-label="Identifiers">
      <dl class="facts one">
        <Id name="Delivery" id={delivery._id} />
        <Id name="Event" id={delivery.eventId} />
        {hook && <Id name="Webhook" id={hook._id} />}
        <div>
          <dt>Signed</dt>
          <dd>{attempt ? (signed ? "With the webhook’s secret" : "No, the webhook has no secret") : "Not sent yet"}</dd>
        </div>
        <div>
          <dt>Kept until</dt>
          <dd>
            <Time at={until} as="date" />
          </dd>
        </div>
      </dl>
    </section>
  );
}

function Id({ name, id }: { name: string; id: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <span class="mono">{id}</span> <CopyButton label={`Copy the ${name.toLowerCase()}’s id`} text={id} />
      </dd>
    </div>
  );
}
