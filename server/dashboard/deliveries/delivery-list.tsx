import type { DeliveryRecord } from "../../deliveries/delivery.ts";
import { countedUpTo, type Found, type HistoryView } from "../../deliveries/search-history.ts";
import type { HookRecord } from "../../hooks/hook.ts";
import { Badge } from "../shell/badge.tsx";
import { dayKey, dayName, inTime, Time } from "../shell/times.tsx";
import { useViewer } from "../shell/viewer.ts";
import { counted, hookName, mostTries, shortOutcome, stateOf, subjectWords } from "./delivery-words.ts";
import { defaultPeriod, type HistoryFilters, isFiltered, periods, queryOf } from "./history-filters.ts";

export type HistoryPageData = {
  filters: HistoryFilters;
  found: Found;
  counts: Record<HistoryView, number> | undefined;
  /** The hooks of the rows, removed ones too. */
  hooks: ReadonlyMap<string, HookRecord>;
  /** For the filter by webhook; absent on a webhook's own page. */
  choices: { id: string; name: string }[] | undefined;
  /** Where the list stands. */
  path: string;
  /** Failures of the newest that need attention, alike ones together. */
  groups: FailureGroup[];
  mayRepeat: boolean;
};

export type FailureGroup = { hook: HookRecord | undefined; what: string; count: number; since: Date };

const views: { id: HistoryView; label: string }[] = [
  { id: "all", label: "All" },
  { id: "attention", label: "Needs attention" },
  { id: "progress", label: "In progress" },
  { id: "delivered", label: "Delivered" },
  { id: "waiting", label: "Held or not sent" },
];

export function cappedCount(n: number): string {
  return n > countedUpTo ? `${countedUpTo.toLocaleString("en-GB")}+` : n.toLocaleString("en-GB");
}

/** The history with its filters: one row a delivery, the newest first, under its day. */
export function DeliveryList({ data }: { data: HistoryPageData }) {
  const { filters, counts, path, choices } = data;
  const fixed = { hook: choices === undefined };
  return (
    <>
      <nav class="tabs" aria-label="State" id="views" data-live>
        {views.map(({ id, label }) => (
          <a
            key={id}
            href={`${path}${queryOf(filters, { view: id, before: "", after: "" }, fixed)}`}
            aria-current={id === filters.view ? "page" : undefined}
          >
            {label}
            {counts && <span class="count">{cappedCount(counts[id])}</span>}
          </a>
        ))}
      </nav>
      <Filters data={data} />
      <Attention data={data} />
      <p class="newer" id="newer" data-one="delivery" data-many="deliveries" hidden>
        <a href={`${path}${queryOf(filters, { before: "", after: "" }, fixed)}`}>Show newer deliveries</a>
      </p>
      <Rows data={data} />
      <Foot data={data} />
    </>
  );
}

function Filters({ data: { filters, choices, path } }: { data: HistoryPageData }) {
  const { product } = useViewer();
  return (
    <form class="filters" method="get" action={path}>
      {filters.view !== "all" && <input type="hidden" name="view" value={filters.view} />}
      <div class="grow">
        <label for="q" class="visually-hidden">
          Search
        </label>
        <input id="q" type="search" name="q" value={filters.q} placeholder="Search by record, event ID or delivery ID" maxLength={200} />
      </div>
      {choices && (
        <div>
          <label for="f-hook">Webhook</label>
          <select id="f-hook" name="hook">
            <option value="">All webhooks</option>
            {choices.map(({ id, name }) => (
              <option key={id} value={id} selected={id === filters.hook}>
                {name}
              </option>
            ))}
          </select>
        </div>
      )}
      <div>
        <label for="f-event">Event</label>
        <select id="f-event" name="event">
          <option value="">Any event</option>
          {[...product.eventTypes.keys()].map((type) => (
            <option key={type} value={type} selected={type === filters.event}>
              {type}
            </option>
          ))}
        </select>
      </div>
      <div>
        <label for="f-when">When</label>
        <select id="f-when" name="when">
          {periods.map(({ id, label }) => (
            <option key={id} value={id} selected={id === filters.when}>
              {label}
            </option>
          ))}
          <option value="custom" selected={filters.when === "custom"}>
            From … to …
          </option>
        </select>
      </div>
      {filters.when === "custom" && (
        <>
          <div>
            <label for="f-from">From</label>
            <input id="f-from" type="datetime-local" name="from" value={filters.from} />
          </div>
          <div>
            <label for="f-to">To</label>
            <input id="f-to" type="datetime-local" name="to" value={filters.to} />
          </div>
        </>
      )}
      <div>
        <button type="submit" class="plain">
          Filter
        </button>
      </div>
    </form>
  );
}

