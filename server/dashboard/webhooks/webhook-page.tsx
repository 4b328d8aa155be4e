import type { DeliveryRecord } from "../../deliveries/delivery.ts";
import { durationAt, durationEdges, type HourCounts } from "../../deliveries/hourly-counts.ts";
import { targetWarnings } from "../../hooks/check-target.ts";
import { describeFilter } from "../../hooks/filter.ts";
import { adviceFor } from "../deliveries/advice.ts";
import { cappedCount, DeliveryList, type HistoryPageData, LiveSwitch } from "../deliveries/delivery-list.tsx";
import { counted, hookName, outcomeOf, shortUrl, stateOf } from "../deliveries/delivery-words.ts";
import { Badge } from "../shell/badge.tsx";
import { Chart } from "../shell/charts.tsx";
import { CopyButton } from "../shell/copy-button.tsx";
import { Icon } from "../shell/icons.tsx";
import { Form, Settings } from "../shell/layout.tsx";
import { clockTime, inTime, shortDate, Time } from "../shell/times.tsx";
import { useViewer, type Viewer } from "../shell/viewer.ts";
import { type Failing, failedShare, type HookRow, sumOf } from "./list-data.ts";
import { SecretCard, VerificationCard } from "./secret-card.tsx";
import { HookBadge, HookReason } from "./webhook-words.tsx";
import { FailingNotice } from "./webhooks-page.tsx";

export type WebhookPageData = {
  row: HookRow;
  createdBy: string | undefined;
  failing: Failing | undefined;
  history: HistoryPageData;
  /** Hours of the charts, and their times. */
  chart: { hours: HourCounts[]; from: Date; days: 1 | 7 };
  secret: string | undefined;
  test: DeliveryRecord | undefined;
  mayManage: boolean;
};

/** A webhook's health, its deliveries as they happen, and what can be done with it. */
export function WebhookPage({ viewer, data }: { viewer: Viewer; data: WebhookPageData }) {
  const { row, secret, test, failing, history } = data;
  const { hook } = row;
  return (
    <Settings viewer={viewer} title={hookName(hook)} section="webhooks">
      <div class="crumbs">
        <nav aria-label="Way back">
          <a href="/settings/webhooks">Webhooks</a> <span aria-hidden="true">/</span> {hookName(hook)}
        </nav>
      </div>
      <div class="title" id="head" data-live>
        <div>
          <h1>
            {hookName(hook)} {row.app && <span class="tag">{row.app}</span>} <HookBadge hook={hook} />
          </h1>
          <p class="quiet">
            <span class="mono">{shortUrl(hook.targetUrl)}</span>
            {hook.status !== "active" && (
              <>
                {" "}
                · <HookReason hook={hook} pausedBy={row.pausedBy} platform={row.app} />
              </>
            )}
          </p>
        </div>
        {data.mayManage && <Actions row={row} />}
      </div>
      {secret && <SecretCard secret={secret} />}
      {test && <TestResult delivery={test} />}
      <div id="state" data-live>
        {hook.status === "paused" && <Held row={row} mayManage={data.mayManage} />}
        {hook.status === "disabled" && <TurnedOff row={row} mayManage={data.mayManage} />}
        {failing && <FailingNotice failing={failing} here />}
      </div>
      <Charts data={data} />
      <section aria-labelledby="deliveries-title">
        <div class="title sub-title">
          <h2 id="deliveries-title">Deliveries</h2>
          <LiveSwitch />
        </div>
        <DeliveryList data={history} />
      </section>
      <div class="columns">
        <Facts data={data} />
        <section class="card">
          <h2>Check that it is us</h2>
          {hook.secret === null ? (
            <p class="quiet">
              This webhook has no secret, so its requests aren’t signed.{" "}
              {data.mayManage && hook.status !== "removed" && <a href={`/settings/webhooks/${hook._id}/rotate`}>Add one</a>}
            </p>
          ) : (
            <VerificationCard />
          )}
        </section>
      </div>
    </Settings>
  );
}

