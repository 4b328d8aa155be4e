import type { ComponentChildren } from "preact";
import type { FieldError } from "../../errors.ts";
import { described, Problem, ProblemSummary, sentence, TextField } from "../shell/form-fields.tsx";
import { Form, PageTitle, Settings } from "../shell/layout.tsx";
import { useViewer, type Viewer } from "../shell/viewer.ts";
import { Conditions } from "./condition-rows.tsx";
import type { HookDraft } from "./hook-draft.ts";
import { VerificationCard } from "./secret-card.tsx";

export type FormData = {
  draft: HookDraft;
  problems: FieldError[];
  /** The webhook's id where it is changed, none where it is new. */
  id?: string | undefined;
  /** What a look at the URL found, if there was one. */
  url?: UrlReport | undefined;
  matches?: { examined: number; matched: number } | undefined;
};

export type UrlReport = { tone: "ok" | "wait" | "bad"; says: string[] };

/** Adding and changing a webhook on one page. Every button but the last only draws the form anew. */
export function WebhookForm({ viewer, data }: { viewer: Viewer; data: FormData }) {
  const { id, draft, problems } = data;
  const title = id ? "Change webhook" : "New webhook";
  const action = id ? `/settings/webhooks/${id}/edit` : "/settings/webhooks/new";
  const required = viewer.product.hook.name === "required";
  return (
    <Settings viewer={viewer} title={title} section="webhooks">
      <div class="crumbs">
        <nav aria-label="Way back">
          <a href="/settings/webhooks">Webhooks</a> <span aria-hidden="true">/</span>{" "}
          {id ? <a href={`/settings/webhooks/${id}`}>{draft.name || draft.targetUrl}</a> : "New"}
        </nav>
      </div>
      <PageTitle
        title={title}
        lead={
          id
            ? "When you change where or what we send, a signed test goes there as you save."
            : "Give us an address and pick the events you care about. A signed test goes there when you save."
        }
      />
      <ProblemSummary problems={problems} />
      <Form action={action} class="card" data-live-form="yes">
        {/* Enter in a field sends the first button of the form, which must be the one that saves. */}
        <button type="submit" name="intent" value="save" class="visually-hidden" tabIndex={-1} aria-hidden="true">
          Save
        </button>
        <UrlField data={data} />
        <TextField
          name="name"
          label={required ? "Name" : "Name (optional)"}
          value={draft.name}
          problems={problems}
          maxLength={200}
          required={required}
          placeholder="Billing sync"
          hint="How you will recognise it in the list."
        />
        <Events draft={draft} problems={problems} />
        <Conditions data={data} />
        {!id && <Secret draft={draft} problems={problems} />}
        <div class="actions">
          <button type="submit" name="intent" value="save">
            {id ? "Save changes" : "Add webhook and send a test"}
          </button>
          <a class="button plain" href={id ? `/settings/webhooks/${id}` : "/settings/webhooks"}>
            Cancel
          </a>
        </div>
      </Form>
    </Settings>
  );
}

function UrlField({ data: { draft, problems, url } }: { data: FormData }) {
  const { product } = useViewer();
  return (
    <div class="field">
      <label for="target_url">URL</label>
      <p class="small" id="target_url-hint">
        {product.target.https === "required" ? "HTTPS, at a public address." : "At a public address; HTTPS, unless you have a reason."} We
        POST JSON there.
      </p>
      <input
        id="target_url"
        name="target_url"
        class="mono"
        inputMode="url"
        autocomplete="off"
        spellcheck={false}
        required
        maxLength={2048}
        placeholder="https://example.com/webhooks"
        value={draft.targetUrl}
        data-check-url="/settings/check-url"
        {...described("target_url", problems, true)}
      />
      <Problem name="target_url" problems={problems} />
      <div id="url-check" aria-live="polite">
        {url && <UrlSays report={url} />}
      </div>
      <p class="says">
        <button type="submit" class="plain" name="intent" value="check" formNoValidate>
          Check that it can be reached
        </button>
      </p>
    </div>
  );
}

export function UrlSays({ report }: { report: UrlReport }) {
  return (
    <>
      {report.says.map((says) => (
        <p class={`says ${report.tone}`} key={says}>
          {sentence(says)}
        </p>
      ))}
    </>
  );
}

function Events({ draft, problems }: { draft: HookDraft; problems: FieldError[] }) {
  const { product } = useViewer();
  const chosen = new Set(draft.events);
  return (
    <fieldset id="events" {...described("events", problems)}>
      <legend>
        Events <span class="small" id="chosen">{`${draft.events.length} chosen`}</span>
      </legend>
      <Problem name="events" problems={problems} />
      <div class="scripted">
        <label class="visually-hidden" for="event-search">
          Search events
        </label>
        <input id="event-search" type="search" placeholder="Search events" data-filters="[data-event]" />
      </div>
      <div class="checklist">
        {product.categories.map(({ id, label }) => {
          const types = [...product.eventTypes.values()].filter(({ category }) => category === id);
          if (types.length === 0) return null;
          return (
            <div key={id} data-group>
              <h2>{label}</h2>
              <ul class="plain-list">
                {types.map((eventType) => (
                  <li key={eventType.type} data-event>
                    <label>
                      <input type="checkbox" name="events" value={eventType.type} checked={chosen.has(eventType.type)} />
                      <span>
                        {eventType.label} <span class="mono small">{eventType.type}</span>
                      </span>
                    </label>
                    <details>
                      <summary>
                        Sample<span class="visually-hidden"> of {eventType.type}</span>
                      </summary>
                      <div data-sample={`/settings/catalogue/${eventType.type}`}></div>
                      <a href={`/settings/catalogue/${eventType.type}`} class="unscripted">
                        Look at the sample of {eventType.type}
                      </a>
                    </details>
                  </li>
                ))}
              </ul>
            </div>
          );
        })}
      </div>
    </fieldset>
  );
}

function Secret({ draft, problems }: { draft: HookDraft; problems: FieldError[] }) {
  const { product } = useViewer();
  const choice = (kind: HookDraft["secretKind"], children: ComponentChildren) => (
    <label class="choice">
      <input type="radio" name="secret_kind" value={kind} checked={draft.secretKind === kind} />
      <span>{children}</span>
    </label>
  );
  return (
    <fieldset>
      <legend>Signing</legend>
      <p class="small">
        With a secret every request carries <code>{product.signature.header}</code> and <code>webhook-signature</code>, so that your
        endpoint can tell it comes from us.
      </p>
      {choice("made", "Make a secret for me, and show it once")}
      {choice("own", "Use one of mine:")}
      <input
        id="secret"
        name="secret"
        class="mono"
        autocomplete="off"
        maxLength={256}
        value={draft.secret}
        aria-label="Your secret"
        {...described("secret", problems)}
      />
      <Problem name="secret" problems={problems} />
      {choice("none", "Don’t sign")}
      <details class="headers">
        <summary>How your endpoint checks it: code in seven languages</summary>
        <VerificationCard />
      </details>
    </fieldset>
  );
}
