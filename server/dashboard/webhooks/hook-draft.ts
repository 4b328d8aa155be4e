import type { EventType, Product } from "../../../schemas/load-catalogue.ts";
import type { HookRecord } from "../../hooks/hook.ts";
import { field, fields } from "../shell/page.tsx";
import { type Condition, filterOf, rowsOf } from "./filter-rows.ts";

/** What stands in the form of a webhook, as typed. */
export type HookDraft = {
  targetUrl: string;
  name: string;
  events: string[];
  conditions: Condition[];
  /** A filter that the rows can't say, as JSON; then there are no rows. */
  filterJson: string | undefined;
  secretKind: "made" | "own" | "none";
  secret: string;
};

const mostRows = 50;

export function emptyDraft(events: string[] = []): HookDraft {
  return { targetUrl: "", name: "", events, conditions: [], filterJson: undefined, secretKind: "made", secret: "" };
}

export function draftOf(hook: HookRecord): HookDraft {
  const rows = rowsOf(hook.filter);
  return {
    ...emptyDraft(hook.events),
    targetUrl: hook.targetUrl,
    name: hook.name ?? "",
    conditions: rows ?? [],
    filterJson: rows ? undefined : JSON.stringify(hook.filter, null, 2),
  };
}

/** Reads the form. `intent` may ask for one condition more or less; nothing typed is lost by that. */
export function readDraft(body: unknown): { draft: HookDraft; intent: string } {
  const intent = field(body, "intent") || "save";
  const paths = fields(body, "condition_path").slice(0, mostRows);
  const operators = fields(body, "condition_operator");
  const values = fields(body, "condition_value");
  let conditions = paths.map((path, i) => ({ path, operator: operators[i] ?? "eq", value: values[i] ?? "" }));
  const removed = /^remove-(\d+)$/.exec(intent);
  if (removed) conditions = conditions.filter((_, i) => i !== Number(removed[1]));
  if (intent === "add-condition") conditions.push({ path: "", operator: "eq", value: "" });
  const kind = field(body, "secret_kind");
  const json = field(body, "filter_json");
  return {
    intent,
    draft: {
      targetUrl: field(body, "target_url").trim(),
      name: field(body, "name"),
      events: fields(body, "events"),
      conditions,
      filterJson: json || undefined,
      secretKind: kind === "own" || kind === "none" ? kind : "made",
      secret: field(body, "secret"),
    },
  };
}

export function typesOf(events: readonly string[], { eventTypes }: Product): EventType[] {
  return events.flatMap((type) => eventTypes.get(type) ?? []);
}

/** The draft's filter as the API takes it; its problems name the rows. */
export function draftFilter(draft: HookDraft, product: Product): ReturnType<typeof filterOf> | { filter: unknown; problems: [] } {
  if (draft.filterJson === undefined) return filterOf(draft.conditions, typesOf(draft.events, product));
  try {
    return { filter: JSON.parse(draft.filterJson), problems: [] };
  } catch {
    return { filter: null, problems: [{ field: "filter", message: "is not valid JSON" }] };
  }
}
