import type { FieldError } from "../../errors.ts";
import type { AppRecord } from "../../oauth/app.ts";
import { appPresets } from "../../oauth/app-presets.ts";
import { counted } from "../deliveries/delivery-words.ts";
import { Badge } from "../shell/badge.tsx";
import { CopyButton } from "../shell/copy-button.tsx";
import { described, Problem, ProblemSummary, TextField } from "../shell/form-fields.tsx";
import { PageTitle } from "../shell/layout.tsx";
import { Operator, OperatorForm, type OperatorFrame } from "./operator-shell.tsx";

export type AppDraft = { product: string; platform: string; name: string; redirectUris: string };

export type OperatorAppsData = {
  apps: (AppRecord & { installs: number })[];
  products: { id: string; name: string }[];
  draft: AppDraft;
  problems: FieldError[];
  shown: { id: string; secret: string | undefined } | undefined;
};

/** The apps there are, their secrets, and registering one. */
export function OperatorAppsPage({
  frame,
  data: { apps, products, draft, problems, shown },
}: {
  frame: OperatorFrame;
  data: OperatorAppsData;
}) {
  return (
    <Operator frame={frame} title="Apps">
      <PageTitle
        title="Apps"
        lead="OAuth clients that companies may connect. Those that registered themselves are marked; nobody vouches for them."
      />
      {shown && (
        <section class="notice wait" aria-label="Credentials">
          <p>
            <strong>Enter these on the platform now{shown.secret ? ": the secret is shown this once" : ""}.</strong>
          </p>
          <p class="secret">
            client_id <code>{shown.id}</code>
            <CopyButton label="Copy the client id" text={shown.id} />
          </p>
          {shown.secret && (
            <p class="secret">
              client_secret <code>{shown.secret}</code>
              <CopyButton label="Copy the client secret" text={shown.secret} />
            </p>
          )}
        </section>
      )}
      {apps.length > 0 && (
        <div class="table">
          <table>
            <caption class="visually-hidden">Apps</caption>
            <thead>
              <tr>
                <th scope="col">App</th>
                <th scope="col">Redirect addresses</th>
                <th scope="col" class="w-time">
                  Installs
                </th>
                <th scope="col" class="w-day">
                  <span class="visually-hidden">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {apps.map((app) => (
                <tr key={app._id} data-key={app._id}>
                  <td class="whole">
                    <strong>{app.name}</strong> {app.platform && <span class="tag">{app.platform}</span>}{" "}
                    {!app.verified && <span class="tag">Not verified</span>}{" "}
                    {app.disabledAt && (
                      <Badge tone="bad" icon="off">
                        Off
                      </Badge>
                    )}
                    <span class="mono sub">{app._id}</span>
                    <span class="sub">
                      {app.product ?? "any product"} · {app.kind} · PKCE {app.pkce}
                    </span>
                  </td>
                  <td class="whole">
                    {app.redirectUris.map((uri) => (
                      <span class="mono sub" key={uri}>
                        {uri}
                      </span>
                    ))}
                  </td>
                  <td class="left">
                    {app.installs}
                    <span class="narrow-only"> installs</span>
                  </td>
                  <td class="whole">
                    <div class="row-actions">
                      {app.kind === "confidential" && !app.disabledAt && (
                        <OperatorForm frame={frame} action={`/operator/apps/${app._id}/rotate`} class="inline">
                          <button type="submit" class="plain">
                            New secret<span class="visually-hidden"> for {app.name}</span>
                          </button>
                        </OperatorForm>
                      )}
                      {app.disabledAt ? (
                        <OperatorForm frame={frame} action={`/operator/apps/${app._id}/enable`} class="inline">
                          <button type="submit" class="plain">
                            Turn on<span class="visually-hidden"> {app.name}</span>
                          </button>
                        </OperatorForm>
                      ) : (
                        <a class="button danger" href={`/operator/apps/${app._id}/disable`}>
                          Turn off…<span class="visually-hidden"> {app.name}</span>
                        </a>
                      )}
                    </div>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <h2 class="group">Register an app</h2>
      <ProblemSummary problems={problems} />
      <OperatorForm frame={frame} action="/operator/apps" class="card">
        <div class="field">
          <label for="product">Product</label>
          <select id="product" name="product">
            <option value="">Any</option>
            {products.map(({ id, name }) => (
              <option key={id} value={id} selected={id === draft.product}>
                {name}
              </option>
            ))}
          </select>
        </div>
        <div class="field">
          <label for="platform">Platform</label>
          <select id="platform" name="platform">
            <option value="">None of these</option>
            {Object.entries(appPresets).map(([id, { name }]) => (
              <option key={id} value={id} selected={id === draft.platform}>
                {name}
              </option>
            ))}
          </select>
        </div>
        <TextField name="name" label="Name (the platform’s, if empty)" value={draft.name} problems={problems} maxLength={100} />
        <div class="field">
          <label for="redirect_uris">Redirect addresses, one a line</label>
          <p class="small" id="redirect_uris-hint">
            The platform’s usual one, if empty. They are compared exactly.
          </p>
          <textarea id="redirect_uris" name="redirect_uris" rows={3} class="mono" {...described("redirect_uris", problems, true)}>
            {draft.redirectUris}
          </textarea>
          <Problem name="redirect_uris" problems={problems} />
        </div>
        <button type="submit">Register</button>
      </OperatorForm>
    </Operator>
  );
}

export function DisableAppPage({ frame, app, installs }: { frame: OperatorFrame; app: AppRecord; installs: number }) {
  return (
    <Operator frame={frame} title={`Turn ${app.name} off?`}>
      <PageTitle title={`Turn ${app.name} off?`} />
      <OperatorForm frame={frame} action={`/operator/apps/${app._id}/disable`} class="card">
        <p>
          Nobody can connect it any more, and {counted(installs, "install")} {installs === 1 ? "is" : "are"} taken back: their webhooks stop
          at once. Turning it on again brings none of them back.
        </p>
        <div class="actions">
          <button type="submit" class="danger">
            Turn off
          </button>
          <a class="button plain" href="/operator/apps">
            Cancel
          </a>
        </div>
      </OperatorForm>
    </Operator>
  );
}