function Actions({ row: { hook } }: { row: HookRow }) {
  const here = `/settings/webhooks/${hook._id}`;
  return (
    <div class="title-actions">
      {(hook.status === "active" || hook.status === "paused") && (
        <Form action={`${here}/test`} class="inline">
          <button type="submit">
            <Icon name="plane" />
            Send test
          </button>
        </Form>
      )}
      <a class="button plain" href={`${here}/edit`}>
        <Icon name="edit" />
        Change
      </a>
      <details class="menu">
        <summary class="button plain" aria-label="More actions">
          More
        </summary>
        <div class="menu-items">
          {hook.status === "active" && (
            <Form action={`${here}/pause`}>
              <button type="submit" class="item">
                <Icon name="pause" /> Pause
              </button>
            </Form>
          )}
          {hook.status !== "active" && (
            <Form action={`${here}/resume`}>
              <button type="submit" class="item">
                <Icon name="play" /> {hook.status === "paused" ? "Resume" : "Turn on"}
              </button>
            </Form>
          )}
          {hook.status !== "disabled" && (
            <a class="item" href={`${here}/replay`}>
              <Icon name="retry" /> Replay missed events…
            </a>
          )}
          <a class="item" href={`${here}/rotate`}>
            <Icon name="key" /> {hook.secret === null ? "Add a secret…" : "Rotate secret…"}
          </a>
          <a class="item" href={`/settings/why?hook=${hook._id}`}>
            <Icon name="help" /> Why didn’t it fire?
          </a>
          <a class="item danger" href={`${here}/delete`}>
            <Icon name="bin" /> Delete…
          </a>
        </div>
      </details>
    </div>
  );
}

/** The answer to a test, where it was asked for. */
function TestResult({ delivery }: { delivery: DeliveryRecord }) {
  const { product } = useViewer();
  const last = delivery.attempts.at(-1);
  const { word, tone, icon } = stateOf(delivery);
  const advice = last && adviceFor(last, product);
  const kind = delivery.status === "succeeded" ? "ok" : delivery.status === "pending" ? "wait" : "bad";
  return (
    <section class={`notice ${kind} row`} id="test" data-live aria-label="The test" role="status">
      <div>
        <strong>Test of {delivery.type}:</strong>{" "}
        <Badge tone={tone} icon={icon}>
          {word}
        </Badge>{" "}
        {last ? (
          <>
            {outcomeOf(last)} in {inTime(last.durationMs)}. {advice && `${advice.says} ${advice.todo}`}
          </>
        ) : (
          "Waiting for the answer…"
        )}
      </div>
      <a class="button plain" href={`/settings/deliveries/${delivery._id}`}>
        See the test
      </a>
    </section>
  );
}

function Held({ row: { hook, held }, mayManage }: { row: HookRow; mayManage: boolean }) {
  const here = `/settings/webhooks/${hook._id}`;
  return (
    <div class="notice wait row">
      <div>
        <strong>{held > 0 ? `${cappedCount(held)} held.` : "Paused."}</strong>{" "}
        {held > 0 ? "Resume sends them, oldest first." : "What happens meanwhile is held, and sent when you resume."}
      </div>
      {mayManage && (
        <div class="title-actions">
          <Form action={`${here}/resume`} class="inline">
            <button type="submit">Resume</button>
          </Form>
          {held > 0 && (
            <a class="button plain" href={`${here}/drop`}>
              Resume without them…
            </a>
          )}
        </div>
      )}
    </div>
  );
}

function TurnedOff({ row: { hook }, mayManage }: { row: HookRow; mayManage: boolean }) {
  return (
    <div class="notice bad row">
      <div>
        <strong>Turned off.</strong>{" "}
        {(hook.reason ?? "")
          .replace(/^Turned off:\s*/, "")
          .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/, (time) => `${time.slice(0, 10)} ${time.slice(11, 16)} UTC`)}{" "}
        Events since then were not sent. When the endpoint works again, turn the webhook on and replay what it missed.
      </div>
      {mayManage && (
        <Form action={`/settings/webhooks/${hook._id}/resume`} class="inline">
          <button type="submit">Turn on</button>
        </Form>
      )}
    </div>
  );
}

