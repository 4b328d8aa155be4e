import type { HookRecord } from "../../hooks/hook.ts";
import type { AppRecord } from "../../oauth/app.ts";
import type { InstallRecord } from "../../oauth/install.ts";
import { scopeLabels } from "../../oauth/scopes.ts";
import { cappedCount, counted, hookName } from "../deliveries/delivery-words.ts";
import { Form, PageTitle, Settings } from "../shell/layout.tsx";
import { Time } from "../shell/times.tsx";
import type { Viewer } from "../shell/viewer.ts";
import { AppBadge } from "../sign-in/app-badge.tsx";
import { connectGuides } from "./connect-guides.ts";

export type InstallRow = { install: InstallRecord; app: AppRecord | undefined; connectedBy: string; hooks: HookRecord[]; mine: boolean };
export type AppsPageData = { rows: InstallRow[]; platforms: { id: string; name: string }[] };

const mostHooksListed = 5;

/** What is connected, what it may do, the way to take it back, and how to connect more. */
export function AppsPage({ viewer, data: { rows, platforms } }: { viewer: Viewer; data: AppsPageData }) {
  return (
    <Settings viewer={viewer} title="Connected apps" section="apps">
      <PageTitle title="Connected apps" lead={`Apps that people of ${viewer.company.name} connected to ${viewer.product.name}.`} />
      {rows.length === 0 ? (
        <div class="table nothing">
          <p>No apps are connected yet. Start from the app you use: it sends you here to say yes.</p>
          <a class="button plain" href="#connect">
            How to connect one
          </a>
        </div>
      ) : (
        rows.map((row) => <Install key={row.install._id} row={row} />)
      )}
      <h2 class="group" id="connect">
        Connect an app
      </h2>
      <div class="guides">
        {platforms.map(({ id, name }) => {
          const guide = connectGuides[id];
          if (!guide) return null;
          return (
            <div class="card" key={id}>
              <h3>{name}</h3>
              <ol>
                {guide.steps.map((step) => (
                  <li key={step}>{step.replaceAll("{product}", viewer.product.name)}</li>
                ))}
              </ol>
              <a href={guide.where} rel="noopener noreferrer" target="_blank">
                Open {name}
                <span class="visually-hidden"> in a new tab</span>
              </a>
            </div>
          );
        })}
        <div class="card">
          <h3>Your own systems</h3>
          <p>
            Anything that takes a POST can be told. <a href="/settings/webhooks/new">Add a webhook</a>, or subscribe by the{" "}
            <a href="/docs">API</a>
            {viewer.admin && (
              <>
                {" "}
                with an <a href="/settings/keys">API key</a>
              </>
            )}
            .
          </p>
        </div>
      </div>
    </Settings>
  );
}

function Install({ row: { install, app, connectedBy, hooks, mine } }: { row: InstallRow }) {
  const name = app?.name ?? "An app that was removed";
  return (
    <section class="card install" aria-label={name}>
      <AppBadge app={app} />
      <div>
        <h2>
          {name} {app && !app.verified && <span class="tag">Not verified</span>}
        </h2>
        <p class="small">
          Connected by {connectedBy}, <Time at={install.createdAt} as="date" /> ·{" "}
          {install.lastUsedAt ? (
            <>
              last used <Time at={install.lastUsedAt} as="ago" />
            </>
          ) : (
            "not used yet"
          )}
        </p>
        <p class="can">It can:</p>
        <ul class="scopes">
          {install.scopes.map((scope) => (
            <li key={scope}>{scopeLabels[scope as keyof typeof scopeLabels] ?? scope}</li>
          ))}
        </ul>
        <p class="small">
          {hooks.length === 0 ? (
            "It has no webhooks now."
          ) : (
            <>
              {counted(hooks.length, "webhook")}:{" "}
              {hooks.slice(0, mostHooksListed).map((hook, i) => (
                <span key={hook._id}>
                  {i > 0 && ", "}
                  <a href={`/settings/webhooks/${hook._id}`}>{hook.name ?? hook.events.join(", ")}</a>
                </span>
              ))}
              {hooks.length > mostHooksListed && `, and ${hooks.length - mostHooksListed} more`}
            </>
          )}
        </p>
      </div>
      {mine && (
        <a class="button danger" href={`/settings/apps/${install._id}/disconnect`}>
          Disconnect…<span class="visually-hidden"> {name}</span>
        </a>
      )}
    </section>
  );
}

/** Asks once, and says what stops. */
export function DisconnectPage({ viewer, row: { install, app, hooks }, waiting }: { viewer: Viewer; row: InstallRow; waiting: number }) {
  const name = app?.name ?? "this app";
  const stops = hooks.length > 0 ? `${counted(hooks.length, "webhook")} ${hooks.length === 1 ? "stops" : "stop"}` : "It has no webhooks";
  const discards = waiting > 0 ? ` and ${cappedCount(waiting)} waiting ${waiting === 1 ? "delivery is" : "deliveries are"} discarded` : "";
  return (
    <Settings viewer={viewer} title={`Disconnect ${name}?`} section="apps">
      <PageTitle title={`Disconnect ${name}?`} />
      <Form action={`/settings/apps/${install._id}/disconnect`} class="card">
        <p>
          {stops}
          {discards}. Its access ends at once. To connect it again, start from {name}.
        </p>
        {hooks.length > 0 && (
          <ul>
            {hooks.slice(0, 20).map((hook) => (
              <li key={hook._id}>{hookName(hook)}</li>
            ))}
          </ul>
        )}
        <div class="actions">
          <button type="submit" class="danger">
            Disconnect
          </button>
          <a class="button plain" href="/settings/apps">
            Cancel
          </a>
        </div>
      </Form>
    </Settings>
  );
}
