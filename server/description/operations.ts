import { companySchema, keySchema, userSchema } from "../accounts/account-requests.ts";
import type { Scope } from "../accounts/api-key.ts";
import { newEventSchema } from "../events/publish-events.ts";
import { hookChangesSchema } from "../hooks/change-hook.ts";
import { replaySchema, rotationSchema, testSchema } from "../hooks/hook-requests.ts";
import { newHookSchema, newTypedHookSchema } from "../hooks/new-hook.ts";
import { page, ref } from "./records.ts";

/** One call of the API, as its description tells it. The test of the routes holds this list against what is mounted. */
export type Operation = {
  method: "get" | "post" | "put" | "patch" | "delete";
  /** In Express's notation. */
  path: string;
  summary: string;
  tag: string;
  scope?: Scope;
  query?: readonly string[];
  headers?: readonly string[];
  request?: object;
  requestOptional?: boolean;
  /** Answer by status; null for one without a described body. */
  answers: Record<number, object | null>;
  /** Statuses of problems beside 401, 403 and 422. */
  problems?: readonly number[];
};

const paging = ["limit", "cursor"] as const;
const history = ["status", "event", "since", "until", "q", ...paging] as const;
const empty = { type: "object", additionalProperties: false };

export const parameters: Record<string, { description: string; schema: object }> = {
  limit: { description: "How many, at most.", schema: { type: "integer", minimum: 1 } },
  cursor: { description: "`next` of the page before.", schema: { type: "string" } },
  hook: { description: "Deliveries of this webhook.", schema: { type: "string" } },
  status: { description: "Deliveries in this state.", schema: { enum: ["pending", "held", "succeeded", "failed", "cancelled"] } },
  event: { description: "Deliveries of this event type.", schema: { type: "string" } },
  since: { description: "From this time on (ISO 8601).", schema: { type: "string" } },
  until: { description: "Before this time (ISO 8601).", schema: { type: "string" } },
  q: { description: "Text in the record's name or id, the event's id or the reason.", schema: { type: "string", maxLength: 200 } },
  filter: { description: "A subscription's filter, as JSON.", schema: { type: "string" } },
  "Idempotency-Key": { description: "The same key again repeats nothing.", schema: { type: "string", pattern: "^[\\x21-\\x7e]{1,128}$" } },
};

