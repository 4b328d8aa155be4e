import type { Attempt, DeliveryRecord } from "../../deliveries/delivery.ts";
import type { EventRecord } from "../../events/event.ts";
import { bytesOf, keptForSeconds } from "../../events/event.ts";
import type { HookRecord } from "../../hooks/hook.ts";
import { CopyButton } from "../shell/copy-button.tsx";
import { Code, JsonView, prettyJson } from "../shell/json-view.tsx";
import { prettyMarkup } from "../shell/pretty-markup.ts";
import { inTime, Time } from "../shell/times.tsx";
import { useViewer } from "../shell/viewer.ts";
import { adviceFor } from "./advice.ts";
import { curlCommand } from "./curl.ts";
import type { DeliveryPageData } from "./delivery-page.tsx";
import { counted, outcomeOf } from "./delivery-words.ts";

/** What went out, as it went out. */
export function RequestCard({
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
      {attempt && <Headers headers={attempt.request.headers} of="the request" />}
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

function Headers({ headers, of }: { headers: Record<string, string>; of: string }) {
  const entries = Object.entries(headers);
  if (entries.length === 0) return null;
  return (
    <details class="headers">
      <summary>
        Headers <span class="small">{entries.length}</span>
      </summary>
      <CopyButton label={`Copy the headers of ${of}`} text={entries.map(([name, value]) => `${name}: ${value}`).join("\n")} />
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

export function ResponseCard({
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
      {response && <Headers headers={response.headers} of="the answer" />}
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
      {prettyJson(body) === undefined ? <Code label={label}>{prettyMarkup(body) ?? body}</Code> : <JsonView text={body} label={label} />}
      {truncated && <p class="small">Cut here: only the first 64 KB of an answer are read.</p>}
    </>
  );
}

export function Ids({ delivery, hook, attempt }: { delivery: DeliveryRecord; hook: HookRecord | undefined; attempt: Attempt | undefined }) {
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
