import type { DeliveryRecord } from "../../deliveries/delivery.ts";
import { Badge } from "../shell/badge.tsx";
import { dayKey, dayName, inTime, Time } from "../shell/times.tsx";
import { useViewer } from "../shell/viewer.ts";
import { type HistoryPageData, Nothing } from "./delivery-list.tsx";
import { hookName, mostTries, shortOutcome, stateOf, subjectWords } from "./delivery-words.ts";
import { queryOf } from "./history-filters.ts";

/** The rows of a history under their days, or what to do where there are none. */
export function Rows({ data }: { data: HistoryPageData }) {
  const { zone, now } = useViewer();
  const rows = data.found.deliveries;
  if (rows.length === 0) return data.withheld?.withheld.length ? null : <Nothing data={data} />;
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
