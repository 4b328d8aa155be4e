import { type Request, type Response, Router } from "express";
import type { Product } from "../../schemas/load-catalogue.ts";
import { recordAudit } from "../audit/audit.ts";
import type { Context } from "../context.ts";
import { deliveries } from "../deliveries/delivery.ts";
import { historyFilter, presentDelivery, readHistoryQuery, readTime } from "../deliveries/history.ts";
import { presentReplay, replays } from "../deliveries/replay.ts";
import { startReplay } from "../deliveries/start-replay.ts";
import { AppError, invalid, notFound } from "../errors.ts";
import { type CompanyCaller, companyCaller, requireScope } from "../http/authenticate.ts";
import { jsonBody } from "../http/json-body.ts";
import { presentPage, readPage, refuseUnknownParameters } from "../http/paging.ts";
import { changeHook, parseHookChanges } from "./change-hook.ts";
import { type HookRecord, hooks } from "./hook.ts";
import { parseReplay, parseRotation, parseTest } from "./hook-requests.ts";
import { refuseOthersHooks } from "./may-manage.ts";
import { parseNewHook } from "./new-hook.ts";
import { hookUrl, presentHook } from "./present-hook.ts";
import { rotateSecret } from "./rotate-secret.ts";
import { sayGoodbye } from "./say-goodbye.ts";
import { secretProblem } from "./secret.ts";
import { subscribe } from "./subscribe.ts";
import { testHook } from "./test-hook.ts";
import { unsubscribe } from "./unsubscribe.ts";