function Charts({ data: { row, chart } }: { data: WebhookPageData }) {
  const { zone, now } = useViewer();
  const { sent, failed } = sumOf(row.hours);
  const { hours, from, days } = chart;
  const labels = hours.map((_, i) => {
    const at = new Date(from.getTime() + i * 3_600_000);
    return `${days === 7 ? `${shortDate(zone, at, now)} ` : ""}${clockTime(zone, at).slice(0, 5)}`;
  });
  const here = `/settings/webhooks/${row.hook._id}`;
  const latency = (quantile: number) =>
    hours.map((hour) => {
      const value = durationAt(quantile, hour);
      return value === Number.POSITIVE_INFINITY ? (durationEdges.at(-1) as number) : value;
    });
  return (
    <section class="card" aria-label="Health" id="charts" data-live>
      <div class="code-head">
        <h2>
          Last {days === 7 ? "7 days" : "24 hours"}
          {days === 1 && (
            <span class="small">
              {" "}
              {counted(sent, "attempt")}
              {sent > 0 && `, ${failedShare({ sent, failed })}`}
            </span>
          )}
        </h2>
        <a class="small" href={days === 7 ? here : `${here}?chart=7d`}>
          {days === 7 ? "24 hours" : "7 days"}
        </a>
      </div>
      <div class="charts">
        <Chart
          title="Attempts"
          unit=""
          stacked
          hours={labels}
          series={[
            { label: "Delivered", tone: "good", values: hours.map((hour) => hour.delivered) },
            { label: "Failed", tone: "bad", values: hours.map((hour) => hour.failed) },
          ]}
        />
        <Chart
          title="Failures"
          unit=""
          stacked
          hours={labels}
          series={[{ label: "Failed", tone: "bad", values: hours.map((hour) => hour.failed) }]}
        />
        <Chart
          title="Answer time, 95% below"
          unit="ms"
          stacked={false}
          hours={labels}
          series={[{ label: "95% below", tone: "line", values: latency(0.95) }]}
        />
      </div>
    </section>
  );
}

function Facts({ data: { row, createdBy } }: { data: WebhookPageData }) {
  const { hook } = row;
  const { product } = useViewer();
  const filter = describeFilter(hook.filter);
  return (
    <section class="card">
      <h2>About this webhook</h2>
      <dl class="facts one">
        <div>
          <dt>URL</dt>
          <dd>
            <span class="mono">{hook.targetUrl}</span> <CopyButton label="Copy the URL" text={hook.targetUrl} />
            {targetWarnings(hook.targetUrl).map((warning) => (
              <p class="says wait" key={warning}>
                {warning}
              </p>
            ))}
          </dd>
        </div>
        <div>
          <dt>Events</dt>
          <dd class="events">
            {hook.events.length === product.eventTypes.size
              ? "All events"
              : hook.events.map((type) => (
                  <a key={type} href={`/settings/catalogue/${type}`} class="mono">
                    {type}{" "}
                  </a>
                ))}
          </dd>
        </div>
        <div>
          <dt>Only when</dt>
          <dd>
            {filter.length === 0
              ? "Always"
              : filter.map((line) => (
                  <div key={line} class="mono">
                    {line}
                  </div>
                ))}
          </dd>
        </div>
        <div>
          <dt>Signed</dt>
          <dd>
            {hook.secret === null ? "No" : "With its secret"}
            {hook.previousSecretUntil && hook.previousSecret && (
              <>
                ; the old one signs too until <Time at={hook.previousSecretUntil} />
              </>
            )}
          </dd>
        </div>
        <div>
          <dt>Created</dt>
          <dd>
            <Time at={hook.createdAt} />
            {createdBy && ` by ${createdBy}`}
          </dd>
        </div>
        <div>
          <dt>Id</dt>
          <dd>
            <span class="mono">{hook._id}</span> <CopyButton label="Copy the id" text={hook._id} />
          </dd>
        </div>
      </dl>
    </section>
  );
}
