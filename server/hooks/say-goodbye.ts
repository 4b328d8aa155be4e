import type { Context } from "../context.ts";
import type { HookRecord } from "./hook.ts";

const withinMs = 10_000;

/**
 * Tells a platform that its webhook was removed here, where its profile says that it listens for that (Zapier pauses
 * the Zap). A courtesy: nothing depends on its answer.
 */
export function sayGoodbye(
  { transport, profiles, log }: Pick<Context, "transport" | "profiles" | "log">,
  hook: Pick<HookRecord, "_id" | "platform" | "targetUrl">,
): void {
  if (!hook.platform || !profiles.get(hook.platform)?.reverse_unsubscribe) return;
  transport
    .send({ method: "DELETE", url: hook.targetUrl, headers: { "user-agent": "Hookline/0.1" }, body: Buffer.alloc(0), timeoutMs: withinMs })
    .then(({ response, error }) =>
      log.info({ hook: hook._id, status: response?.status, error: error?.code }, "told a platform that its webhook is gone"),
    );
}
