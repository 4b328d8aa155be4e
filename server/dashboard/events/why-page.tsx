import type { Explanation } from "../../deliveries/explain.ts";
import type { EventRecord } from "../../events/event.ts";
import type { RefusalRecord } from "../../events/refusal.ts";
import type { HookRecord } from "../../hooks/hook.ts";
import { hookName } from "../deliveries/delivery-words.ts";
import { Icon } from "../shell/icons.tsx";
import { Form, PageTitle, Settings } from "../shell/layout.tsx";
import { Time } from "../shell/times.tsx";
import type { Viewer } from "../shell/viewer.ts";
import { Refused } from "./events-page.tsx";

export type WhyData = {
  choices: { id: string; name: string }[];
  hook: HookRecord | undefined;
  /** As typed: an id, or empty for none. */
  typed: string;
  event: EventRecord | undefined;
  subject: string;
  /** The latest events to pick from. */
  recent: { id: string; type: string; subject: string; receivedAt: Date }[];
  explanation: Explanation | undefined;
  refused: RefusalRecord[];
  maySend: boolean;
};

/** Which step stopped an event on its way to a webhook. */
export function WhyPage({ viewer, data }: { viewer: Viewer; data: WhyData }) {
  const { choices, hook, typed, event, subject, recent, explanation, refused, maySend } = data;
  const recentOnes =
    recent.some(({ id }) => id === event?._id) || !event
      ? recent
      : [{ id: event._id, type: event.type, subject, receivedAt: event.receivedAt }, ...recent];
  return (
    <Settings viewer={viewer} title="Why didn’t it fire?" section="why">
      <PageTitle
        title="Why didn’t it fire?"
        lead="Pick what happened and the webhook that should have got it, and read where it stopped."
      />
      <form class="card" method="get" action="/settings/why">
        <div class="columns tight">
          <div class="field">
            <label for="hook">Webhook</label>
            <select id="hook" name="hook">
              <option value="">Choose a webhook</option>
              {choices.map(({ id, name }) => (
                <option key={id} value={id} selected={id === hook?._id}>
                  {name}
                </option>
              ))}
            </select>
          </div>
          <div class="field">
            <label for="event">Event</label>
            <select id="event" name="event">
              <option value="none" selected={typed === "none"}>
                It isn’t in this list
              </option>
              {recentOnes.map((one) => (
                <option key={one.id} value={one.id} selected={one.id === event?._id}>
                  {one.subject} · {one.type} · {one.receivedAt.toISOString().slice(0, 16).replace("T", " ")} UTC
                </option>
              ))}
            </select>
          </div>
        </div>
        <div class="field">
          <label for="id">Or an event’s id (optional)</label>
          <input
            id="id"
            name="id"
            class="mono"
            autocomplete="off"
            placeholder="evt_… or the id your product gave it"
            value={event || typed === "none" ? "" : typed}
          />
        </div>
        <button type="submit">Find out</button>
      </form>
      <div class="answer">
        {explanation && event && hook && <Answer {...{ explanation, event, subject, hook, maySend }} />}
        {typed && !event && <NotReceived typed={typed} refused={refused} />}
        {event && !hook && (
          <p class="notice wait">
            The event arrived <Time at={event.receivedAt} />. Choose the webhook that should have got it.
          </p>
        )}
      </div>
    </Settings>
  );
}

const dots = { passed: ["ok", "tick"], stopped: ["bad", "failed"], waiting: ["wait", "clock"], unreached: ["idle", "dash"] } as const;

function Answer({
  explanation: { steps, delivery, sendable },
  event,
  subject,
  hook,
  maySend,
}: {
  explanation: Explanation;
  event: EventRecord;
  subject: string;
  hook: HookRecord;
  maySend: boolean;
}) {
  const stopped = steps.find(({ state }) => state === "stopped" || state === "waiting");
  return (
    <section class="card" aria-label="The answer">
      <p class="verdict">
        {stopped ? (
          <>
            <strong>{stopped.state === "stopped" ? "It stopped here: " : "It is on its way: "}</strong>
            {stopped.says}
          </>
        ) : (
          <>It did fire: it was delivered.</>
        )}
      </p>
      <p class="small">
        <a href={`/settings/events/${event._id}`}>{subject}</a> to <a href={`/settings/webhooks/${hook._id}`}>{hookName(hook)}</a>, received{" "}
        <Time at={event.receivedAt} />
      </p>
      <hr />
      <ol class="way">
        {steps.map(({ name, state, says }) => {
          const [tone, icon] = dots[state];
          return (
            <li key={name} class={state}>
              <span class={`dot ${tone}`}>
                <Icon name={icon} />
              </span>
              <div>
                <strong>{name}</strong>
                <p>{state === "unreached" ? "It didn’t get this far." : says}</p>
              </div>
            </li>
          );
        })}
      </ol>
      {delivery && (
        <a class="button plain" href={`/settings/deliveries/${delivery._id}`}>
          See the delivery
        </a>
      )}
      {sendable && maySend && (
        <Form action="/settings/why/send">
          <input type="hidden" name="event" value={event._id} />
          <input type="hidden" name="hook" value={hook._id} />
          <button type="submit">Send it now</button>
        </Form>
      )}
    </section>
  );
}

function NotReceived({ typed, refused }: { typed: string; refused: RefusalRecord[] }) {
  return (
    <section class="card" aria-label="The answer">
      <p class="verdict">
        <strong>It stopped at the start: </strong>
        {typed === "none"
          ? "if it isn’t among the latest events, it wasn’t received."
          : "there is no event with this id in the last 30 days."}
      </p>
      <p>
        {refused.length > 0
          ? "Some events were refused lately because their data didn’t fit the catalogue. Is yours among them?"
          : "None was refused lately either, so it wasn’t sent to us. Check that the change was saved, and that it is one that the catalogue has an event for."}
      </p>
      {refused.length > 0 && <Refused refused={refused} />}
      <p>
        <a href="/settings/events?when=30d">All events of 30 days</a> · <a href="/settings/catalogue">What there is an event for</a>
      </p>
    </section>
  );
}
