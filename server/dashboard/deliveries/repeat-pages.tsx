import type { Progress, Repeatable } from "../../deliveries/repeat-matching.ts";
import type { HookRecord } from "../../hooks/hook.ts";
import { Badge } from "../shell/badge.tsx";
import { Form, PageTitle, Settings } from "../shell/layout.tsx";
import { Time } from "../shell/times.tsx";
import type { Viewer } from "../shell/viewer.ts";
import { counted, hookName } from "./delivery-words.ts";
import { type HistoryFilters, periods, queryOf } from "./history-filters.ts";

/** Asks before everything that matches is sent again, with the number and what it means. */
export function RepeatPage({ viewer, filters, repeatable }: { viewer: Viewer; filters: HistoryFilters; repeatable: Repeatable }) {
  const { count, hooks, unreachable } = repeatable;
  const delivered = filters.view === "delivered";
  const query = queryOf(filters);
  const period = periods.find(({ id }) => id === filters.when)?.label.toLowerCase();
  const question = `${delivered ? "Send" : "Retry"} ${counted(count, "delivery", "deliveries")}${delivered ? " again" : ""} to ${counted(hooks.length, "webhook")}?`;
  return (
    <Settings viewer={viewer} title={delivered ? "Send again" : "Retry all"} section="deliveries">
      <PageTitle title={count === 0 ? "Nothing to send again" : question} />
      <div class="card">
        <p>
          {count === 0
            ? "Nothing that matches the filter can be sent again."
            : delivered
              ? "Their endpoints have accepted them already. They get them once more, with the same webhook-id."
              : "Any delivered meanwhile are skipped. Failed ones begin their schedule anew; those still being retried get one attempt more, now."}
        </p>
        <p class="small">
          What matches: {period ?? "the chosen time"}
          {filters.event && `, ${filters.event}`}
          {filters.q && `, “${filters.q}”`}. The set is fixed the moment you confirm.
          {unreachable > 0 && ` ${counted(unreachable, "delivery", "deliveries")} can’t be sent: their webhooks are turned off or deleted.`}
        </p>
        <Form action={`/settings/repeat${query}`}>
          <div class="actions">
            {count > 0 && <button type="submit">{delivered ? "Send again" : `Retry ${count.toLocaleString("en-GB")}`}</button>}
            <a class="button plain" href={`/settings/deliveries${query}`}>
              {count > 0 ? "Cancel" : "Back"}
            </a>
          </div>
        </Form>
      </div>
    </Settings>
  );
}

/** How far a retry or replay of many has got, while it goes on and after. */
export function BatchPage({ viewer, progress, hooks }: { viewer: Viewer; progress: Progress; hooks: HookRecord[] }) {
  const { queued, delivered, failed, underWay, skipped, running, startedAt, only } = progress;
  const done = !running && underWay === 0;
  const settled = delivered + failed;
  const what = only === "missing" ? "Replay of missed events" : "Retry of many deliveries";
  return (
    <Settings viewer={viewer} title={what} section="deliveries">
      <PageTitle title={what} lead="It goes on by itself; you can leave this page." />
      <section class="card" id="progress" data-live aria-label="Progress">
        <p class="verdict">
          {done ? (
            <Badge tone={failed > 0 ? "bad" : "ok"} icon={failed > 0 ? "failed" : "tick"}>
              Done
            </Badge>
          ) : (
            <Badge tone="live" icon="plane">
              Under way
            </Badge>
          )}{" "}
          {summary()}
        </p>
        <progress class="progress" max={Math.max(queued, 1)} value={done ? Math.max(queued, 1) : settled} aria-label="Settled deliveries" />
        <dl class="facts">
          <Fact name="To be sent" value={queued} />
          <Fact name="Delivered" value={delivered} />
          <Fact name="Failed again" value={failed} />
          <Fact name="Still under way" value={underWay} />
          <Fact name="Skipped" value={skipped} />
        </dl>
        <hr />
        <p class="small">
          Started <Time at={startedAt} as="ago" /> for{" "}
          {hooks.map((hook, i) => (
            <span key={hook._id}>
              {i > 0 && ", "}
              <a href={`/settings/webhooks/${hook._id}`}>{hookName(hook)}</a>
            </span>
          ))}
          . Failed ones are retried by the usual schedule first.
        </p>
      </section>
      <div class="actions">
        <a class="button plain" href="/settings/deliveries">
          All deliveries
        </a>
        {failed > 0 && (
          <a class="button plain" href="/settings/deliveries?view=attention">
            See what failed
          </a>
        )}
      </div>
    </Settings>
  );

  function summary(): string {
    if (running && queued === 0) return "Looking for what matches…";
    if (queued === 0)
      return only === "missing" ? "Nothing was missed: every event that matches has been sent." : "Nothing was left to send.";
    if (!done) return `${counted(settled, "delivery", "deliveries")} of ${queued.toLocaleString("en-GB")} settled.`;
    return `${counted(delivered, "delivery", "deliveries")} delivered, ${failed.toLocaleString("en-GB")} failed again${skipped > 0 ? `, ${skipped.toLocaleString("en-GB")} skipped` : ""}.`;
  }
}

function Fact({ name, value }: { name: string; value: number }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <strong>{value.toLocaleString("en-GB")}</strong>
      </dd>
    </div>
  );
}
