import type { Context } from "../context.ts";
import { targetWarnings } from "./check-target.ts";
import type { HookRecord } from "./hook.ts";

/** A hook as the API shows it. Its secret is never shown, only whether there is one. */
export function presentHook(hook: HookRecord, warnings: string[] = []) {
  const [single] = hook.events;
  return {
    id: hook._id,
    target_url: hook.targetUrl,
    event: hook.events.length === 1 ? single : null,
    events: hook.events,
    name: hook.name,
    filter: hook.filter,
    platform: hook.platform,
    status: hook.status,
    reason: hook.reason,
    has_secret: hook.secret !== null,
    previous_secret_until: hook.previousSecretUntil,
    failing_since: hook.failingSince,
    renew_by: hook.renewBy ?? null,
    warnings: [...new Set([...targetWarnings(hook.targetUrl), ...warnings])],
    created_at: hook.createdAt,
    updated_at: hook.updatedAt,
  };
}

export function hookUrl({ config }: Pick<Context, "config">, hook: Pick<HookRecord, "_id">): string {
  return `${config.publicUrl}/v1/hooks/${hook._id}`;
}
