import type { CompanyRecord } from "../../accounts/company.ts";
import type { UserRecord } from "../../accounts/user.ts";
import type { AppRecord } from "../../oauth/app.ts";
import { scopeLabels } from "../../oauth/scopes.ts";
import { Csrf, Layout } from "../shell/layout.tsx";
import { AppBadge } from "./app-badge.tsx";

export type Choice = { user: UserRecord; company: CompanyRecord };

/** What the app is, what it may do, for which company, and where the answer goes. */
export function ConsentPage({
  app,
  scopes,
  choices,
  redirectUri,
  transaction,
  csrf,
}: {
  app: AppRecord;
  scopes: string[];
  choices: Choice[];
  redirectUri: string;
  transaction: string;
  csrf: string;
}) {
  const [only] = choices;
  return (
    <Layout title={`Connect ${app.name}`}>
      <div class="card">
        <div class="app">
          <AppBadge app={app} />
          <div>
            <h1>Connect {app.name}?</h1>
            {app.homepage && <div class="small">{app.homepage}</div>}
          </div>
        </div>
        {!app.verified && (
          <p class="notice wait">
            <strong>Not verified.</strong> This app registered itself under the name “{app.name}”; nobody vouches for it. Continue only if
            you set up this connection yourself.
          </p>
        )}
        <form method="post" action="/oauth/authorize">
          <Csrf token={csrf} />
          <input type="hidden" name="transaction" value={transaction} />
          {choices.length === 1 && only ? (
            <>
              <input type="hidden" name="user" value={only.user._id} />
              <p>
                It will be connected to <strong>{only.company.name}</strong>.
              </p>
            </>
          ) : (
            <fieldset>
              <legend>Which company?</legend>
              {choices.map(({ user, company }, i) => (
                <label class="choice" key={user._id}>
                  <input type="radio" name="user" value={user._id} checked={i === 0} /> {company.name}
                </label>
              ))}
            </fieldset>
          )}
          <h2>{app.name} will be able to</h2>
          <ul class="scopes">
            {scopes.map((scope) => (
              <li key={scope}>{scopeLabels[scope as keyof typeof scopeLabels] ?? scope}</li>
            ))}
          </ul>
          <p class="small">
            Signed in as {only?.user.email}. Afterwards you return to {new URL(redirectUri).host}. You can disconnect it at any time under
            Connected apps.
          </p>
          <div class="actions">
            <button type="submit" name="decision" value="allow">
              Connect
            </button>
            <button type="submit" name="decision" value="deny" class="plain">
              Cancel
            </button>
          </div>
        </form>
        <form method="post" action="/sign-out">
          <Csrf token={csrf} />
          <p class="aside small">
            Not you?
            <button type="submit" class="plain">
              Sign out
            </button>
          </p>
        </form>
      </div>
    </Layout>
  );
}
