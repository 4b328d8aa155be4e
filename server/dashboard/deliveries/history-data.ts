import type { Context } from "../../context.ts";
import { deliveries } from "../../deliveries/delivery.ts";
import { countHistory, type HistorySearch, searchHistory } from "../../deliveries/search-history.ts";
import { withheldFrom } from "../../deliveries/withheld.ts";
import { type HookRecord, hooks } from "../../hooks/hook.ts";
import type { Viewer } from "../shell/viewer.ts";
import type { FailureGroup, HistoryPageData } from "./delivery-list.tsx";
import { hookName, outcomeOf } from "./delivery-words.ts";
import { type HistoryFilters, searchOf } from "./history-filters.ts";

const rowsPerPage = 50;
/** On a webhook's own page, where there is more to see than the list. */
const rowsOfHook = 20;
const mostChoices = 200;
const mostGrouped = 300;
const mostWithheld = 20;

/** What a list of deliveries shows: the page of rows, the counts of the tabs, alike failures together. */
export async function historyData(
  ctx: Pick<Context, "db" | "registry" | "catalogue">,
  viewer: Viewer,
  filters: HistoryFilters,
  { path, hook, mayRepeat }: { path: string; hook?: HookRecord; mayRepeat: boolean },
): Promise<HistoryPageData> {
  const search = searchOf(filters, viewer);
  const { before, after } = filters;
  const ofHook = hook ?? (filters.hook ? (await hooksById(ctx, viewer.company._id, [filters.hook])).get(filters.hook) : undefined);
  const showsWithheld = ofHook && filters.view === "waiting" && !filters.q && !before && !after;
  const [found, counts, choices, groups, withheld] = await Promise.all([
    searchHistory(ctx.db, search, { limit: hook ? rowsOfHook : rowsPerPage, before: before || undefined, after: after || undefined }),
    countHistory(ctx.db, search),
    hook ? undefined : hookChoices(ctx, viewer.company._id),
    filters.view === "attention" ? failureGroups(ctx, search) : [],
    showsWithheld ? withheldFrom(ctx, ofHook, { ...search, type: search.event ?? undefined, limit: mostWithheld }) : undefined,
  ]);
  const known = await hooksById(
    ctx,
    viewer.company._id,
    found.deliveries.map((delivery) => delivery.hook),
  );
  const ever =
    found.deliveries.length > 0 ||
    (await deliveries(ctx.db).exists(hook ? { company: search.company, hook: hook._id } : { company: search.company })) !== null;
  return { filters, found, counts, ever, hooks: known, choices, path, groups, withheld, hook: ofHook, mayRepeat };
}

export async function hooksById({ db }: Pick<Context, "db">, company: string, ids: string[]): Promise<Map<string, HookRecord>> {
  const wanted = [...new Set(ids)];
  if (wanted.length === 0) return new Map();
  const found = await hooks(db)
    .find({ _id: { $in: wanted }, company })
    .lean();
  return new Map(found.map((hook) => [hook._id, hook]));
}

/** The company's webhooks for a list to choose from; with more than two hundred, the search is the way. */
async function hookChoices({ registry }: Pick<Context, "registry">, company: string): Promise<{ id: string; name: string }[]> {
  const all = await registry.all(company);
  return all
    .slice(0, mostChoices)
    .map(({ record }) => ({ id: record._id, name: hookName(record) }))
    .sort((a, b) => a.name.localeCompare(b.name, "en"));
}

async function failureGroups(ctx: Pick<Context, "db">, search: HistorySearch): Promise<FailureGroup[]> {
  const { deliveries: failed } = await searchHistory(ctx.db, search, { limit: mostGrouped });
  const known = await hooksById(
    ctx,
    search.company,
    failed.map(({ hook }) => hook),
  );
  const groups = new Map<string, FailureGroup>();
  for (const delivery of failed) {
    const last = delivery.attempts.at(-1);
    if (!last) continue;
    const what = outcomeOf(last);
    const key = `${delivery.hook} ${what}`;
    const group = groups.get(key) ?? { hook: known.get(delivery.hook), what, count: 0, since: delivery.createdAt };
    group.count++;
    if (delivery.createdAt < group.since) group.since = delivery.createdAt;
    groups.set(key, group);
  }
  return [...groups.values()].filter(({ count }) => count > 1).sort((a, b) => b.count - a.count);
}
