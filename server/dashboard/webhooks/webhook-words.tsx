import type { HookRecord } from "../../hooks/hook.ts";
import { hookState } from "../deliveries/delivery-words.ts";
import { Badge } from "../shell/badge.tsx";
import { Time } from "../shell/times.tsx";

export function HookBadge({ hook }: { hook: HookRecord }) {
  const { word, tone, icon } = hookState(hook);
  return (
    <Badge tone={tone} icon={icon}>
      {word}
    </Badge>
  );
}

/** The reason beside the state: `503 since 09:12`, `Paused by Ana, 22 Nov`, `Unsubscribed (410)`. */
export function HookReason({
  hook,
  pausedBy,
  platform,
}: {
  hook: HookRecord;
  pausedBy?: string | undefined;
  platform?: string | undefined;
}) {
  if (hook.goneAt) return <>{platform ?? "The receiver"} unsubscribed (410)</>;
  if (hook.status === "disabled")
    return <>{hook.reason?.includes("every attempt since") ? "Failed for too long" : (hook.reason ?? "By us")}</>;
  if (hook.status === "paused")
    return (
      <>
        {pausedBy ? `By ${pausedBy}` : "Holding deliveries"}
        {hook.pausedAt && (
          <>
            , <Time at={hook.pausedAt} as="date" />
          </>
        )}
      </>
    );
  if (hook.failingSince)
    return (
      <>
        {hook.failure ?? "Failing"} since <Time at={hook.failingSince} />
      </>
    );
  return null;
}
