import type { CompanyRecord } from "../../accounts/company.ts";
import type { FieldError } from "../../errors.ts";
import type { AppRecord } from "../../oauth/app.ts";
import { appPresets } from "../../oauth/app-presets.ts";
import type { WorkerRecord } from "../../workers/worker.ts";
import { counted } from "../deliveries/delivery-words.ts";
import { Badge } from "../shell/badge.tsx";
import { CopyButton } from "../shell/copy-button.tsx";
import { described, Problem, ProblemSummary, TextField } from "../shell/form-fields.tsx";
import { Csrf, Layout, PageTitle } from "../shell/layout.tsx";
import { countdown } from "../shell/times.tsx";
import { Operator, OperatorForm, type OperatorFrame, utc } from "./operator-shell.tsx";

export function OperatorSignInPage({ csrf, problem }: { csrf: string; problem?: string }) {
  return (
    <Layout title="Operator">
      <div class="card">
        <h1>Operator</h1>
        <p class="quiet">
          With a key from <code>npx hookline keys add --operator</code>.
        </p>
        {problem && (
          <p class="notice bad" role="alert">
            {problem}
          </p>
        )}
        <form method="post" action="/operator/sign-in">
          <Csrf token={csrf} />
          <label for="key">Operator key</label>
          <input id="key" name="key" type="password" autocomplete="off" required />
          <div class="actions">
            <button type="submit">Open</button>
          </div>
        </form>
      </div>
    </Layout>
  );
}

export type HealthData = {
  store: string;
  uptimeSeconds: number;
  memoryMb: number;
  underWay: number;
  waiting: number;
  workers: (WorkerRecord & { own: boolean; lanes: number })[];
  lanes: { lane: number; owner: WorkerRecord | undefined; ownerId: string | undefined; hooks: number; oldestDueAt: Date | undefined }[];
  now: Date;
};

