import type { Found, HistoryView } from "../../deliveries/search-history.ts";
import type { withheldFrom } from "../../deliveries/withheld.ts";
import type { HookRecord } from "../../hooks/hook.ts";
import { Form } from "../shell/layout.tsx";
import { Pager } from "../shell/pager.tsx";
import { Time } from "../shell/times.tsx";
import { Attention, Filters } from "./delivery-filters.tsx";
import { Rows } from "./delivery-rows.tsx";
import { cappedCount } from "./delivery-words.ts";
import { defaultPeriod, type HistoryFilters, isFiltered, queryOf } from "./history-filters.ts";
import { WithheldRows } from "./withheld-rows.tsx";

export type HistoryPageData = {
  filters: HistoryFilters;
  found: Found;
  counts: Record<HistoryView, number> | undefined;
  /** Whether there is any delivery at all, where none was found. */
  ever: boolean;
  /** The hooks of the rows, removed ones too. */
  hooks: ReadonlyMap<string, HookRecord>;
  /** For the filter by webhook; absent on a webhook's own page. */
  choices: { id: string; name: string }[] | undefined;
  /** Where the list stands. */
  path: string;
  /** Failures of the newest that need attention, alike ones together. */
  groups: FailureGroup[];
  /** The webhook whose deliveries these are, where they are of one. */
  hook: HookRecord | undefined;
  /** Events of its types that it didn't get, where those that were held or not sent are looked at. */
  withheld: Awaited<ReturnType<typeof withheldFrom>> | undefined;
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
      {filters.view === "waiting" && <WithheldRows data={data} />}
    </>
  );
}

export function Nothing({ data }: { data: HistoryPageData }) {
  const { filters, path, choices } = data;
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
      <p>{data.ever ? "No deliveries in the last 24 hours." : "No deliveries yet."}</p>
      <OfferTest data={data} />
      {data.ever && (
        <>
          <a class="button plain" href={`${path}${queryOf(filters, { when: "30d" }, { hook: choices === undefined })}`}>
            Look at 30 days
          </a>{" "}
        </>
      )}
      <a class="button plain" href={data.hook ? `/settings/why?hook=${data.hook._id}` : "/settings/why"}>
        Why didn’t it fire?
      </a>
    </div>
  );
}

/** Where nothing has come yet, a test shows whether it would. */
function OfferTest({ data: { hook, choices, mayRepeat } }: { data: HistoryPageData }) {
  if (choices?.length === 0) {
    return (
      <p>
        There is no webhook yet. <a href="/settings/webhooks/new">Add one</a>, and a test goes to it.
      </p>
    );
  }
  if (!mayRepeat || (hook && !["active", "paused"].includes(hook.status))) return null;
  return (
    <Form action="/settings/test" class="inline with-choice">
      {choices ? (
        <select name="hook" aria-label="Webhook to test">
          {choices.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      ) : (
        <input type="hidden" name="hook" value={hook?._id} />
      )}
      <button type="submit">Send a test event</button>
    </Form>
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
  const to = (changes: Partial<HistoryFilters>) => `${path}${queryOf(filters, { before: "", after: "", ...changes }, fixed)}`;
  return (
    <Pager
      back={{ label: "Newer", href: newer && first ? to({ after: first }) : undefined }}
      on={{ label: "Older", href: older && last ? to({ before: last }) : undefined }}
    >
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
    </Pager>
  );
}