function Attention({ data: { filters, counts, path, groups, choices, mayRepeat } }: { data: HistoryPageData }) {
  const fixed = { hook: choices === undefined };
  const repeatQuery = (view: HistoryView) => queryOf(filters, { view, before: "", after: "" });
  const count = counts?.attention ?? 0;
  if (filters.view === "delivered" || filters.view === "progress") return <div id="attention" data-live></div>;
  return (
    <div id="attention" data-live>
      {filters.view === "waiting" ? null : count > 0 || (counts === undefined && filters.view === "attention") ? (
        <div class="attention">
          <span>
            {counts ? (
              <>
                <strong>{cappedCount(count)}</strong> of these {count === 1 ? "needs" : "need"} attention
              </>
            ) : (
              "These need attention"
            )}
          </span>
          {mayRepeat && (
            <a class="button plain" href={`/settings/repeat${repeatQuery("attention")}`}>
              Retry all{counts ? ` ${cappedCount(count)}` : ""}…
            </a>
          )}
        </div>
      ) : null}
      {filters.view === "attention" && groups.length > 0 && (
        <ul class="plain-list small groups">
          {groups.map(({ hook, what, count: alike, since }) => (
            <li key={`${hook?._id} ${what}`}>
              <strong>{what}</strong> from{" "}
              {hook ? (
                <a href={`${path}${queryOf(filters, { hook: hook._id, before: "", after: "" }, fixed)}`}>{hookName(hook)}</a>
              ) : (
                "a webhook that is gone"
              )}{" "}
              · {counted(alike, "delivery", "deliveries")} since <Time at={since} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Rows({ data }: { data: HistoryPageData }) {
  const { zone, now } = useViewer();
  const rows = data.found.deliveries;
  if (rows.length === 0) return <Nothing data={data} />;
  const days = new Map<string, DeliveryRecord[]>();
  for (const row of rows) {
    const key = dayKey(zone, row.createdAt);
    const day = days.get(key) ?? [];
    days.set(key, day);
    day.push(row);
  }
  return (
    <div class="table">
      <table>
        <caption class="visually-hidden">Deliveries, newest first</caption>
        <thead>
          <tr>
            <th scope="col" class="w-time">
              Status
            </th>
            <th scope="col">Record and event</th>
            {data.choices && <th scope="col">Webhook</th>}
            <th scope="col">Answer</th>
            <th scope="col" class="w-narrow">
              Attempts
            </th>
            <th scope="col" class="w-time">
              Event time
            </th>
          </tr>
        </thead>
        <tbody data-live-rows>
          {[...days.values()].map((day) => [
            <tr class="day" key={day[0]?._id}>
              <th colSpan={data.choices ? 6 : 5} scope="rowgroup">
                {dayName(zone, day[0]?.createdAt ?? now, now)}
              </th>
            </tr>,
            ...day.map((row) => <Row key={row._id} row={row} data={data} />),
          ])}
        </tbody>
      </table>
    </div>
  );
}

function Row({ row, data }: { row: DeliveryRecord; data: HistoryPageData }) {
  const { product } = useViewer();
  const { word, tone, icon } = stateOf(row);
  const hook = data.hooks.get(row.hook);
  const most = mostTries(product);
  const open = row.status === "pending" || row.status === "failed";
  const tries = row.attempts.length;
  const back = queryOf(data.filters, { before: "", after: "" });
  return (
    <tr data-key={row._id}>
      <td class="right first-row">
        <Badge tone={tone} icon={icon}>
          {word}
        </Badge>
      </td>
      <td class="left first-row">
        <a class="row-link" href={`/settings/deliveries/${row._id}${back}`}>
          {subjectWords(row)}
        </a>
        <span class="mono sub">
          {row.type}
          {row.trigger === "test" && " · test"}
        </span>
      </td>
      {data.choices && (
        <td class="left second-row">
          <span class="clip">{hook ? hookName(hook) : "Deleted webhook"}</span>
        </td>
      )}
      <td class="left answer-cell">
        <Answer row={row} />
      </td>
      <td class="right">
        {tries === 0 ? "–" : open && tries <= most ? `${tries} of ${most}` : tries}
        {tries > 0 && <span class="narrow-only"> {most > 1 && open ? "tries" : tries === 1 ? "try" : "tries"}</span>}
      </td>
      <td class="right second-row">
        <Time at={row.createdAt} as="clock" />
      </td>
    </tr>
  );
}

function Answer({ row }: { row: DeliveryRecord }) {
  const last = row.attempts.at(-1);
  const sub = (content: preact.ComponentChildren) => <span class="sub">{content}</span>;
  switch (row.status) {
    case "succeeded":
      return (
        <>
          {last ? shortOutcome(last) : "–"}
          {last && sub(inTime(last.durationMs))}
        </>
      );
    case "held":
      return <>Until resumed</>;
    case "cancelled":
      return <>{row.reason ?? "Cancelled"}</>;
    case "failed":
      return (
        <>
          {last ? shortOutcome(last) : (row.reason ?? "Failed")}
          {row.settledAt &&
            sub(
              <>
                gave up <Time at={row.settledAt} />
              </>,
            )}
        </>
      );
    case "pending":
      if (!last) return <>{row.reason ? "Waiting for an answer" : "Waiting to be sent"}</>;
      return (
        <>
          {shortOutcome(last)}
          {row.dueAt &&
            sub(
              <>
                next in <Time at={row.dueAt} as="until" />
              </>,
            )}
        </>
      );
  }
}

function Nothing({ data: { filters, path, choices } }: { data: HistoryPageData }) {
  const only = choices === undefined && { ...filters, hook: "" };
  if (isFiltered(only || filters)) {
    return (
      <div class="table nothing" data-live-rows>
        <p>Nothing matches.</p>
        <a class="button plain" href={path}>
          Clear filters
        </a>{" "}
        {filters.when !== "30d" && filters.when !== "custom" && (
          <a
            class="button plain"
            href={`${path}${queryOf(filters, { when: "30d", before: "", after: "" }, { hook: choices === undefined })}`}
          >
            Look at 30 days
          </a>
        )}
      </div>
    );
  }
  return (
    <div class="table nothing" data-live-rows>
      <p>No deliveries in the last 24 hours.</p>
      <a class="button plain" href={`${path}${queryOf(filters, { when: "30d" }, { hook: choices === undefined })}`}>
        Look at 30 days
      </a>{" "}
      <a class="button plain" href="/settings/why">
        Why didn’t it fire?
      </a>
    </div>
  );
}

function Foot({ data: { filters, found, counts, path, choices } }: { data: HistoryPageData }) {
  const rows = found.deliveries;
  if (rows.length === 0 && !filters.before && !filters.after && !found.searchedBackTo) return null;
  const fixed = { hook: choices === undefined };
  const first = rows[0]?._id;
  const last = rows.at(-1)?._id;
  // Coming from newer pages, there is more above unless this is the first; coming from older ones the search itself knows.
  const newer = filters.after ? found.more : Boolean(filters.before);
  const older = filters.after ? true : found.more;
  const total = counts?.[filters.view];
  return (
    <div class="table-foot">
      <span class="small">
        Showing {rows.length}
        {total !== undefined && ` of ${cappedCount(total)}`}
        {filters.when === defaultPeriod && " in the last 24 hours"}
        {found.searchedBackTo && (
          <>
            . Searched back to <Time at={found.searchedBackTo.createdAt} />.{" "}
            <a href={`${path}${queryOf(filters, { before: found.searchedBackTo._id, after: "" }, fixed)}`}>Search further back</a>
          </>
        )}
        {" · "}
        <a href={`/settings/deliveries.csv${queryOf(filters, { before: "", after: "" })}`}>Export CSV</a>
      </span>
      <nav class="pages" aria-label="Pages">
        {newer && first ? (
          <a class="button plain" rel="prev" href={`${path}${queryOf(filters, { after: first, before: "" }, fixed)}`}>
            Newer
          </a>
        ) : (
          <span class="button plain ended">Newer</span>
        )}
        {older && last ? (
          <a class="button plain" rel="next" href={`${path}${queryOf(filters, { before: last, after: "" }, fixed)}`}>
            Older
          </a>
        ) : (
          <span class="button plain ended">Older</span>
        )}
      </nav>
    </div>
  );
}

/** Live is on by itself; the switch is for whoever wants the page to hold still. */
export function LiveSwitch() {
  return (
    <button type="button" class="switch scripted" role="switch" aria-checked="true" data-live-toggle>
      <span class="knob" aria-hidden="true"></span>
      Live
    </button>
  );
}
