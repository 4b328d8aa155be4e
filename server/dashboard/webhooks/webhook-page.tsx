import type { DeliveryRecord } from "../../deliveries/delivery.ts";
import type { HourCounts } from "../../deliveries/hourly-counts.ts";
import { DeliveryList, type HistoryPageData } from "../deliveries/delivery-list.tsx";
import { hookName, shortUrl } from "../deliveries/delivery-words.ts";
import { LiveSwitch } from "../deliveries/live-switch.tsx";
import { Icon } from "../shell/icons.tsx";
import { Form, Settings } from "../shell/layout.tsx";
import type { Viewer } from "../shell/viewer.ts";
import { FailingNotice } from "./failing-notice.tsx";
import type { Failing, HookRow } from "./list-data.ts";
import { SecretCard, VerificationCard } from "./secret-card.tsx";
import { Charts } from "./webhook-charts.tsx";
import { Facts } from "./webhook-facts.tsx";
import { Held, TestResult, TurnedOff } from "./webhook-notices.tsx";
import { HookBadge, HookReason } from "./webhook-words.tsx";

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
        <Form action={`${here}/test`} class="inline with-choice">
          {hook.events.length > 1 && (
            <select name="event" aria-label="Event of the test">
              {hook.events.map((type) => (
                <option key={type}>{type}</option>
              ))}
            </select>
          )}
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
