import type { EventType, Product } from "../../schemas/load-catalogue.ts";
import { type FieldError, invalid } from "../errors.ts";
import { requestParser } from "../http/validate.ts";
import { type Filter, parseFilter } from "./filter.ts";
import { secretProblem } from "./secret.ts";

export type NewHookRequest = {
  target_url: string;
  event?: string;
  events?: string[];
  name?: string | null;
  /** A text of the caller's, true for one made here, null or absent for none. */
  secret?: string | boolean | null;
  filter?: unknown;
  platform?: string | null;
};

export type NewHook = {
  targetUrl: string;
  events: string[];
  name: string | null | undefined;
  secret: string | boolean | null;
  filter: Filter | null;
  platform: string | null;
};

export const nameSchema = { type: ["string", "null"], minLength: 1, maxLength: 200, pattern: "\\S" };
export const eventsSchema = { type: "array", minItems: 1, maxItems: 200, items: { type: "string" } };

const properties = {
  target_url: { type: "string", minLength: 1 },
  event: { type: "string" },
  events: eventsSchema,
  name: nameSchema,
  secret: { type: ["string", "boolean", "null"], minLength: 1, maxLength: 256 },
  filter: {
    type: ["object", "null"],
    description:
      'Conditions on paths of the body; all must hold. A value means eq, a list means in; operators are eq, ne, in, gt, gte, lt, lte, exists and, for what an object holds, has: {"data.amount": {"gte": 1000}, "previous_data": {"has": "amount"}}.',
  },
  platform: {
    type: ["string", "null"],
    description: "The automation platform behind the URL: what its receivers mean by their answers, and how much they take, is known then.",
  },
};
const { event: _event, events: _events, ...typedProperties } = properties;

export const newHookSchema = { type: "object", additionalProperties: false, required: ["target_url"], properties };
/** Where the event type stands in the path. */
export const newTypedHookSchema = { ...newHookSchema, properties: typedProperties };
const parse = requestParser<NewHookRequest>(newHookSchema);
const parseTyped = requestParser<NewHookRequest>(newTypedHookSchema);

/** Reads a subscription; `typed` where the event type stands in the path. Throws a 422 that names every bad field. */
export function parseNewHook(body: unknown, product: Product, platforms: ReadonlySet<string>, typed?: string): NewHook {
  const request = typed === undefined ? parse(body) : { ...parseTyped(body), event: typed };
  const problems: FieldError[] = [];
  if (request.event !== undefined && request.events !== undefined)
    problems.push({ field: "events", message: "give event or events, not both" });
  if (request.event === undefined && request.events === undefined)
    problems.push({ field: "event", message: "is missing; name an event type, or several in events" });
  if (product.hook.name === "required" && !request.name?.trim())
    problems.push({ field: "name", message: `is missing; ${product.name} asks for a recognisable name` });
  if (typeof request.secret === "string") problems.push(...[secretProblem(request.secret) ?? []].flat());
  problems.push(...[platformProblem(request.platform, platforms) ?? []].flat());
  const events = [...new Set(request.events ?? (request.event === undefined ? [] : [request.event]))];
  problems.push(...eventProblems(events, product, request.events ? "events" : "event"));
  if (problems.length > 0) throw invalid(problems);
  return {
    targetUrl: request.target_url,
    events,
    name: request.name,
    secret: request.secret ?? null,
    filter: parseFilter(request.filter, eventTypesOf(events, product)),
    platform: request.platform ?? null,
  };
}

export function eventProblems(events: string[], product: Product, field: string): FieldError[] {
  return events
    .filter((type) => !product.eventTypes.has(type))
    .map((type) => ({ field, message: `${product.name} has no event type ${JSON.stringify(type)}; GET /v1/event-types lists them` }));
}

export function eventTypesOf(events: string[], product: Product): EventType[] {
  return events.map((type) => product.eventTypes.get(type)).filter((type): type is EventType => type !== undefined);
}

export function platformProblem(platform: string | null | undefined, platforms: ReadonlySet<string>): FieldError | undefined {
  if (platform === undefined || platform === null || platforms.has(platform)) return undefined;
  return { field: "platform", message: `must be one of ${[...platforms].join(", ")}, or absent (it is ${JSON.stringify(platform)})` };
}
