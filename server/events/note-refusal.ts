import { companyKey } from "../accounts/company.ts";
import type { Context } from "../context.ts";
import type { FieldError } from "../errors.ts";
import { newId } from "../ids.ts";
import { refusals } from "./refusal.ts";

const mostPerSecond = 20;
const mostProblems = 10;
const longest = 200;

/** A backend that sends nothing but broken events shall not fill the store with them: so many a second are noted. */
let second = 0;
let noted = 0;

/** Notes that an event was refused, beside the answer and never in its way. */
export function noteRefusal(
  { db, clock, log }: Pick<Context, "db" | "clock" | "log">,
  product: string,
  request: unknown,
  problems: FieldError[],
): void {
  const { event, company_id, id, data } = (request ?? {}) as Record<string, unknown>;
  if (typeof event !== "string" || typeof company_id !== "string" || event.length > longest || company_id.length > longest) return;
  const at = clock.now();
  const now = Math.floor(at.getTime() / 1000);
  noted = now === second ? noted + 1 : 1;
  second = now;
  if (noted > mostPerSecond) return;
  const record = (data as { id?: unknown } | null | undefined)?.id;
  refusals(db)
    .create({
      _id: newId("ref"),
      company: companyKey(product, company_id),
      type: event,
      eventId: typeof id === "string" ? id.slice(0, longest) : null,
      recordId: typeof record === "string" || typeof record === "number" ? String(record).slice(0, longest) : null,
      problems: problems
        .slice(0, mostProblems)
        .map(({ field, message }) => ({ field: field.slice(0, longest), message: message.slice(0, 300) })),
      at,
    })
    .catch((error) => log.warn({ err: error }, "a refused event was not noted"));
}
