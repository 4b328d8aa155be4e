import { companyScopes, operatorScopes, productScopes } from "../accounts/api-key.ts";
import { deliveryStatuses } from "../deliveries/delivery.ts";

/** Schemas of what the API answers, for its description. `test/description` holds real answers against them. */
type Schema = { [keyword: string]: unknown };

const text: Schema = { type: "string" };
const orNull = (schema: Schema): Schema => ({ ...schema, type: [schema.type, "null"] });
const time: Schema = { type: "string", format: "date-time" };
const whole: Schema = { type: "integer" };
const number: Schema = { type: "number" };
const yesNo: Schema = { type: "boolean" };
const headers: Schema = { type: "object", additionalProperties: text };
const list = (items: Schema): Schema => ({ type: "array", items });
const record = (properties: Record<string, Schema>, optional: string[] = []): Schema => ({
  type: "object",
  additionalProperties: false,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  properties,
});
export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
export const page = (name: string): Schema =>
  record({ data: list(ref(name)), next: { ...orNull(text), description: "The cursor of the next page." } });

const failure = { anyOf: [record({ code: text, message: text }), { type: "null" }] };
const delivery: Record<string, Schema> = {
  id: text,
  hook_id: text,
  event: text,
  event_id: text,
  record: record({ id: orNull(text), name: orNull(text) }),
  status: { enum: deliveryStatuses },
  reason: orNull(text),
  trigger: { enum: ["event", "retry", "manual", "test", "replay"] },
  attempts_count: whole,
  retries_count: whole,
  response_status: orNull(whole),
  error: failure,
  last_attempt_at: orNull(time),
  next_attempt_at: orNull(time),
  created_at: time,
  settled_at: orNull(time),
};
const hook: Record<string, Schema> = {
  id: text,
  target_url: text,
  event: orNull(text),
  events: list(text),
  name: orNull(text),
  filter: { type: ["object", "null"] },
  platform: orNull(text),
  status: { enum: ["active", "paused", "disabled"] },
  reason: orNull(text),
  has_secret: yesNo,
  previous_secret_until: orNull(time),
  failing_since: orNull(time),
  renew_by: {
    ...orNull(time),
    description: "Subscribe again by then, where the platform can: it revives a webhook that was turned off meanwhile.",
  },
  warnings: list(text),
  created_at: time,
  updated_at: time,
  secret: { ...text, description: "Only in the answer in which it was made." },
};
const key: Record<string, Schema> = {
  id: text,
  name: text,
  hint: text,
  scopes: list({ enum: companyScopes }),
  created_at: time,
  last_used_at: orNull(time),
  revoked_at: orNull(time),
};
const install: Record<string, Schema> = {
  id: text,
  app: record({ client_id: text, name: orNull(text) }),
  user_id: text,
  scopes: list({ enum: companyScopes }),
  created_at: time,
  last_used_at: orNull(time),
  revoked_at: orNull(time),
  reason: orNull(text),
};
const eventType: Record<string, Schema> = { id: text, name: text, description: text, category: text };
const fieldErrors = list(record({ field: text, message: text }));
const accepted: Record<string, Schema> = { id: text, event: text, company_id: text, duplicate: yesNo };

export const records: Record<string, Schema> = {
  Problem: {
    ...record({ type: text, title: text, status: whole, detail: text, errors: fieldErrors }, ["errors"]),
    description: "RFC 9457. `errors` names each bad field.",
  },
  Me: record({
    id: text,
    email: orNull(text),
    name: text,
    company: { anyOf: [record({ id: text, name: text }), { type: "null" }] },
    product: text,
    scopes: list({ enum: [...companyScopes, ...productScopes, ...operatorScopes] }),
  }),
  EventType: record(eventType),
  EventTypeInFull: record({ ...eventType, schema: { type: "object" }, example: { type: "object" } }),
  FieldValue: record({ id: { type: ["string", "number", "boolean"] }, name: text }),
  Hook: record(hook, ["secret"]),
  TestSent: record({ delivery_id: text, event_id: text, event: text }),
  Delivery: record(delivery),
  DeliveryInFull: record({ ...delivery, attempts: list(ref("Attempt")) }),
  Attempt: record({
    id: text,
    number: whole,
    at: time,
    trigger: delivery.trigger as Schema,
    outcome: { enum: ["succeeded", "failed"] },
    status: orNull(whole),
    error: failure,
    duration_ms: whole,
    timings: record({ dns_ms: orNull(number), connect_ms: orNull(number), tls_ms: orNull(number), waiting_ms: orNull(number) }),
    request: record({ method: text, url: text, headers, body: orNull(text) }),
    response: { anyOf: [record({ status: whole, headers, body: text, truncated: yesNo }), { type: "null" }] },
  }),
  Replay: record({
    id: text,
    hook_id: text,
    only: { enum: ["failed", "missing", null] },
    status: { enum: ["running", "completed"] },
    examined: whole,
    queued: whole,
    started_at: time,
    completed_at: orNull(time),
  }),
  Accepted: record(accepted),
  PublishResults: record({
    data: list({
      anyOf: [
        record({ status: { const: 202 }, ...accepted }),
        record({ status: { enum: [413, 422, 500] }, detail: text, errors: fieldErrors }),
      ],
    }),
    accepted: whole,
    rejected: whole,
  }),
  Company: record({ id: text, name: text, product: text, created_at: time, updated_at: time }),
  User: record({ id: text, email: text, name: text, role: { enum: ["admin", "member"] }, created_at: time, updated_at: time }),
  Key: record(key),
  NewKey: record({ ...key, key: { ...text, description: "Shown once." } }),
  PasswordLink: record({ url: text, expires_at: time, sent: yesNo }),
  PortalLink: record({ url: text, expires_at: time }),
  Install: record(install),
  OperatorInstall: record({ ...install, company: text }),
  AuditEntry: record({ id: text, at: time, actor: text, action: text, target: text, address: orNull(text), details: { type: "object" } }),
  App: record(
    {
      client_id: text,
      product: orNull(text),
      name: text,
      homepage: orNull(text),
      has_icon: yesNo,
      platform: orNull(text),
      verified: yesNo,
      redirect_uris: list(text),
      kind: { enum: ["confidential", "public"] },
      pkce: { enum: ["required", "optional"] },
      secrets: list(record({ created_at: time, expires_at: orNull(time) })),
      disabled_at: orNull(time),
      created_at: time,
      client_secret: { ...text, description: "Only in the answer in which it was made." },
    },
    ["client_secret"],
  ),
};
