import type { EventBody, Product } from "../../schemas/load-catalogue.ts";
import { companyKey } from "../accounts/company.ts";
import type { Context } from "../context.ts";
import { AppError, type FieldError } from "../errors.ts";
import { fieldErrors, requestParser } from "../http/validate.ts";
import { noteRefusal } from "./note-refusal.ts";

export type NewEventRequest = {
  event: string;
  company_id: string;
  data: Record<string, unknown>;
  previous_data?: Record<string, unknown> | null;
  timestamp?: string;
  id?: string;
};

/** What became of one event: accepted and durable, or refused with the fields to mend. */
export type PublishResult =
  | { status: 202; id: string; event: string; company_id: string; duplicate: boolean }
  | { status: 413 | 422 | 500; detail: string; errors: FieldError[] };

export const largestEvent = 1024 * 1024;

/** Ids and keys travel in a header and in URLs, so they are printable and without spaces. */
const idPattern = "^[\\x21-\\x7e]{1,128}$";

export const newEventSchema = {
  type: "object",
  additionalProperties: false,
  required: ["event", "company_id", "data"],
  properties: {
    event: { type: "string" },
    company_id: { type: "string", minLength: 1, maxLength: 128 },
    data: { type: "object" },
    previous_data: { type: ["object", "null"] },
    timestamp: { type: "string", format: "date-time" },
    id: { type: "string", pattern: idPattern },
  },
};
const parse = requestParser<NewEventRequest>(newEventSchema);

/**
 * Records what happened, durably, then lets fan-out begin. Each event stands for itself: one that is refused doesn't hold
 * up the others. A second event with the same id (or, without one, the same key) changes nothing.
 */
export function publishEvents(
  ctx: Pick<Context, "db" | "clock" | "engine" | "log">,
  product: Product,
  requests: unknown[],
  key?: string,
): Promise<PublishResult[]> {
  return Promise.all(
    requests.map(async (request, i) => {
      const result = await attempt(request, i);
      if (result.status === 422) noteRefusal(ctx, product.id, request, result.errors);
      return result;
    }),
  );

  async function attempt(request: unknown, i: number): Promise<PublishResult> {
    try {
      return await publishOne(ctx, product, request, key === undefined || requests.length === 1 ? key : `${key}/${i}`);
    } catch (error) {
      if (error instanceof AppError) return { status: error.status as 422, detail: error.message, errors: error.fields };
      ctx.log.error({ err: error, product: product.id }, "an event could not be stored");
      return { status: 500 as const, detail: "The event could not be stored; send it again.", errors: [] };
    }
  }
}

async function publishOne(
  { clock, engine }: Pick<Context, "clock" | "engine">,
  product: Product,
  request: unknown,
  key: string | undefined,
): Promise<PublishResult> {
  const { event: type, company_id, id, ...wanted } = parse(request);
  const eventType = product.eventTypes.get(type);
  if (!eventType)
    return refused([
      { field: "event", message: `${product.name} has no event type ${JSON.stringify(type)}; GET /v1/event-types lists them` },
    ]);

  const eventId = engine.newEventId();
  const envelope: Record<string, unknown> = {
    id: id ?? eventId,
    event: type,
    timestamp: wanted.timestamp ?? clock.now().toISOString(),
    data: wanted.data,
  };
  // The schema says which fields the product's body has.
  if (wanted.previous_data !== undefined) envelope.previous_data = wanted.previous_data;
  if (eventType.fields.has("company_id")) envelope.company_id = company_id;
  const problems = fieldErrors(eventType.validate(envelope));
  if (problems.length > 0) return refused(problems);

  const body = inSchemaOrder(envelope, eventType.fields) as EventBody;
  const accepted = await engine.append(eventId, { product: product.id, company: companyKey(product.id, company_id), body, key: id ?? key });
  if ("unknownCompany" in accepted) {
    return refused([
      {
        field: "company_id",
        message: `${product.name} has no company ${JSON.stringify(company_id)} here; make it with PUT /v1/companies/${encodeURIComponent(company_id)}`,
      },
    ]);
  }
  return { status: 202, id: accepted.id, event: type, company_id, duplicate: accepted.duplicate };
}

function refused(errors: FieldError[], status: 413 | 422 = 422): PublishResult {
  return { status, detail: errors.map(({ field, message }) => `${field}: ${message}`).join("; "), errors };
}

/** Receivers and people see the fields in the order of the catalogue, whatever order they came in. */
function inSchemaOrder(envelope: Record<string, unknown>, fields: ReadonlyMap<string, unknown>): Record<string, unknown> {
  const names = [...fields.keys()].filter((path) => !path.includes(".") && path in envelope);
  return Object.fromEntries(names.map((name) => [name, envelope[name]]));
}
