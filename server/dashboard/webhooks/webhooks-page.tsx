import { Icon } from "../shell/icons.tsx";
import { JsonView } from "../shell/json-view.tsx";
import { PageTitle, Settings } from "../shell/layout.tsx";
import { useViewer, type Viewer } from "../shell/viewer.ts";
import { FailingNotice } from "./failing-notice.tsx";
import type { ListData } from "./list-data.ts";
import { Table } from "./webhook-table.tsx";

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
