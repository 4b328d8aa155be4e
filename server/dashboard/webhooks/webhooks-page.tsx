import { mayManage } from "../../hooks/may-manage.ts";
import { cappedCount } from "../deliveries/delivery-list.tsx";
import { counted, hookName, shortUrl } from "../deliveries/delivery-words.ts";
import { Spark } from "../shell/charts.tsx";
import { Icon } from "../shell/icons.tsx";
import { JsonView } from "../shell/json-view.tsx";
import { Form, PageTitle, Settings } from "../shell/layout.tsx";
import { Time } from "../shell/times.tsx";
import { useViewer, type Viewer } from "../shell/viewer.ts";
import { type Failing, failedShare, type HookRow, type HookTable, type ListData, sumOf } from "./list-data.ts";
import { HookBadge, HookReason } from "./webhook-words.tsx";

/** Every webhook of the company: what it gets, how it does, and what needs a look first. */
export function WebhooksPage({ viewer, data }: { viewer: Viewer; data: ListData }) {
  const { team, apps, total, q, failing } = data;
  return (
    <Settings viewer={viewer} title="Webhooks" section="webhooks">
      <PageTitle title="Webhooks" lead={`Send changes in ${viewer.product.name} to your own systems the moment they happen.`}>
        {total > 0 && (
          <a class="button" href="/settings/webhooks/new">
            <Icon name="plus" />
            New webhook
          </a>
        )}
      </PageTitle>
      <div id="failing" data-live>
        {failing && <FailingNotice failing={failing} others={data.otherFailing} />}
      </div>
      {total === 0 && <NoWebhooks />}
      {(total > 8 || q) && (
        <form class="filters" method="get" action="/settings/webhooks">
          <div class="grow">
            <label for="q" class="visually-hidden">
              Search webhooks
            </label>
            <input id="q" type="search" name="q" value={q} placeholder="Search by name, address, event or platform" />
          </div>
          <div>
            <button type="submit" class="plain">
              Search
            </button>
          </div>
        </form>
      )}
      {q && team.total + apps.total === 0 && (
        <div class="table nothing">
          <p>No webhook matches “{q}”.</p>
          <a class="button plain" href="/settings/webhooks">
            Show all
          </a>
        </div>
      )}
      {team.total > 0 && <Table title="Created by your team" name="team" table={team} other={apps} q={q} />}
      {apps.total > 0 && (
        <>
          <Table title="Created by connected apps" name="apps" table={apps} other={team} q={q} />
          <p class="small apps-note">
            Connected apps add and remove their own webhooks. To stop one, turn off its automation in the app or{" "}
            <a href="/settings/apps">disconnect the app</a>.
          </p>
        </>
      )}
    </Settings>
  );
}

export function FailingNotice({
  failing: { hook, waiting, nextAt },
  others = 0,
  here = false,
}: {
  failing: Failing;
  others?: number;
  here?: boolean;
}) {
  const answered = /^\d+$/.test(hook.failure ?? "");
  return (
    <div class="notice bad row">
      <div>
        <Icon name="warning" /> <strong>{hookName(hook)} is failing.</strong>{" "}
        {answered ? `Its endpoint has answered ${hook.failure}` : `Its last attempts ended with “${hook.failure ?? "no answer"}”,`} since{" "}
        {hook.failingSince && <Time at={hook.failingSince} />}.{" "}
        {waiting > 0
          ? `${cappedCount(waiting)} ${waiting === 1 ? "delivery is" : "deliveries are"} waiting and none are lost.`
          : "None are waiting."}
        {nextAt && (
          <>
            {" "}
            Next try in{" "}
            <strong>
              <Time at={nextAt} as="until" />
            </strong>
            .
          </>
        )}
        {others > 0 && ` ${counted(others, "other webhook")} ${others === 1 ? "fails" : "fail"} too.`}
      </div>
      {!here && (
        <a class="button plain" href={`/settings/webhooks/${hook._id}?view=attention&when=30d`}>
          {waiting > 0 ? `See the ${cappedCount(waiting)} ${waiting === 1 ? "delivery" : "deliveries"}` : "See what failed"}
        </a>
      )}
    </div>
  );
}

function NoWebhooks() {
  const { product } = useViewer();
  const type = [...product.eventTypes.values()].find(({ type: name }) => name === "deal.won") ?? [...product.eventTypes.values()][0];
  const example = type?.examples[0];
  return (
    <div class="card empty">
      <div>
        <h2>No webhooks yet</h2>
        <p class="quiet">
          Give us an address and pick the events you care about. We’ll send a signed test event right away, so you’ll know it works before
          you leave this page.
        </p>
        <p>
          <a class="button" href="/settings/webhooks/new">
            <Icon name="plus" />
            New webhook
          </a>{" "}
          <a class="button plain" href="/settings/catalogue">
            <Icon name="flask" />
            Look at sample data
          </a>
        </p>
        <p class="small">Using Zapier, Make or n8n? Connect from there. Their webhooks will show up here by themselves.</p>
      </div>
      {example && (
        <JsonView
          text={JSON.stringify({ event: example.event, data: Object.fromEntries(Object.entries(example.data).slice(0, 5)) })}
          label={`A part of the sample of ${type?.type}`}
        />
      )}
    </div>
  );
}

