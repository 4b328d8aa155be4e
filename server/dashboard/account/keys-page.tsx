import { type ApiKeyRecord, companyScopes } from "../../accounts/api-key.ts";
import type { FieldError } from "../../errors.ts";
import { scopeLabels } from "../../oauth/scopes.ts";
import { CopyButton } from "../shell/copy-button.tsx";
import { Problem, ProblemSummary, TextField } from "../shell/form-fields.tsx";
import { Form, PageTitle, Settings } from "../shell/layout.tsx";
import { Time } from "../shell/times.tsx";
import type { Viewer } from "../shell/viewer.ts";

export type KeysPageData = {
  keys: (ApiKeyRecord & { madeFor: string | undefined })[];
  shown: string | undefined;
  draft: { name: string; scopes: string[] };
  problems: FieldError[];
  more: boolean;
};

/** A company's keys to the API: those there are, and a new one, shown once. */
export function KeysPage({ viewer, data: { keys, shown, draft, problems, more } }: { viewer: Viewer; data: KeysPageData }) {
  return (
    <Settings viewer={viewer} title="API keys" section="keys">
      <PageTitle title="API keys" lead="For your own programs. Apps like Zapier connect by themselves and need none." />
      {shown && (
        <section class="notice wait" aria-label="The new key">
          <p>
            <strong>Keep this key now: it is shown this once.</strong> Send it as <code>Authorization: Bearer …</code>
          </p>
          <p class="secret">
            <code>{shown}</code>
            <CopyButton label="Copy the key" text={shown} wide />
          </p>
        </section>
      )}
      {keys.length > 0 && (
        <div class="table">
          <table>
            <caption class="visually-hidden">API keys</caption>
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">May</th>
                <th scope="col" class="w-day">
                  Last used
                </th>
                <th scope="col" class="w-time">
                  <span class="visually-hidden">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {keys.map((key) => (
                <tr key={key._id} data-key={key._id}>
                  <td class="whole">
                    <strong>{key.name}</strong>
                    <span class="mono sub">{key.hint}</span>
                    <span class="sub">
                      Made <Time at={key.createdAt} as="date" />
                      {key.madeFor && `, acts for ${key.madeFor}`}
                    </span>
                  </td>
                  <td class="whole">
                    <span class="mono">{key.scopes.join(", ")}</span>
                  </td>
                  <td class="left">{key.lastUsedAt ? <Time at={key.lastUsedAt} as="ago" /> : "Never used"}</td>
                  <td class="right">
                    <a class="button danger" href={`/settings/keys/${key._id}/revoke`}>
                      Revoke…<span class="visually-hidden"> {key.name}</span>
                    </a>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {more && <p class="small">Only the newest hundred are listed.</p>}
      <h2 class="group">{keys.length === 0 ? "No keys yet. Make the first:" : "New key"}</h2>
      <ProblemSummary problems={problems} />
      <Form action="/settings/keys" class="card">
        <TextField
          name="name"
          label="Name"
          value={draft.name}
          problems={problems}
          maxLength={200}
          required
          hint="The program it is for, so that you know later what stops when you revoke it."
        />
        <fieldset id="scopes">
          <legend>What it may do</legend>
          <Problem name="scopes" problems={problems} />
          {companyScopes.map((scope) => (
            <label class="choice" key={scope}>
              <input type="checkbox" name="scopes" value={scope} checked={draft.scopes.includes(scope)} />
              <span>
                {keyScopes[scope] ?? scopeLabels[scope]} <span class="mono small">{scope}</span>
              </span>
            </label>
          ))}
        </fieldset>
        <button type="submit">Make key</button>
      </Form>
    </Settings>
  );
}

/** A key sees what the company has; an app only what is its own. */
const keyScopes: Record<string, string> = {
  "hooks:read": "See the company’s webhooks",
  "hooks:write": "Add, change and remove webhooks, and send deliveries again",
  "events:read": "See recent events and the history of deliveries",
};

export function RevokeKeyPage({ viewer, apiKey }: { viewer: Viewer; apiKey: ApiKeyRecord }) {
  return (
    <Settings viewer={viewer} title={`Revoke ${apiKey.name}?`} section="keys">
      <PageTitle title={`Revoke ${apiKey.name}?`} />
      <Form action={`/settings/keys/${apiKey._id}/revoke`} class="card">
        <p>
          Programs that use it are refused from this moment. {apiKey.lastUsedAt ? <LastUse at={apiKey.lastUsedAt} /> : "It was never used."}{" "}
          Webhooks it made go on working.
        </p>
        <div class="actions">
          <button type="submit" class="danger">
            Revoke key
          </button>
          <a class="button plain" href="/settings/keys">
            Cancel
          </a>
        </div>
      </Form>
    </Settings>
  );
}

function LastUse({ at }: { at: Date }) {
  return (
    <>
      It was last used <Time at={at} as="ago" />.
    </>
  );
}
