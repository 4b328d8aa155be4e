import { users } from "../../accounts/user.ts";
import type { Context } from "../../context.ts";
import { deliveries } from "../../deliveries/delivery.ts";
import { type HourCounts, readHourlyCounts } from "../../deliveries/hourly-counts.ts";
import { countedUpTo } from "../../deliveries/search-history.ts";
import { type HookRecord, hooks } from "../../hooks/hook.ts";
import { apps } from "../../oauth/app.ts";
import { installs } from "../../oauth/install.ts";
import type { Viewer } from "../shell/viewer.ts";

const dayMs = 24 * 3_600_000;
const perPage = 25;
const goneShownForMs = 30 * dayMs;
const mostGone = 20;

export type HookRow = {
  hook: HookRecord;
  /** The platform's or app's name, where one made it. */
  app: string | undefined;
  hours: HourCounts[];
  lastSentAt: Date | undefined;
  held: number;
  pausedBy: string | undefined;
};
export type HookTable = { rows: HookRow[]; total: number; page: number; pages: number };
export type Failing = { hook: HookRecord; waiting: number; nextAt: Date | undefined };
export type ListData = {
  team: HookTable;
  apps: HookTable;
  /** All there are, whatever is searched for. */
  total: number;
  q: string;
  failing: Failing | undefined;
  otherFailing: number;
};