/** REST hooks: what every platform's connector and every customer calls. */
export function hookRoutes(ctx: Context): Router {
  const router = Router();
  const platforms = new Set(ctx.profiles.keys());
  const body = jsonBody(256 * 1024);
  const mayRead = requireScope("hooks:read");
  const mayWrite = requireScope("hooks:write");

  async function answerSubscribe(req: Request, res: Response, typed?: string): Promise<void> {
    const caller = companyCaller(res);
    const product = productOf(caller);
    if (typed !== undefined && !product.eventTypes.has(typed)) throw notFound(`Event type "${typed}"`);
    const { hook, created, changed, warnings, newSecret } = await subscribe(
      ctx,
      caller,
      product,
      parseNewHook(req.body, product, platforms, typed),
    );
    if (created) await audit(caller, "hook.created", hook, { events: hook.events });
    else if (changed.length > 0) await audit(caller, "hook.changed", hook, { fields: changed });
    res
      .status(created ? 201 : 200)
      .location(hookUrl(ctx, hook))
      .json({ ...presentHook(hook, warnings), ...(newSecret ? { secret: newSecret } : {}) });
  }

  router.post("/hooks", mayWrite, body, (req, res) => answerSubscribe(req, res));
  // Power Automate describes one notification schema a path, so each event type has a path to subscribe at.
  router.post("/hooks/:type", mayWrite, body, (req, res) => answerSubscribe(req, res, String(req.params.type)));

  router.get("/hooks", mayRead, async (req, res) => {
    refuseUnknownParameters(req.query, ["limit", "cursor"]);
    const page = readPage(req.query);
    const mine = visibleTo(companyCaller(res));
    const cursor =
      page.after === undefined
        ? undefined
        : await hooks(ctx.db)
            .findOne({ _id: page.after, ...mine })
            .select({ createdAt: 1 })
            .lean();
    if (page.after !== undefined && !cursor)
      throw invalid([{ field: "cursor", message: "is not a cursor of this list; use the value of `next` as it came" }]);
    const older = cursor
      ? { $or: [{ createdAt: { $lt: cursor.createdAt } }, { createdAt: cursor.createdAt, _id: { $lt: cursor._id } }] }
      : {};
    const found = await hooks(ctx.db)
      .find({ ...mine, status: { $ne: "removed" }, ...older })
      .sort({ createdAt: -1, _id: -1 })
      .limit(page.limit + 1)
      .lean();
    res.json(presentPage(found, page, (hook) => presentHook(hook)));
  });

  router.get("/hooks/:id", mayRead, async (req, res) => {
    res.json(presentHook(await ownHook(req, res)));
  });

  router.patch("/hooks/:id", mayWrite, body, async (req, res) => {
    const hook = await ownHook(req, res, "write");
    const caller = companyCaller(res);
    const { hook: changed, warnings } = await changeHook(
      ctx,
      productOf(caller),
      hook,
      parseHookChanges(req.body),
      caller.user ?? caller.id,
    );
    await audit(caller, "hook.changed", changed, { fields: Object.keys(req.body) });
    res.json(presentHook(changed, warnings));
  });

  router.delete("/hooks/:id", mayWrite, async (req, res) => {
    const caller = companyCaller(res);
    const hook = await hooks(ctx.db)
      .findOne({ _id: String(req.params.id), ...visibleTo(caller) })
      .lean();
    if (!hook) throw notFound(`Webhook "${req.params.id}"`);
    await refuseOthersHooks(ctx, caller, hook);
    await unsubscribe(ctx, { company: caller.company, hook: hook._id, reason: "The webhook was deleted." });
    if (hook.status !== "removed") {
      await audit(caller, "hook.removed", hook);
      // The platform that unsubscribes knows; whoever else removes its hook leaves it believing that events will come.
      if (!hook.install || hook.install !== caller.install) sayGoodbye(ctx, hook);
    }
    res.json({});
  });

  router.post("/hooks/:id/test", mayWrite, body, async (req, res) => {
    const hook = await ownHook(req, res, "write");
    const { event = hook.events[0] } = parseTest(req.body ?? {});
    if (!event || !hook.events.includes(event))
      throw invalid([{ field: "event", message: `must be one of the webhook's event types: ${hook.events.join(", ")}` }]);
    const eventType = productOf(companyCaller(res)).eventTypes.get(event);
    if (!eventType) throw notFound(`Event type "${event}"`);
    const sent = await testHook(ctx, hook, eventType);
    res
      .status(202)
      .location(`${ctx.config.publicUrl}/v1/deliveries/${sent.delivery}`)
      .json({ delivery_id: sent.delivery, event_id: sent.event, event });
  });

  router.post("/hooks/:id/rotate-secret", mayWrite, body, async (req, res) => {
    const hook = await ownHook(req, res, "write");
    const { secret: chosen } = parseRotation(req.body ?? {});
    const problem = chosen === undefined ? undefined : secretProblem(chosen);
    if (problem) throw invalid([problem]);
    const { hook: rotated, secret } = await rotateSecret(ctx, hook, chosen);
    await audit(companyCaller(res), "hook.secret_rotated", hook);
    res.json({ ...presentHook(rotated), secret });
  });

  router.get("/hooks/:id/deliveries", requireScope("events:read"), async (req, res) => {
    refuseUnknownParameters(req.query, ["status", "event", "since", "until", "q", "limit", "cursor"]);
    const page = readPage(req.query);
    const mine = visibleTo(companyCaller(res));
    // A removed hook keeps its history.
    const hook = await hooks(ctx.db)
      .findOne({ _id: String(req.params.id), ...mine })
      .lean();
    if (!hook) throw notFound(`Webhook "${req.params.id}"`);
    const found = await deliveries(ctx.db)
      .find({ $and: [historyFilter({ ...readHistoryQuery(req.query), hook: hook._id }), page.after ? { _id: { $lt: page.after } } : {}] })
      .sort({ _id: -1 })
      .limit(page.limit + 1)
      .lean();
    res.json(presentPage(found, page, presentDelivery));
  });

  router.post("/hooks/:id/replay", mayWrite, body, async (req, res) => {
    const hook = await ownHook(req, res, "write");
    const { since, until, only, status, event, q } = parseReplay(req.body);
    if (only && (status || event || q))
      throw invalid([{ field: "only", message: "stands without status, event and q; those choose from what was delivered before" }]);
    const from = readTime("since", since) as Date;
    const replay = await startReplay(ctx, hook, {
      since: from,
      until: readTime("until", until),
      only,
      ...(status ? { status } : {}),
      ...(event ? { event } : {}),
      ...(q ? { q } : {}),
    });
    res
      .status(202)
      .location(`${hookUrl(ctx, hook)}/replays/${replay._id}`)
      .json(presentReplay(replay));
  });

  router.get("/hooks/:id/replays/:replay", mayRead, async (req, res) => {
    const { company } = companyCaller(res);
    await ownHook(req, res);
    const replay = await replays(ctx.db)
      .findOne({ _id: String(req.params.replay), hook: String(req.params.id), company })
      .lean();
    if (!replay) throw notFound(`Replay "${req.params.replay}"`);
    res.json(presentReplay(replay));
  });

  return router;

  function productOf({ product: id }: CompanyCaller): Product {
    const product = ctx.catalogue.get(id);
    if (!product) throw new AppError(503, `The product "${id}" is not in this server's catalogue.`);
    return product;
  }

  async function ownHook(req: Request, res: Response, access: "read" | "write" = "read"): Promise<HookRecord> {
    const caller = companyCaller(res);
    const hook = await hooks(ctx.db)
      .findOne({ _id: String(req.params.id), ...visibleTo(caller) })
      .lean();
    if (!hook) throw notFound(`Webhook "${req.params.id}"`);
    if (hook.status === "removed") throw new AppError(404, `Webhook "${hook._id}" is gone. ${hook.reason ?? ""}`.trim());
    if (access === "write") await refuseOthersHooks(ctx, caller, hook);
    return hook;
  }

  async function audit(caller: CompanyCaller, action: string, hook: HookRecord, details: Record<string, unknown> = {}): Promise<void> {
    await recordAudit(ctx, {
      company: caller.company,
      actor: caller.user ?? caller.id,
      action,
      target: hook._id,
      address: caller.address,
      details: { url: new URL(hook.targetUrl).host, ...details },
    });
  }
}

/** An app sees the hooks of its own install; everybody else those of the company. */
export function visibleTo({ company, install }: CompanyCaller): { company: string; install?: string } {
  return install ? { company, install } : { company };
}
