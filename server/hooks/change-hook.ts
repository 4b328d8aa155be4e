import type { Product } from "../../schemas/load-catalogue.ts";
import type { Context } from "../context.ts";
import { markDue } from "../deliveries/backlog.ts";
import { cancelDeliveries, holdDeliveries } from "../deliveries/cancel-deliveries.ts";
import { deliveries } from "../deliveries/delivery.ts";
import { AppError, type FieldError, invalid } from "../errors.ts";
import { requestParser } from "../http/validate.ts";
import { checkTarget } from "./check-target.ts";
import { parseFilter } from "./filter.ts";
import { type HookRecord, hookFingerprint, hooks } from "./hook.ts";
import { eventProblems, eventsSchema, eventTypesOf, nameSchema } from "./new-hook.ts";

export type HookChanges = {
  target_url?: string;
  events?: string[];
  name?: string | null;
  filter?: unknown;
  status?: "active" | "paused";
  /** The same as `status`, as some clients have it. */
  paused?: boolean;
  /** What happens to held deliveries when the hook is resumed. */
  held?: "send" | "drop";
};

export const hookChangesSchema = {
  type: "object",
  additionalProperties: false,
  minProperties: 1,
  properties: {
    target_url: { type: "string", minLength: 1 },
    events: eventsSchema,
    name: nameSchema,
    filter: { type: ["object", "null"] },
    status: { enum: ["active", "paused"] },
    paused: { type: "boolean" },
    held: { enum: ["send", "drop"] },
  },
};
export const parseHookChanges = requestParser<HookChanges>(hookChangesSchema);

/**
 * Changes a hook, pauses or resumes it. Held deliveries are sent oldest first on resuming, or dropped if asked to.
 * @param by user, key or install that asked for it
 */
export async function changeHook(
  ctx: Pick<Context, "db" | "clock" | "config" | "resolver" | "engine">,
  product: Product,
  hook: HookRecord,
  changes: HookChanges,
  by: string,
): Promise<{ hook: HookRecord; warnings: string[] }> {
  const { db, clock, engine } = ctx;
  const status = wantedStatus(changes);
  refuse(changes, product, status);
  const events = changes.events ? [...new Set(changes.events)] : hook.events;
  // A filter has to fit the event types it will see, so one that stays is looked at again when they change.
  const filterField = changes.filter === undefined ? "events: the present filter" : "filter";
  const filter = parseFilter(changes.filter === undefined ? hook.filter : changes.filter, eventTypesOf(events, product), filterField);
  const target =
    changes.target_url === undefined ? { url: hook.targetUrl, warnings: [] } : await checkTarget(ctx, product, changes.target_url);

  const changed: Partial<HookRecord> = {
    targetUrl: target.url,
    events,
    filter,
    name: changes.name === undefined ? hook.name : changes.name,
    updatedAt: clock.now(),
    ...(status === "active" ? { status, reason: null, failingSince: null, failure: null, pausedBy: null, pausedAt: null } : {}),
    ...(status === "paused" && hook.status !== "paused" ? { status, reason: null, pausedBy: by, pausedAt: clock.now() } : {}),
  };
  const { _id } = hook;
  const next = { ...hook, ...changed };
  next.fingerprint = hookFingerprint(next);
  try {
    const { matchedCount } = await hooks(db).updateOne(
      { _id, status: { $ne: "removed" } },
      { $set: { ...changed, fingerprint: next.fingerprint } },
    );
    if (matchedCount === 0) throw new AppError(404, "The webhook was removed meanwhile.");
  } catch (error) {
    if ((error as { code?: number }).code !== 11000) throw error;
    throw new AppError(409, "Another webhook already sends these events with this filter to this URL.");
  }
  await engine.presence.announce(hook.company, _id);
  if (status === "paused") await holdDeliveries({ db }, _id);
  if (status === "active") await resume(ctx, next, changes.held ?? "send");
  return { hook: next, warnings: target.warnings };
}

function wantedStatus({ status, paused }: HookChanges): "active" | "paused" | undefined {
  if (paused === undefined) return status;
  const asStatus = paused ? "paused" : "active";
  if (status !== undefined && status !== asStatus)
    throw invalid([{ field: "paused", message: `contradicts status ${JSON.stringify(status)}; give one of them` }]);
  return asStatus;
}

function refuse(changes: HookChanges, product: Product, status: string | undefined): void {
  const problems: FieldError[] = changes.events ? eventProblems(changes.events, product, "events") : [];
  if (changes.name === null && product.hook.name === "required")
    problems.push({ field: "name", message: `is required; ${product.name} asks for a recognisable name` });
  if (changes.held && status !== "active")
    problems.push({ field: "held", message: 'says what to do on resuming; give it with status "active"' });
  if (problems.length > 0) throw invalid(problems);
}

async function resume(
  { db, clock, engine }: Pick<Context, "db" | "clock" | "engine">,
  hook: HookRecord,
  held: "send" | "drop",
): Promise<void> {
  if (held === "drop") {
    await cancelDeliveries({ db, clock }, hook._id, "Dropped when the webhook was resumed.");
    return;
  }
  const now = clock.now();
  const { modifiedCount } = await deliveries(db).updateMany(
    { hook: hook._id, open: true, status: "held" },
    { $set: { status: "pending", reason: null, dueAt: now, ordered: true } },
  );
  if (modifiedCount > 0) await markDue(db, [{ hook: hook._id, company: hook.company, dueAt: now }]);
  engine.wake();
}