function Table({ title, name, table, other, q }: { title: string; name: "team" | "apps"; table: HookTable; other: HookTable; q: string }) {
  const page = (n: number) => {
    const query = new URLSearchParams({ ...(q ? { q } : {}), ...(n > 1 ? { [name]: String(n) } : {}) });
    const otherName = name === "team" ? "apps" : "team";
    if (other.page > 1) query.set(otherName, String(other.page));
    const text = query.toString();
    return `/settings/webhooks${text ? `?${text}` : ""}`;
  };
  return (
    <section aria-labelledby={`${name}-title`}>
      <h2 class="group" id={`${name}-title`}>
        {title}
      </h2>
      <div class="table">
        <table aria-labelledby={`${name}-title`}>
          <thead>
            <tr>
              <th scope="col">Webhook</th>
              <th scope="col" class="w-status">
                Status
              </th>
              <th scope="col" class="w-events">
                Events
              </th>
              <th scope="col" class="w-day">
                Last 24 hours
              </th>
              <th scope="col" class="w-time">
                Last sent
              </th>
              <th scope="col" class="w-menu">
                <span class="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {table.rows.map((row) => (
              <Row key={row.hook._id} row={row} />
            ))}
          </tbody>
        </table>
      </div>
      {table.pages > 1 && (
        <div class="table-foot">
          <span class="small">
            Page {table.page} of {table.pages} · {counted(table.total, "webhook")}
          </span>
          <nav class="pages" aria-label={`Pages of: ${title}`}>
            {table.page > 1 ? (
              <a class="button plain" href={page(table.page - 1)}>
                Previous
              </a>
            ) : (
              <span class="button plain ended">Previous</span>
            )}
            {table.page < table.pages ? (
              <a class="button plain" href={page(table.page + 1)}>
                Next
              </a>
            ) : (
              <span class="button plain ended">Next</span>
            )}
          </nav>
        </div>
      )}
    </section>
  );
}

const mostEventsShown = 2;

function Row({ row }: { row: HookRow }) {
  const { hook, app, hours, lastSentAt, held, pausedBy } = row;
  const { product } = useViewer();
  const all = hook.events.length === product.eventTypes.size;
  const { sent, failed } = sumOf(hours);
  return (
    <tr data-key={hook._id} id={hook._id} data-live>
      <td class="left first-row">
        <a class="row-link" href={`/settings/webhooks/${hook._id}`}>
          {hookName(hook)}
        </a>{" "}
        {app && <span class="tag">{app}</span>}
        <span class="mono sub clip">{shortUrl(hook.targetUrl)}</span>
      </td>
      <td class="whole state-cell">
        <HookBadge hook={hook} />
        <span class="sub">
          <HookReason hook={hook} pausedBy={pausedBy} platform={app} />
        </span>
      </td>
      <td class="events wide-only">
        {all
          ? "All events"
          : hook.events.slice(0, mostEventsShown).map((type) => (
              <code key={type} class="clip">
                {type}
              </code>
            ))}
        {!all && hook.events.length > mostEventsShown && <span class="sub">and {hook.events.length - mostEventsShown} more</span>}
      </td>
      <td class="whole day-cell">
        <Spark hours={hours} />
        <span class="sub">
          <strong>{sent.toLocaleString("en-GB")}</strong> sent
          {held > 0 ? ` · ${cappedCount(held)} held` : sent > 0 ? ` · ${failedShare({ sent, failed })}` : ""}
        </span>
      </td>
      <td class="wide-only">{lastSentAt ? <Time at={lastSentAt} as="ago" /> : "Never"}</td>
      <td class="right first-row">
        <RowMenu row={row} />
      </td>
    </tr>
  );
}

function RowMenu({ row: { hook } }: { row: HookRow }) {
  const { user } = useViewer();
  const here = `/settings/webhooks/${hook._id}`;
  if (hook.goneAt || !mayManage(user, hook)) return null;
  return (
    <details class="menu">
      <summary class="dots" aria-label={`Actions for ${hookName(hook)}`}>
        ⋮
      </summary>
      <div class="menu-items">
        {hook.status === "active" && (
          <Form action={`${here}/test`}>
            <button type="submit" class="item">
              <Icon name="plane" /> Send test
            </button>
          </Form>
        )}
        <a class="item" href={`${here}/edit`}>
          <Icon name="edit" /> Change
        </a>
        {hook.status === "active" ? (
          <Form action={`${here}/pause`}>
            <button type="submit" class="item">
              <Icon name="pause" /> Pause
            </button>
          </Form>
        ) : (
          <Form action={`${here}/resume`}>
            <button type="submit" class="item">
              <Icon name="play" /> {hook.status === "paused" ? "Resume" : "Turn on"}
            </button>
          </Form>
        )}
        <a class="item danger" href={`${here}/delete`}>
          <Icon name="bin" /> Delete…
        </a>
      </div>
    </details>
  );
}
