import { mayManage } from "../../hooks/may-manage.ts";
import { cappedCount, counted, hookName, shortUrl } from "../deliveries/delivery-words.ts";
import { Spark } from "../shell/charts.tsx";
import { Icon } from "../shell/icons.tsx";
import { Form } from "../shell/layout.tsx";
import { Pager } from "../shell/pager.tsx";
import { Time } from "../shell/times.tsx";
import { useViewer } from "../shell/viewer.ts";
import { failedShare, type HookRow, type HookTable, sumOf } from "./list-data.ts";
import { HookBadge, HookReason } from "./webhook-words.tsx";

/** One of the two tables of webhooks, with its pages. */
export function Table({
  title,
  name,
  table,
  other,
  q,
}: {
  title: string;
  name: "team" | "apps";
  table: HookTable;
  other: HookTable;
  q: string;
}) {
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
        <Pager
          label={`Pages of: ${title}`}
          back={{ label: "Previous", href: table.page > 1 ? page(table.page - 1) : undefined }}
          on={{ label: "Next", href: table.page < table.pages ? page(table.page + 1) : undefined }}
        >
          Page {table.page} of {table.pages} · {counted(table.total, "webhook")}
        </Pager>
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
