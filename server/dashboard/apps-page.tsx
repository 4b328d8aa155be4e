import type { AppRecord } from "../oauth/app.ts";
import type { InstallRecord } from "../oauth/install.ts";
import { scopeLabels } from "../oauth/scopes.ts";
import { AppBadge } from "./app-badge.tsx";
import { Csrf, Layout } from "./layout.tsx";

export type InstallRow = { install: InstallRecord; app: AppRecord | undefined; company: string; connectedBy: string; hooks: number };

/** What is connected, what it may do, and the way to take it back. */
export function AppsPage({ rows, csrf, done }: { rows: InstallRow[]; csrf: string; done?: string | undefined }) {
  return (
    <Layout title="Connected apps" wide>
      <div class="card">
        <h1>Connected apps</h1>
        {done && (
          <p class="notice ok" role="status">
            {done}
          </p>
        )}
        {rows.length === 0 && <p class="quiet">No apps are connected. Connect one from Zapier, Make, n8n or another platform.</p>}
        {rows.map(({ install, app, company, connectedBy, hooks }) => (
          <div class="install" key={install._id}>
            <AppBadge app={app} />
            <div>
              <strong>{app?.name ?? "An app that was removed"}</strong> <span class="quiet">for {company}</span>
              <ul class="scopes">
                {install.scopes.map((scope) => (
                  <li key={scope}>{scopeLabels[scope as keyof typeof scopeLabels] ?? scope}</li>
                ))}
              </ul>
              <p class="small">
                Connected by {connectedBy} on {install.createdAt.toISOString().slice(0, 10)} · {hooks}{" "}
                {hooks === 1 ? "webhook" : "webhooks"} ·{" "}
                {install.lastUsedAt ? `tokens last issued ${install.lastUsedAt.toISOString().slice(0, 10)}` : "not used yet"}
              </p>
            </div>
            <form method="post" action={`/settings/apps/${install._id}/disconnect`}>
              <Csrf token={csrf} />
              <button type="submit" class="danger" aria-label={`Disconnect ${app?.name ?? "app"}: ${hooks} webhooks stop`}>
                Disconnect
              </button>
            </form>
          </div>
        ))}
        <form method="post" action="/sign-out">
          <Csrf token={csrf} />
          <div class="actions">
            <button type="submit" class="plain" name="everywhere" value="">
              Sign out
            </button>
            <button type="submit" class="plain" name="everywhere" value="yes">
              Sign out everywhere
            </button>
          </div>
        </form>
      </div>
    </Layout>
  );
}
