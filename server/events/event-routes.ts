import { Router } from "express";
import type { Product } from "../../schemas/load-catalogue.ts";
import type { Context } from "../context.ts";
import { AppError, invalid } from "../errors.ts";
import { caller, requireScope } from "../http/authenticate.ts";
import { jsonBody } from "../http/json-body.ts";
import { largestEvent, type PublishResult, publishEvents } from "./publish-events.ts";

const largestArray = 10 * 1024 * 1024;
const mostEvents = 1_000;

/** Where the product's backend tells what happened. */
export function eventRoutes(ctx: Context): Router {
  const router = Router();

  router.post("/events", requireScope("events:write"), jsonBody(largestArray), async (req, res) => {
    const product = ctx.catalogue.get(caller(res).product) as Product;
    const key = idempotencyKey(req.get("idempotency-key"));
    if (Array.isArray(req.body)) {
      const results = await publishArray(product, req.body, key);
      const accepted = results.filter(({ status }) => status === 202).length;
      res.status(accepted > 0 ? 202 : worst(results)).json({ data: results, accepted, rejected: results.length - accepted });
      return;
    }
    const length = Number(req.headers["content-length"] ?? JSON.stringify(req.body ?? null).length);
    if (length > largestEvent) throw new AppError(413, `The event has ${length} bytes; a single event takes at most ${largestEvent}.`);
    if (req.body === undefined)
      throw new AppError(
        400,
        "The request needs a JSON body with the header Content-Type: application/json: an event, or an array of events.",
      );
    const [result] = await publishEvents(ctx, product, [req.body], key);
    if (!result || result.status === 500) throw new AppError(503, "The event could not be stored; send it again.");
    if (result.status !== 202) throw new AppError(result.status, result.detail, { fields: result.errors });
    const { status: _, ...accepted } = result;
    res.status(202).json(accepted);
  });

  return router;

  async function publishArray(product: Product, items: unknown[], key: string | undefined): Promise<PublishResult[]> {
    if (items.length === 0 || items.length > mostEvents)
      throw invalid([{ field: "", message: `An array takes 1 to ${mostEvents} events (it has ${items.length}).` }]);
    const sizes = items.map((item) => Buffer.byteLength(JSON.stringify(item)));
    const fitting = items.filter((_, i) => (sizes[i] as number) <= largestEvent);
    const results = await publishEvents(ctx, product, fitting, key);
    return sizes.map((size) =>
      size <= largestEvent
        ? (results.shift() as PublishResult)
        : { status: 413, detail: `The event has ${size} bytes; one takes at most ${largestEvent}.`, errors: [] },
    );
  }
}

function worst(results: PublishResult[]): number {
  return results.some(({ status }) => status === 500) ? 503 : 422;
}

function idempotencyKey(value: string | undefined): string | undefined {
  if (value !== undefined && !/^[\x21-\x7e]{1,128}$/.test(value)) {
    throw invalid([{ field: "Idempotency-Key", message: "has 1 to 128 printable characters without spaces" }]);
  }
  return value;
}
