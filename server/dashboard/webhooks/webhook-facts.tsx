import { targetWarnings } from "../../hooks/check-target.ts";
import { describeFilter } from "../../hooks/filter.ts";
import { CopyButton } from "../shell/copy-button.tsx";
import { Time } from "../shell/times.tsx";
import { useViewer } from "../shell/viewer.ts";
import type { WebhookPageData } from "./webhook-page.tsx";

/** What a webhook is set to. */
export function Facts({ data: { row, createdBy } }: { data: WebhookPageData }) {
  const { hook } = row;
  const { product } = useViewer();
  const filter = describeFilter(hook.filter);
  return (
    <section class="card">
      <h2>About this webhook</h2>
      <dl class="facts one">
        <div>
          <dt>URL</dt>
          <dd>
            <span class="mono">{hook.targetUrl}</span> <CopyButton label="Copy the URL" text={hook.targetUrl} />
            {targetWarnings(hook.targetUrl).map((warning) => (
              <p class="says wait" key={warning}>
                {warning}
              </p>
            ))}
          </dd>
        </div>
        <div>
          <dt>Events</dt>
          <dd class="events">
            {hook.events.length === product.eventTypes.size
              ? "All events"
              : hook.events.map((type) => (
                  <a key={type} href={`/settings/catalogue/${type}`} class="mono">
                    {type}{" "}
                  </a>
                ))}
          </dd>
        </div>
        <div>
          <dt>Only when</dt>
          <dd>
            {filter.length === 0
              ? "Always"
              : filter.map((line) => (
                  <div key={line} class="mono">
                    {line}
                  </div>
                ))}
          </dd>
        </div>
        <div>
          <dt>Signed</dt>
          <dd>
            {hook.secret === null ? "No" : "With its secret"}
            {hook.previousSecretUntil && hook.previousSecret && (
              <>
                ; the old one signs too until <Time at={hook.previousSecretUntil} />
              </>
            )}
          </dd>
        </div>
        <div>
          <dt>Created</dt>
          <dd>
            <Time at={hook.createdAt} />
            {createdBy && ` by ${createdBy}`}
          </dd>
        </div>
        <div>
          <dt>Id</dt>
          <dd>
            <span class="mono">{hook._id}</span> <CopyButton label="Copy the id" text={hook._id} />
          </dd>
        </div>
      </dl>
    </section>
  );
}
