import type { Withheld } from "../../deliveries/withheld.ts";
import { Badge } from "../shell/badge.tsx";
import { Time } from "../shell/times.tsx";
import type { HistoryPageData } from "./delivery-list.tsx";

/** Events that were never meant for the webhook, each with the reason; on the history of all webhooks, the way there. */
export function WithheldRows({ data: { withheld, hook, choices, filters } }: { data: HistoryPageData }) {
  if (!withheld || !hook) {
    if (!choices || hook || filters.q) return null;
    return <p class="small">Events that a webhook’s filter held back are shown here when you choose that webhook.</p>;
  }
  return (
    <section id="withheld" data-live aria-labelledby="withheld-title">
      <h2 id="withheld-title">Events it didn’t get</h2>
      {withheld.withheld.length === 0 ? (
        <p class="small">No event of its types was held back by the filter, or came while it was turned off.</p>
      ) : (
        <div class="table">
          <table>
            <caption class="visually-hidden">Events of this webhook’s types that were not sent to it, newest first</caption>
            <thead>
              <tr>
                <th scope="col" class="w-time">
                  Status
                </th>
                <th scope="col">Record and event</th>
                <th scope="col">Why</th>
                <th scope="col" class="w-time">
                  Received
                </th>
              </tr>
            </thead>
            <tbody>
              {withheld.withheld.map((event) => (
                <Row key={event._id} event={event} hook={hook._id} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {withheld.more ? (
        <p class="small">Only the latest {withheld.withheld.length}. For what is older, choose When.</p>
      ) : (
        withheld.lookedBackTo && (
          <p class="small">
            Looked back to <Time at={withheld.lookedBackTo} />. For what is older, choose When.
          </p>
        )
      )}
    </section>
  );
}

function Row({ event, hook }: { event: Withheld; hook: string }) {
  return (
    <tr data-key={event._id}>
      <td class="right first-row">
        <Badge tone="idle" icon="dash">
          Not sent
        </Badge>
      </td>
      <td class="left first-row">
        <a class="row-link" href={`/settings/why?event=${event._id}&hook=${hook}`}>
          {event.subject}
        </a>
        <span class="mono sub">{event.type}</span>
      </td>
      <td class="left answer-cell">{event.reason}</td>
      <td class="right second-row">
        <Time at={event.receivedAt} />
      </td>
    </tr>
  );
}