/** What the list of webhooks shows. Names and addresses are looked through in memory; the rows shown are read fresh. */
export async function listData(
  ctx: Pick<Context, "db" | "registry" | "engine" | "profiles">,
  { company, now }: Viewer,
  { q, teamPage, appsPage }: { q: string; teamPage: number; appsPage: number },
): Promise<ListData> {
  const [live, gone, failing] = await Promise.all([
    ctx.registry.all(company._id),
    hooks(ctx.db)
      .find({ company: company._id, goneAt: { $gt: new Date(now.getTime() - goneShownForMs) } })
      .sort({ goneAt: -1 })
      .limit(mostGone)
      .lean(),
    hooks(ctx.db)
      .find({ company: company._id, failingSince: { $gt: new Date(0) } })
      .sort({ failingSince: 1 })
      .limit(20)
      .lean(),
  ]);
  const all = [...live.map(({ record }) => record), ...gone];
  const words = q.toLowerCase().split(/\s+/).filter(Boolean);
  const matching = all.filter((hook) => {
    const text = `${hook.name ?? ""} ${hook.targetUrl} ${hook.events.join(" ")} ${hook.platform ?? ""} ${hook._id}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  matching.sort((a, b) => rank(a) - rank(b) || b.createdAt.getTime() - a.createdAt.getTime());
  const [team, byApps] = await Promise.all([
    table(
      ctx,
      matching.filter(({ install }) => !install),
      teamPage,
      company._id,
      now,
    ),
    table(
      ctx,
      matching.filter(({ install }) => install),
      appsPage,
      company._id,
      now,
    ),
  ]);
  const active = failing.filter(({ status }) => status === "active");
  const [worst] = active;
  return {
    team,
    apps: byApps,
    total: all.length,
    q,
    failing: worst && (await howItFails(ctx, worst)),
    otherFailing: Math.max(0, active.length - 1),
  };
}

/** What needs a look stands first. */
function rank({ failingSince, status, goneAt }: HookRecord): number {
  if (goneAt) return 3;
  if (status === "disabled") return 0;
  return failingSince && status === "active" ? 0 : 1;
}

async function table(
  ctx: Pick<Context, "db" | "engine" | "profiles">,
  found: HookRecord[],
  asked: number,
  company: string,
  now: Date,
): Promise<HookTable> {
  const pages = Math.max(1, Math.ceil(found.length / perPage));
  const page = Math.min(Math.max(1, asked), pages);
  const ids = found.slice((page - 1) * perPage, page * perPage).map(({ _id }) => _id);
  return { rows: await hookRows(ctx, company, ids, now), total: found.length, page, pages };
}

/** The rows of these webhooks, in their order. */
export async function hookRows(
  ctx: Pick<Context, "db" | "engine" | "profiles">,
  company: string,
  ids: string[],
  now: Date,
): Promise<HookRow[]> {
  await ctx.engine.counter.flush();
  const [fresh, counts] = await Promise.all([
    hooks(ctx.db)
      .find({ _id: { $in: ids }, company })
      .lean(),
    readHourlyCounts(ctx.db, company, ids, { since: new Date(now.getTime() - dayMs + 3_600_000), now }),
  ]);
  const lastSent = await Promise.all(ids.map((id) => lastSentTo(ctx, id, counts.get(id) ?? [])));
  const byId = new Map(fresh.map((hook) => [hook._id, hook]));
  const [held, names, appNames] = await Promise.all([
    Promise.all(ids.map((id) => (byId.get(id)?.status === "paused" ? heldBy(ctx, id) : 0))),
    namesOf(
      ctx,
      fresh.flatMap(({ pausedBy }) => pausedBy ?? []),
    ),
    appNamesOf(ctx, fresh),
  ]);
  return ids.flatMap((id, i) => {
    const hook = byId.get(id);
    if (!hook) return [];
    return {
      hook,
      app: appNames.get(id),
      hours: counts.get(id) ?? [],
      lastSentAt: lastSent[i],
      held: held[i] ?? 0,
      pausedBy: hook.pausedBy ? names.get(hook.pausedBy) : undefined,
    };
  });
}

/** From the counts of the day; where it was a quiet one, from the newest delivery. */
async function lastSentTo({ db }: Pick<Context, "db">, hook: string, hours: HourCounts[]): Promise<Date | undefined> {
  const lately = Math.max(0, ...hours.map(({ lastAt }) => lastAt));
  if (lately > 0) return new Date(lately);
  const newest = await deliveries(db).findOne({ hook }).select({ "attempts.at": 1 }).sort({ _id: -1 }).lean();
  return newest?.attempts.at(-1)?.at;
}

export function heldBy({ db }: Pick<Context, "db">, hook: string): Promise<number> {
  return deliveries(db).countDocuments({ hook, undelivered: true, status: "held" }, { limit: countedUpTo + 1 });
}

export async function namesOf({ db }: Pick<Context, "db">, ids: string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const found = await users(db)
    .find({ _id: { $in: [...new Set(ids)] } })
    .select({ name: 1 })
    .lean();
  return new Map(found.map(({ _id, name }) => [_id, name]));
}

async function appNamesOf({ db, profiles }: Pick<Context, "db" | "profiles">, records: HookRecord[]): Promise<Map<string, string>> {
  const wanted = [...new Set(records.flatMap(({ install }) => install ?? []))];
  const found = await installs(db)
    .find({ _id: { $in: wanted } })
    .select({ app: 1 })
    .lean();
  const known = await apps(db)
    .find({ _id: { $in: found.map(({ app }) => app) } })
    .select({ name: 1 })
    .lean();
  const appOf = new Map(found.map(({ _id, app }) => [_id, known.find((one) => one._id === app)?.name]));
  return new Map(
    records.flatMap(({ _id, platform, install }) => {
      const name = (platform ? profiles.get(platform)?.name : undefined) ?? (install ? (appOf.get(install) ?? "App") : undefined);
      return name ? [[_id, name] as const] : [];
    }),
  );
}

export async function howItFails({ db }: Pick<Context, "db">, hook: HookRecord): Promise<Failing> {
  const [waiting, next] = await Promise.all([
    deliveries(db).countDocuments({ hook: hook._id, undelivered: true, status: "pending" }, { limit: countedUpTo + 1 }),
    deliveries(db)
      .findOne({ hook: hook._id, open: true, dueAt: { $gt: new Date(0) } })
      .select({ dueAt: 1 })
      .sort({ dueAt: 1 })
      .lean(),
  ]);
  return { hook, waiting, nextAt: next?.dueAt };
}

export function sumOf(hours: HourCounts[]): { sent: number; failed: number } {
  const failed = hours.reduce((sum, hour) => sum + hour.failed, 0);
  return { sent: failed + hours.reduce((sum, hour) => sum + hour.delivered, 0), failed };
}

/** `none failed`, `9.7% failed`. */
export function failedShare({ sent, failed }: { sent: number; failed: number }): string {
  if (failed === 0) return "none failed";
  const share = (failed / sent) * 100;
  return `${share < 0.1 ? "under 0.1" : share.toFixed(share >= 10 || share === 100 ? 0 : 1)}% failed`;
}