export const operations: readonly Operation[] = [
  { method: "get", path: "/v1/me", summary: "Who is calling", tag: "Connection", answers: { 200: ref("Me") } },

  { method: "get", path: "/v1/event-types", summary: "List event types", tag: "Event types", answers: { 200: page("EventType") } },
  {
    method: "get",
    path: "/v1/event-types/:type",
    summary: "One event type with schema and example",
    tag: "Event types",
    answers: { 200: ref("EventTypeInFull") },
    problems: [404],
  },
  {
    method: "get",
    path: "/v1/event-types/:type/schema",
    summary: "JSON Schema of the delivered body",
    tag: "Event types",
    answers: { 200: null },
    problems: [404],
  },
  {
    method: "get",
    path: "/v1/event-types/:type/samples",
    summary: "The latest real bodies, or the catalogue's examples",
    tag: "Event types",
    scope: "events:read",
    query: ["limit", "filter"],
    answers: { 200: { type: "object", required: ["data", "next"], properties: { data: { type: "array" }, next: { type: "null" } } } },
    problems: [404],
  },
  {
    method: "get",
    path: "/v1/event-types/:type/fields/:path/values",
    summary: "Values of a field, for dropdowns",
    tag: "Event types",
    scope: "events:read",
    answers: { 200: { type: "array", items: ref("FieldValue") } },
    problems: [404],
  },

  {
    method: "post",
    path: "/v1/hooks",
    summary: "Subscribe",
    tag: "Webhooks",
    scope: "hooks:write",
    request: newHookSchema,
    answers: { 201: ref("Hook"), 200: ref("Hook") },
    problems: [400, 413, 415],
  },
  {
    method: "post",
    path: "/v1/hooks/:type",
    summary: "Subscribe to the event type in the path",
    tag: "Webhooks",
    scope: "hooks:write",
    request: newTypedHookSchema,
    answers: { 201: ref("Hook"), 200: ref("Hook") },
    problems: [400, 404, 413, 415],
  },
  {
    method: "get",
    path: "/v1/hooks",
    summary: "List webhooks",
    tag: "Webhooks",
    scope: "hooks:read",
    query: paging,
    answers: { 200: page("Hook") },
  },
  {
    method: "get",
    path: "/v1/hooks/:id",
    summary: "One webhook",
    tag: "Webhooks",
    scope: "hooks:read",
    answers: { 200: ref("Hook") },
    problems: [404],
  },
  {
    method: "patch",
    path: "/v1/hooks/:id",
    summary: "Change, pause or resume",
    tag: "Webhooks",
    scope: "hooks:write",
    request: hookChangesSchema,
    answers: { 200: ref("Hook") },
    problems: [400, 404, 409, 413, 415],
  },
  {
    method: "delete",
    path: "/v1/hooks/:id",
    summary: "Unsubscribe",
    tag: "Webhooks",
    scope: "hooks:write",
    answers: { 200: empty },
    problems: [404],
  },
  {
    method: "post",
    path: "/v1/hooks/:id/test",
    summary: "Send an example, recorded as a test",
    tag: "Webhooks",
    scope: "hooks:write",
    request: testSchema,
    requestOptional: true,
    answers: { 202: ref("TestSent") },
    problems: [400, 404, 409, 413, 415],
  },
  {
    method: "post",
    path: "/v1/hooks/:id/rotate-secret",
    summary: "New secret; the old one signs too for 24 hours",
    tag: "Webhooks",
    scope: "hooks:write",
    request: rotationSchema,
    requestOptional: true,
    answers: { 200: ref("Hook") },
    problems: [400, 404, 413, 415],
  },
  {
    method: "post",
    path: "/v1/hooks/:id/replay",
    summary: "Send everything that matches again",
    tag: "Deliveries",
    scope: "hooks:write",
    request: replaySchema,
    answers: { 202: ref("Replay") },
    problems: [400, 404, 409, 413, 415],
  },
  {
    method: "get",
    path: "/v1/hooks/:id/replays/:replay",
    summary: "How far a replay has got",
    tag: "Deliveries",
    scope: "hooks:read",
    answers: { 200: ref("Replay") },
    problems: [404],
  },
  {
    method: "get",
    path: "/v1/hooks/:id/deliveries",
    summary: "A webhook's deliveries",
    tag: "Deliveries",
    scope: "events:read",
    query: history,
    answers: { 200: page("Delivery") },
    problems: [404],
  },
  {
    method: "get",
    path: "/v1/deliveries",
    summary: "List deliveries",
    tag: "Deliveries",
    scope: "events:read",
    query: ["hook", ...history],
    answers: { 200: page("Delivery") },
  },
  {
    method: "get",
    path: "/v1/deliveries/:id",
    summary: "One delivery with every attempt",
    tag: "Deliveries",
    scope: "events:read",
    answers: { 200: ref("DeliveryInFull") },
    problems: [404],
  },
  {
    method: "post",
    path: "/v1/deliveries/:id/retry",
    summary: "One more attempt now",
    tag: "Deliveries",
    scope: "hooks:write",
    answers: { 202: ref("Delivery") },
    problems: [404, 409],
  },

  {
    method: "post",
    path: "/v1/events",
    summary: "Tell what happened: one event, or up to 1,000",
    tag: "Product's backend",
    scope: "events:write",
    headers: ["Idempotency-Key"],
    request: { oneOf: [newEventSchema, { type: "array", minItems: 1, maxItems: 1_000, items: newEventSchema }] },
    answers: { 202: { oneOf: [ref("Accepted"), ref("PublishResults")] } },
    problems: [400, 413, 415, 503],
  },
  {
    method: "put",
    path: "/v1/companies/:id",
    summary: "Make or rename a company",
    tag: "Product's backend",
    scope: "companies:write",
    request: companySchema,
    answers: { 201: ref("Company"), 200: ref("Company") },
    problems: [400, 413, 415],
  },
  {
    method: "get",
    path: "/v1/companies/:id",
    summary: "One company",
    tag: "Product's backend",
    scope: "companies:write",
    answers: { 200: ref("Company") },
    problems: [404],
  },
  {
    method: "put",
    path: "/v1/companies/:id/users/:user",
    summary: "Make or change a person",
    tag: "Product's backend",
    scope: "companies:write",
    request: userSchema,
    answers: { 201: ref("User"), 200: ref("User") },
    problems: [400, 404, 409, 413, 415],
  },
  {
    method: "post",
    path: "/v1/companies/:id/keys",
    summary: "Make a key for a company",
    tag: "Product's backend",
    scope: "companies:write",
    request: keySchema,
    answers: { 201: ref("NewKey") },
    problems: [400, 404, 413, 415],
  },
  {
    method: "get",
    path: "/v1/companies/:id/keys",
    summary: "A company's keys",
    tag: "Product's backend",
    scope: "companies:write",
    query: paging,
    answers: { 200: page("Key") },
  },
  {
    method: "delete",
    path: "/v1/companies/:id/keys/:key",
    summary: "Revoke a key",
    tag: "Product's backend",
    scope: "companies:write",
    answers: { 200: empty },
    problems: [404],
  },
];
