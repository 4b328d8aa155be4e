import type { DeliveryRecord } from "../../deliveries/delivery.ts";
import type { RefusalRecord } from "../../events/refusal.ts";
import { counted } from "../deliveries/delivery-words.ts";
import { EventFilter, PeriodFilter } from "../deliveries/filter-fields.tsx";
import { Badge, type Tone } from "../shell/badge.tsx";
import type { IconName } from "../shell/icons.tsx";
import { PageTitle, Settings } from "../shell/layout.tsx";
import { Pager } from "../shell/pager.tsx";
import { Time } from "../shell/times.tsx";
import type { Viewer } from "../shell/viewer.ts";
import type { EventRow } from "./events-data.ts";

export type EventsFilters = { type: string; when: string; before: string; after: string };
export type EventsData = { rows: EventRow[]; more: boolean; filters: EventsFilters; refused: RefusalRecord[] };

/** What was received lately, and what became of it. */
export function EventsPage({ viewer, data }: { viewer: Viewer; data: EventsData }) {
  const { rows, refused } = data;
  return (
    <Settings viewer={viewer} title="Events" section="events">
      <PageTitle title="Events" lead={`What ${viewer.product.name} told us lately, and where it went. Kept for 30 days.`}>
        <a class="button plain" href="/settings/why">
          Why didn’t it fire?
        </a>
      </PageTitle>
      <Filters data={data} />
      {refused.length > 0 && <Refused refused={refused} />}
      <p class="newer" id="newer" data-one="event" data-many="events" hidden>
        <a href={`/settings/events${queryOf({ ...data.filters, before: "", after: "" })}`}>Show newer events</a>
      </p>
      {rows.length === 0 ? (
        <div class="table nothing" data-live-rows>
          <p>No events in this time.</p>
          <a class="button plain" href="/settings/events?when=30d">
            Look at 30 days
          </a>{" "}
          <a class="button plain" href="/settings/catalogue">
            See what there could be
          </a>
        </div>
      ) : (
        <div class="table">
          <table>
            <caption class="visually-hidden">Events, newest first</caption>
            <thead>
              <tr>
                <th scope="col">Record and event</th>
                <th scope="col">Went to</th>
                <th scope="col" class="w-day">
                  Received
                </th>
              </tr>
            </thead>
            <tbody data-live-rows>
              {rows.map((row) => (
                <Row key={row.event._id} row={row} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Foot data={data} />
    </Settings>
  );
}

function queryOf({ type, when, before, after }: EventsFilters): string {
  const query = new URLSearchParams();
  if (type) query.set("type", type);
  if (when !== "24h") query.set("when", when);
  if (before) query.set("before", before);
  if (after) query.set("after", after);
  const text = query.toString();
  return text ? `?${text}` : "";
}

function Filters({ data: { filters } }: { data: EventsData }) {
  return (
    <form class="filters" method="get" action="/settings/events" data-submits>
      <EventFilter name="type" value={filters.type} />
      <PeriodFilter value={filters.when} />
      <div>
        <button type="submit" class="plain">
          Filter
        </button>
      </div>
    </form>
  );
}

/** Events that broke their schema were never accepted; whoever misses one looks here first. */
export function Refused({ refused }: { refused: RefusalRecord[] }) {
  return (
    <details class="notice wait">
      <summary>
        <strong>{counted(refused.length, "event was", "events were")} refused</strong> because the data didn’t fit the catalogue
      </summary>
      <ul>
        {refused.map(({ _id, type, recordId, at, problems }) => (
          <li key={_id}>
            <span class="mono">{type}</span>
            {recordId && ` of record ${recordId}`}, <Time at={at} />:{" "}
            {problems.map(({ field, message }) => `${field} ${message}`).join("; ")}
          </li>
        ))}
      </ul>
    </details>
  );
}

function Row({ row: { event, subject, recordId, states } }: { row: EventRow }) {
  return (
    <tr data-key={event._id}>
      <td class="left first-row">
        <a class="row-link" href={`/settings/events/${event._id}`}>
          {subject ?? recordId ?? event.type}
        </a>
        <span class="mono sub">
          {event.type}
          {event.test && " · test"}
        </span>
      </td>
      <td class="whole">
        {event.hooks.length === 0 ? (
          <span class="quiet">No webhook wanted it</span>
        ) : (
          <Summary count={event.hooks.length} states={states} />
        )}
      </td>
      <td class="right first-row">
        <Time at={event.receivedAt} as="ago" />
        <span class="sub">
          <Time at={event.receivedAt} as="clock" />
        </span>
      </td>
    </tr>
  );
}

const shown: [DeliveryRecord["status"] | "retrying", string, Tone, IconName][] = [
  ["failed", "failed", "bad", "failed"],
  ["retrying", "retrying", "wait", "retry"],
  ["pending", "on the way", "live", "plane"],
  ["held", "held", "idle", "pause"],
  ["cancelled", "not sent", "idle", "dash"],
  ["succeeded", "delivered", "ok", "tick"],
];

function Summary({ count, states }: { count: number; states: EventRow["states"] }) {
  if (!states) return <>{counted(count, "webhook")}</>;
  const known = Object.values(states).reduce((sum, n) => sum + n, 0);
  return (
    <span class="summary">
      {shown.map(([state, word, tone, icon]) =>
        states[state] ? (
          <Badge key={state} tone={tone} icon={icon}>
            {count === 1 ? word.charAt(0).toUpperCase() + word.slice(1) : `${states[state]} ${word}`}
          </Badge>
        ) : null,
      )}
      {known < count && (
        <Badge tone="live" icon="clock">
          {count - known} queued
        </Badge>
      )}
    </span>
  );
}

function Foot({ data: { rows, more, filters } }: { data: EventsData }) {
  const [first, last] = [rows[0]?.event._id, rows.at(-1)?.event._id];
  const newer = (filters.after ? more : filters.before) ? first : undefined;
  const older = filters.after || more ? last : undefined;
  if (!newer && !older) return null;
  const to = (changes: Partial<EventsFilters>) => `/settings/events${queryOf({ ...filters, before: "", after: "", ...changes })}`;
  return (
    <Pager
      back={{ label: "Newer", href: newer ? to({ after: newer }) : undefined }}
      on={{ label: "Older", href: older ? to({ before: older }) : undefined }}
    >
      Showing {rows.length}
    </Pager>
  );
}
