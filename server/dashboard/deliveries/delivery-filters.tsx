import type { ComponentChildren } from "preact";
import type { HistoryView } from "../../deliveries/search-history.ts";
import { Time } from "../shell/times.tsx";
import type { HistoryPageData } from "./delivery-list.tsx";
import { cappedCount, counted, hookName } from "./delivery-words.ts";
import { EventFilter, PeriodFilter } from "./filter-fields.tsx";
import { queryOf } from "./history-filters.ts";

/** Every filter is a field of a form that stands in the address. */
export function Filters({ data: { filters, choices, path } }: { data: HistoryPageData }) {
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
      <EventFilter name="event" value={filters.event} />
      <PeriodFilter value={filters.when} custom />
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

/** What can be done about everything that matches, asked again on a page of its own; and alike failures together. */
export function Attention({ data: { filters, counts, path, groups, choices, mayRepeat } }: { data: HistoryPageData }) {
  const fixed = { hook: choices === undefined };
  const offer = offerOf(filters.view, counts);
  return (
    <div id="attention" data-live>
      {offer && (offer.says || mayRepeat) && (
        <div class="attention">
          {offer.says}
          {mayRepeat && (
            <a class="button plain" href={`/settings/repeat${queryOf(filters, { view: offer.view, before: "", after: "" })}`}>
              {offer.label}
            </a>
          )}
        </div>
      )}
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

type Offer = { view: HistoryView; says?: ComponentChildren; label: string };

/** Where the counts aren't known (a search), it is offered all the same; the next page says how many there are. */
function offerOf(view: HistoryView, counts: HistoryPageData["counts"]): Offer | undefined {
  switch (view) {
    case "delivered":
      return counts?.delivered === 0 ? undefined : { view, label: "Send all of these again…" };
    case "waiting":
      return counts?.waiting === 0 ? undefined : { view, label: "Send what wasn’t sent…" };
    case "progress":
      return undefined;
    default: {
      if (!counts) return { view: "attention", label: "Retry those that need attention…" };
      const count = counts.attention;
      if (count === 0) return undefined;
      const says = (
        <span>
          <strong>{cappedCount(count)}</strong> of these {count === 1 ? "needs" : "need"} attention
        </span>
      );
      return { view: "attention", says, label: `Retry all ${cappedCount(count)}…` };
    }
  }
}
