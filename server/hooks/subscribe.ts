import type { Product } from "../../schemas/load-catalogue.ts";
import type { Context } from "../context.ts";
import { AppError } from "../errors.ts";
import type { CompanyCaller } from "../http/authenticate.ts";
import { newId } from "../ids.ts";
import { installs } from "../oauth/install.ts";
import { checkTarget } from "./check-target.ts";
import { type HookRecord, hookFingerprint, hooks } from "./hook.ts";
import { refuseOthersHooks } from "./may-manage.ts";
import type { NewHook } from "./new-hook.ts";
import { newSecret } from "./secret.ts";
import { unsubscribe } from "./unsubscribe.ts";

export type Subscribed = {
  hook: HookRecord;
  created: boolean;
  /** What a subscription that was there already took over from this one. */
  changed: string[];
  warnings: string[] /** Only where it was made here, just now. */;
  newSecret: string | undefined;
};

/**
 * Adds a hook. The same install, URL, events and filter again give the same hook: a name or secret that comes with them
 * then counts from now on, and one that was turned off is on again. Every event accepted after the answer sees it.
 */
export async function subscribe(
  ctx: Pick<Context, "db" | "clock" | "config" | "resolver" | "secretBox" | "engine" | "profiles">,
  caller: CompanyCaller,
  product: Product,
  wanted: NewHook,
): Promise<Subscribed> {
  const { db, clock, secretBox, engine } = ctx;
  const { url, warnings } = await checkTarget(ctx, product, wanted.targetUrl);
  const fingerprint = hookFingerprint({
    company: caller.company,
    install: caller.install,
    targetUrl: url,
    events: wanted.events,
    filter: wanted.filter,
  });
  const now = clock.now();
  const _id = newId("hook");
  const made = wanted.secret === true ? newSecret() : undefined;
  const chosen = typeof wanted.secret === "string" ? wanted.secret : (made ?? null);
  const fresh: HookRecord = {
    _id,
    product: product.id,
    company: caller.company,
    ...(caller.install ? { install: caller.install } : {}),
    createdBy: caller.user ?? caller.id,
    name: wanted.name ?? null,
    targetUrl: url,
    events: wanted.events,
    filter: wanted.filter,
    platform: wanted.platform,
    status: "active",
    reason: null,
    secret: chosen === null ? null : secretBox.seal(chosen, _id),
    previousSecret: null,
    previousSecretUntil: null,
    failingSince: null,
    renewBy: renewBy(ctx, wanted.platform, now),
    fingerprint,
    createdAt: now,
    updatedAt: now,
  };
  try {
    await hooks(db).collection.insertOne(fresh as never);
    await engine.presence.announce(caller.company, _id);
    await refuseRevoked(ctx, caller, _id);
    return { hook: fresh, created: true, changed: [], warnings, newSecret: made };
  } catch (error) {
    if ((error as { code?: number }).code !== 11000) throw error;
  }
  const present = await hooks(db).findOne({ fingerprint }).lean();
  // Removed between the two: then this is a new subscription after all.
  if (!present) return subscribe(ctx, caller, product, wanted);
  return { ...(await renew(ctx, caller, present, wanted)), created: false, warnings, newSecret: undefined };
}

/** An install that was taken back while this ran may have missed the new hook, so the hook goes here. */
async function refuseRevoked(
  ctx: Pick<Context, "db" | "clock" | "engine">,
  { install, company }: CompanyCaller,
  hook: string,
): Promise<void> {
  if (!install || (await installs(ctx.db).exists({ _id: install, revokedAt: null }))) return;
  await unsubscribe(ctx, { company, hook, reason: "The app was disconnected." });
  throw new AppError(401, "The app was disconnected.");
}

async function renew(
  { db, clock, secretBox, engine, profiles }: Pick<Context, "db" | "clock" | "secretBox" | "engine" | "profiles">,
  caller: CompanyCaller,
  present: HookRecord,
  wanted: NewHook,
): Promise<Pick<Subscribed, "hook" | "changed">> {
  const changes: Partial<HookRecord> = {};
  if (wanted.name !== undefined && wanted.name !== present.name) changes.name = wanted.name;
  if (wanted.platform !== null && wanted.platform !== present.platform) changes.platform = wanted.platform;
  if (typeof wanted.secret === "string" && (present.secret === null || secretBox.open(present.secret, present._id) !== wanted.secret)) {
    changes.secret = secretBox.seal(wanted.secret, present._id);
  }
  if (present.status === "disabled") Object.assign(changes, { status: "active", reason: null, failingSince: null });
  const changed = Object.keys(changes);
  const renewed = renewBy({ profiles }, changes.platform ?? present.platform, clock.now());
  if (renewed) {
    await hooks(db).updateOne({ _id: present._id }, { $set: { renewBy: renewed } });
    present.renewBy = renewed;
  }
  if (changed.length === 0) return { hook: present, changed };
  await refuseOthersHooks({ db }, caller, present);
  changes.updatedAt = clock.now();
  await hooks(db).updateOne({ _id: present._id }, { $set: changes });
  await engine.presence.announce(present.company, present._id);
  return { hook: { ...present, ...changes }, changed };
}

function renewBy({ profiles }: Pick<Context, "profiles">, platform: string | null, now: Date): Date | null {
  const days = platform ? profiles.get(platform)?.renew_after_days : null;
  return days ? new Date(now.getTime() + days * 24 * 3_600_000) : null;
}
