import type { DeliveryRecord } from "../../deliveries/delivery.ts";
import { adviceFor } from "../deliveries/advice.ts";
import { cappedCount, outcomeOf, stateOf } from "../deliveries/delivery-words.ts";
import { Badge } from "../shell/badge.tsx";
import { Form } from "../shell/layout.tsx";
import { inTime } from "../shell/times.tsx";
import { useViewer } from "../shell/viewer.ts";
import type { HookRow } from "./list-data.ts";

/** The answer to a test, where it was asked for. */
export function TestResult({ delivery }: { delivery: DeliveryRecord }) {
  const { product } = useViewer();
  const last = delivery.attempts.at(-1);
  const { word, tone, icon } = stateOf(delivery);
  const advice = last && adviceFor(last, product);
  const kind = delivery.status === "succeeded" ? "ok" : delivery.status === "pending" ? "wait" : "bad";
  return (
    <section class={`notice ${kind} row`} id="test" data-live aria-label="The test" role="status">
      <div>
        <strong>Test of {delivery.type}:</strong>{" "}
        <Badge tone={tone} icon={icon}>
          {word}
        </Badge>{" "}
        {last ? (
          <>
            {outcomeOf(last)} in {inTime(last.durationMs)}. {advice && `${advice.says} ${advice.todo}`}
          </>
        ) : (
          "Waiting for the answer…"
        )}
      </div>
      <a class="button plain" href={`/settings/deliveries/${delivery._id}`}>
        See the test
      </a>
    </section>
  );
}

/** A paused webhook, and what it holds. */
export function Held({ row: { hook, held }, mayManage }: { row: HookRow; mayManage: boolean }) {
  const here = `/settings/webhooks/${hook._id}`;
  return (
    <div class="notice wait row">
      <div>
        <strong>{held > 0 ? `${cappedCount(held)} held.` : "Paused."}</strong>{" "}
        {held > 0 ? "Resume sends them, oldest first." : "What happens meanwhile is held, and sent when you resume."}
      </div>
      {mayManage && (
        <div class="title-actions">
          <Form action={`${here}/resume`} class="inline">
            <button type="submit">Resume</button>
          </Form>
          {held > 0 && (
            <a class="button plain" href={`${here}/drop`}>
              Resume without them…
            </a>
          )}
        </div>
      )}
    </div>
  );
}

export function TurnedOff({ row: { hook }, mayManage }: { row: HookRow; mayManage: boolean }) {
  return (
    <div class="notice bad row">
      <div>
        <strong>Turned off.</strong>{" "}
        {(hook.reason ?? "")
          .replace(/^Turned off:\s*/, "")
          .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/, (time) => `${time.slice(0, 10)} ${time.slice(11, 16)} UTC`)}{" "}
        Events since then were not sent. When the endpoint works again, turn the webhook on and replay what it missed.
      </div>
      {mayManage && (
        <Form action={`/settings/webhooks/${hook._id}/resume`} class="inline">
          <button type="submit">Turn on</button>
        </Form>
      )}
    </div>
  );
}
