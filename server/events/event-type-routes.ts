import { type Request, type Response, Router } from "express";
import type { EventType, Product } from "../../schemas/load-catalogue.ts";
import type { Context } from "../context.ts";
import { AppError, invalid, notFound } from "../errors.ts";
import { type Filter, parseFilter } from "../hooks/filter.ts";
import { caller, companyCaller, requireScope } from "../http/authenticate.ts";
import { readLimit, readOffset, refuseUnknownParameters } from "../http/paging.ts";
import { fieldValues, mostValues } from "./field-values.ts";
import { latestSamples } from "./samples.ts";

const defaultSamples = 3;
const mostSamples = 25;

/** The catalogue as platforms and people read it: types, schemas, samples, values for dropdowns. */
export function eventTypeRoutes(ctx: Context): Router {
  const router = Router();

  // The catalogue is no secret, so any credential reads it.
  router.get("/event-types", (req, res) => {
    refuseUnknownParameters(req.query, []);
    res.json({ data: [...productOf(res).eventTypes.values()].map(present), next: null });
  });

  router.get("/event-types/:type", (req, res) => {
    const eventType = typeOf(req, res);
    const { examples: _, ...schema } = eventType.schema;
    res.json({ ...present(eventType), schema, example: eventType.examples[0] });
  });

  router.get("/event-types/:type/schema", (req, res) => {
    res.type("application/schema+json").send(JSON.stringify(typeOf(req, res).schema));
  });

  router.get("/event-types/:type/samples", requireScope("events:read"), async (req, res) => {
    refuseUnknownParameters(req.query, ["limit", "filter"]);
    const eventType = typeOf(req, res);
    const limit = readLimit(req.query.limit, defaultSamples, mostSamples);
    const { bodies, source } = await latestSamples(
      ctx.db,
      companyCaller(res).company,
      eventType,
      readFilter(req.query.filter, eventType),
      limit,
    );
    res.set("Hookline-Sample-Source", source).json({ data: bodies, next: null });
  });

  router.get("/event-types/:type/fields/:path/values", requireScope("events:read"), async (req, res) => {
    refuseUnknownParameters(req.query, ["limit", "offset"]);
    const limit = readLimit(req.query.limit, mostValues, mostValues);
    const offset = readOffset(req.query.offset);
    const values = await fieldValues(ctx.db, companyCaller(res).company, productOf(res), typeOf(req, res), String(req.params.path));
    res.json(values.slice(offset, offset + limit));
  });

  return router;

  function productOf(res: Response): Product {
    const product = ctx.catalogue.get(caller(res).product);
    if (!product) throw new AppError(403, "This call needs a credential of a product or of one of its companies.");
    return product;
  }

  function typeOf(req: Request, res: Response): EventType {
    const eventType = productOf(res).eventTypes.get(String(req.params.type));
    if (!eventType) throw notFound(`Event type "${req.params.type}"`);
    return eventType;
  }
}

function present({ type, label, description, category }: EventType) {
  return { id: type, name: label, description, category };
}

/** A filter in a query is the JSON that a subscription takes. */
function readFilter(value: unknown, eventType: EventType): Filter | null {
  if (value === undefined || value === "") return null;
  let parsed: unknown;
  try {
    parsed = JSON.parse(String(value));
  } catch {
    throw invalid([{ field: "filter", message: 'must be JSON, like {"data.amount":{"gte":1000}}' }]);
  }
  return parseFilter(parsed, [eventType]);
}