/** Whether everything that should be sent is being sent: processes, lanes, and what lies waiting in each. */
export function HealthPage({ frame, data }: { frame: OperatorFrame; data: HealthData }) {
  const orphans = data.lanes.filter(({ ownerId }) => !ownerId).length;
  const late = data.lanes.filter(({ oldestDueAt }) => oldestDueAt && data.now.getTime() - oldestDueAt.getTime() > 60_000).length;
  return (
    <Operator frame={frame} title="Health">
      <PageTitle title="Health" lead={data.store} />
      {orphans > 0 && (
        <p class="notice bad">
          {counted(orphans, "lane")} without a process: what is in them waits. A process takes them within half a minute.
        </p>
      )}
      {late > 0 && <p class="notice wait">{counted(late, "lane")} more than a minute behind.</p>}
      <section class="card">
        <h2>This process</h2>
        <dl class="facts">
          <Fact name="Up for" value={countdown(data.uptimeSeconds * 1000)} />
          <Fact name="Memory" value={`${data.memoryMb.toLocaleString("en-GB")} MB`} />
          <Fact name="Requests under way" value={data.underWay.toLocaleString("en-GB")} />
          <Fact name="Waiting in memory" value={data.waiting.toLocaleString("en-GB")} />
        </dl>
      </section>
      <h2 class="group">Processes</h2>
      <div class="table">
        <table>
          <caption class="visually-hidden">Processes</caption>
          <thead>
            <tr>
              <th scope="col">Process</th>
              <th scope="col" class="w-time">
                Lanes
              </th>
              <th scope="col" class="w-day">
                Last heard
              </th>
            </tr>
          </thead>
          <tbody>
            {data.workers.map((worker) => (
              <tr key={worker._id} data-key={worker._id}>
                <td class="whole">
                  <strong>
                    {worker.host} · {worker.pid}
                  </strong>{" "}
                  {worker.own && <span class="tag">This one</span>}
                  <span class="mono sub">{worker._id}</span>
                </td>
                <td class="left">
                  {worker.lanes}
                  <span class="narrow-only"> lanes</span>
                </td>
                <td class="right">{utc(worker.heartbeatAt)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <h2 class="group">Lanes and queue</h2>
      <div class="table">
        <table>
          <caption class="visually-hidden">Lanes</caption>
          <thead>
            <tr>
              <th scope="col" class="w-narrow">
                Lane
              </th>
              <th scope="col" class="w-time">
                State
              </th>
              <th scope="col">Sent by</th>
              <th scope="col">Webhooks with something stored to send</th>
              <th scope="col" class="w-day">
                Earliest due
              </th>
            </tr>
          </thead>
          <tbody>
            {data.lanes.map(({ lane, owner, ownerId, hooks, oldestDueAt }) => (
              <tr key={lane} data-key={String(lane)}>
                <td class="left">
                  <span class="narrow-only">Lane </span>
                  {lane}
                </td>
                <td class="right">
                  {ownerId ? (
                    <Badge tone="ok" icon="tick">
                      Owned
                    </Badge>
                  ) : (
                    <Badge tone="bad" icon="warning">
                      Nobody
                    </Badge>
                  )}
                </td>
                <td class="left">{owner ? `${owner.host} · ${owner.pid}` : (ownerId ?? "–")}</td>
                <td class="right">
                  {hooks.toLocaleString("en-GB")}
                  <span class="narrow-only"> waiting</span>
                </td>
                <td class="whole">{oldestDueAt ? utc(oldestDueAt) : "–"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Operator>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <strong>{value}</strong>
      </dd>
    </div>
  );
}

export type AppDraft = { product: string; platform: string; name: string; redirectUris: string };
export type OperatorAppsData = {
  apps: (AppRecord & { installs: number })[];
  products: { id: string; name: string }[];
  draft: AppDraft;
  problems: FieldError[];
  shown: { id: string; secret: string | undefined } | undefined;
};

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

export type CompaniesData = {
  companies: (CompanyRecord & { hooks: number; people: number; installs: number })[];
  q: string;
  next: string | undefined;
};

export function CompaniesPage({ frame, data: { companies, q, next } }: { frame: OperatorFrame; data: CompaniesData }) {
  return (
    <Operator frame={frame} title="Companies">
      <PageTitle title="Companies" lead="Every tenant of every product. Their data is for their own people only." />
      <form class="filters" method="get" action="/operator/companies">
        <div class="grow">
          <label for="q">Name or id</label>
          <input id="q" type="search" name="q" value={q} />
        </div>
        <div>
          <button type="submit" class="plain">
            Search
          </button>
        </div>
      </form>
      {companies.length === 0 ? (
        <div class="table nothing">
          <p>{q ? "No company matches." : "There are no companies yet. The product’s backend makes them: PUT /v1/companies/{id}."}</p>
        </div>
      ) : (
        <div class="table">
          <table>
            <caption class="visually-hidden">Companies</caption>
            <thead>
              <tr>
                <th scope="col">Company</th>
                <th scope="col" class="w-narrow">
                  Webhooks
                </th>
                <th scope="col" class="w-narrow">
                  Apps
                </th>
                <th scope="col" class="w-narrow">
                  People
                </th>
                <th scope="col" class="w-day">
                  Since
                </th>
              </tr>
            </thead>
            <tbody>
              {companies.map((company) => (
                <tr key={company._id} data-key={company._id}>
                  <td class="whole">
                    <strong>{company.name}</strong>
                    <span class="mono sub">
                      {company.product} · {company.externalId}
                    </span>
                  </td>
                  <td class="left">
                    {company.hooks}
                    <span class="narrow-only"> webhooks</span>
                  </td>
                  <td class="right">
                    {company.installs}
                    <span class="narrow-only"> apps</span>
                  </td>
                  <td class="left">
                    {company.people}
                    <span class="narrow-only"> people</span>
                  </td>
                  <td class="right">{utc(company.createdAt).slice(0, 10)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {next && (
        <div class="table-foot">
          <span class="small">Showing {companies.length}</span>
          <nav class="pages" aria-label="Pages">
            <a class="button plain" rel="next" href={`/operator/companies?${new URLSearchParams({ ...(q ? { q } : {}), after: next })}`}>
              Next
            </a>
          </nav>
        </div>
      )}
    </Operator>
  );
}
