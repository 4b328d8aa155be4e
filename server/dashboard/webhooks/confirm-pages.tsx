import type { ComponentChildren } from "preact";
import type { FieldError } from "../../errors.ts";
import type { HookRecord } from "../../hooks/hook.ts";
import { cappedCount, hookName } from "../deliveries/delivery-words.ts";
import { described, Problem } from "../shell/form-fields.tsx";
import { Form, PageTitle, Settings } from "../shell/layout.tsx";
import type { Viewer } from "../shell/viewer.ts";

/** Asks once, says what follows, and offers the way back. */
export function ConfirmPage({
  viewer,
  hook,
  title,
  action,
  button,
  danger = false,
  children,
}: {
  viewer: Viewer;
  hook: HookRecord;
  title: string;
  action: string;
  button: string;
  danger?: boolean;
  children: ComponentChildren;
}) {
  const here = `/settings/webhooks/${hook._id}`;
  return (
    <Settings viewer={viewer} title={title} section="webhooks">
      <div class="crumbs">
        <nav aria-label="Way back">
          <a href="/settings/webhooks">Webhooks</a> <span aria-hidden="true">/</span> <a href={here}>{hookName(hook)}</a>
        </nav>
      </div>
      <PageTitle title={title} />
      <Form action={`${here}/${action}`} class="card">
        {children}
        <div class="actions">
          <button type="submit" class={danger ? "danger" : ""}>
            {button}
          </button>
          <a class="button plain" href={here}>
            Cancel
          </a>
        </div>
      </Form>
    </Settings>
  );
}

export function DeleteHookPage({
  viewer,
  hook,
  waiting,
  app,
}: {
  viewer: Viewer;
  hook: HookRecord;
  waiting: number;
  app: string | undefined;
}) {
  return (
    <ConfirmPage viewer={viewer} hook={hook} title={`Delete ${hookName(hook)}?`} action="delete" button="Delete webhook" danger>
      <p>
        {waiting > 0
          ? `${cappedCount(waiting)} waiting ${waiting === 1 ? "delivery" : "deliveries"} will not be sent.`
          : "Nothing is waiting to be sent."}{" "}
        Nothing more goes to this address. Its history stays for 30 days.
      </p>
      {app && <p>{app} made this webhook. Its automation there will get no more events until it is turned off and on again.</p>}
    </ConfirmPage>
  );
}

export function DropHeldPage({ viewer, hook, held }: { viewer: Viewer; hook: HookRecord; held: number }) {
  return (
    <ConfirmPage viewer={viewer} hook={hook} title={`Resume without what is held?`} action="drop" button="Resume and drop them" danger>
      <p>
        {cappedCount(held)} held {held === 1 ? "delivery" : "deliveries"} will not be sent. They stay in the history as “Not sent”, and can
        be sent from there.
      </p>
    </ConfirmPage>
  );
}

export function RotatePage({
  viewer,
  hook,
  problems,
  secret,
}: {
  viewer: Viewer;
  hook: HookRecord;
  problems: FieldError[];
  secret: string;
}) {
  const first = hook.secret === null;
  return (
    <ConfirmPage
      viewer={viewer}
      hook={hook}
      title={first ? "Add a secret" : "Rotate the secret"}
      action="rotate"
      button={first ? "Add secret" : "Rotate secret"}
    >
      <p>
        {first
          ? "Requests will be signed from now on. An endpoint that doesn’t check the signature goes on working."
          : "A new secret signs from now on. The old one signs too for 24 hours, so that you can change your endpoint over without losing an event."}
      </p>
      <div class="field">
        <label for="secret">Your own secret (optional)</label>
        <p class="small" id="secret-hint">
          Leave it empty, and one is made and shown once.
        </p>
        <input
          id="secret"
          name="secret"
          class="mono"
          autocomplete="off"
          maxLength={256}
          value={secret}
          {...described("secret", problems, true)}
        />
        <Problem name="secret" problems={problems} />
      </div>
    </ConfirmPage>
  );
}

export function ReplayPage({
  viewer,
  hook,
  problems,
  since,
  until,
}: {
  viewer: Viewer;
  hook: HookRecord;
  problems: FieldError[];
  since: string;
  until: string;
}) {
  return (
    <ConfirmPage viewer={viewer} hook={hook} title="Replay missed events" action="replay" button="Replay missed">
      <p>
        Events that match this webhook and were never sent to it, because it was turned off or didn’t exist yet, are sent now, oldest first.
        What it got already isn’t sent again.
      </p>
      <div class="field">
        <label for="since">From</label>
        <input id="since" name="since" type="datetime-local" required value={since} {...described("since", problems)} />
        <Problem name="since" problems={problems} />
      </div>
      <div class="field">
        <label for="until">To</label>
        <p class="small" id="until-hint">
          Until now, if empty. Times are in {viewer.zone}. Events are kept for 30 days.
        </p>
        <input id="until" name="until" type="datetime-local" value={until} {...described("until", problems, true)} />
        <Problem name="until" problems={problems} />
      </div>
    </ConfirmPage>
  );
}
