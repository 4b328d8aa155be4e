import { cappedCount, counted, hookName } from "../deliveries/delivery-words.ts";
import { Icon } from "../shell/icons.tsx";
import { Time } from "../shell/times.tsx";
import type { Failing } from "./list-data.ts";

/** A webhook that fails: since when and how, what waits for it, and when it is tried next. */
export function FailingNotice({
  failing: { hook, waiting, nextAt },
  others = 0,
  here = false,
}: {
  failing: Failing;
  others?: number;
  here?: boolean;
}) {
  const answered = /^\d+$/.test(hook.failure ?? "");
  return (
    <div class="notice bad row">
      <div>
        <Icon name="warning" /> <strong>{hookName(hook)} is failing.</strong>{" "}
        {answered ? `Its endpoint has answered ${hook.failure}` : `Its last attempts ended with “${hook.failure ?? "no answer"}”,`} since{" "}
        {hook.failingSince && <Time at={hook.failingSince} />}.{" "}
        {waiting > 0
          ? `${cappedCount(waiting)} ${waiting === 1 ? "delivery is" : "deliveries are"} waiting and none are lost.`
          : "None are waiting."}
        {nextAt && (
          <>
            {" "}
            Next try in{" "}
            <strong>
              <Time at={nextAt} as="until" />
            </strong>
            .
          </>
        )}
        {others > 0 && ` ${counted(others, "other webhook")} ${others === 1 ? "fails" : "fail"} too.`}
      </div>
      {!here && (
        <a class="button plain" href={`/settings/webhooks/${hook._id}?view=attention&when=30d`}>
          {waiting > 0 ? `See the ${cappedCount(waiting)} ${waiting === 1 ? "delivery" : "deliveries"}` : "See what failed"}
        </a>
      )}
    </div>
  );
}
