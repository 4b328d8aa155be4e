import { Router } from "express";
import type { Context } from "../context.ts";
import { notFound } from "../errors.ts";
import { events } from "../events/event.ts";
import { hooks } from "../hooks/hook.ts";
import { refuseOthersHooks } from "../hooks/may-manage.ts";
import { type CompanyCaller, companyCaller, requireScope } from "../http/authenticate.ts";
import { presentPage, readPage, refuseUnknownParameters } from "../http/paging.ts";
import { deliveries } from "./delivery.ts";
import { historyFilter, presentDelivery, presentDeliveryInFull, readHistoryQuery } from "./history.ts";
import { retryDelivery } from "./retry-delivery.ts";

/** What was sent, what came back, and sending it again. */
export function deliveryRoutes(ctx: Context): Router {
  const router = Router();
  const mayRead = requireScope("events:read");

  router.get("/deliveries", mayRead, async (req, res) => {
    refuseUnknownParameters(req.query, ["hook", "status", "event", "since", "until", "q", "limit", "cursor"]);
    const page = readPage(req.query);
    const mine = await visibleDeliveries(companyCaller(res));
    const found = await deliveries(ctx.db)
      .find({ $and: [mine, historyFilter(readHistoryQuery(req.query)), page.after ? { _id: { $lt: page.after } } : {}] })
      .sort({ _id: -1 })
      .limit(page.limit + 1)
      .lean();
    res.json(presentPage(found, page, presentDelivery));
  });

  router.get("/deliveries/:id", mayRead, async (req, res) => {
    const mine = await visibleDeliveries(companyCaller(res));
    const delivery = await deliveries(ctx.db)
      .findOne({ $and: [{ _id: String(req.params.id) }, mine] })
      .lean();
    if (!delivery) throw notFound(`Delivery "${req.params.id}"`);
    res.json(presentDeliveryInFull(delivery, await events(ctx.db).findById(delivery.event).lean()));
  });

  router.post("/deliveries/:id/retry", requireScope("hooks:write"), async (req, res) => {
    const caller = companyCaller(res);
    const id = String(req.params.id);
    const delivery = await deliveries(ctx.db)
      .findOne({ $and: [{ _id: id }, await visibleDeliveries(caller)] })
      .select({ hook: 1 })
      .lean();
    if (!delivery) throw notFound(`Delivery "${id}"`);
    const hook = await hooks(ctx.db).findById(delivery.hook).lean();
    if (hook) await refuseOthersHooks(ctx, caller, hook);
    res.status(202).json(presentDelivery(await retryDelivery(ctx, caller.company, id)));
  });

  return router;

  /** An app sees what went to the hooks of its own install. */
  async function visibleDeliveries({ company, install }: CompanyCaller): Promise<{ company: string; hook?: { $in: string[] } }> {
    if (!install) return { company };
    const own = await hooks(ctx.db).find({ company, install }).select({ _id: 1 }).lean();
    return { company, hook: { $in: own.map(({ _id }) => _id) } };
  }
}
