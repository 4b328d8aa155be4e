import { type Request, type Response, Router } from "express";
import { apiKeys } from "../../accounts/api-key.ts";
import type { Context } from "../../context.ts";
import { deliveries } from "../../deliveries/delivery.ts";
import { hourMs, readHourlyCounts } from "../../deliveries/hourly-counts.ts";
import { countedUpTo } from "../../deliveries/search-history.ts";
import { startReplay } from "../../deliveries/start-replay.ts";
import { AppError, type FieldError } from "../../errors.ts";
import { keptForSeconds } from "../../events/event.ts";
import { changeHook } from "../../hooks/change-hook.ts";
import type { HookRecord } from "../../hooks/hook.ts";
import { mayManage } from "../../hooks/may-manage.ts";
import { rotateSecret } from "../../hooks/rotate-secret.ts";
import { sayGoodbye } from "../../hooks/say-goodbye.ts";
import { secretProblem } from "../../hooks/secret.ts";
import { unsubscribe } from "../../hooks/unsubscribe.ts";
import { historyData } from "../deliveries/history-data.ts";
import { readFilters, timeInZone } from "../deliveries/history-filters.ts";
import { field, formOfViewers, forViewers, send } from "../shell/page.tsx";
import { showOnce, takeShown } from "../shell/shown-once.ts";
import { flash, viewerOf } from "../shell/viewer.ts";
import { DeleteHookPage, DropHeldPage, ReplayPage, RotatePage } from "./confirm-pages.tsx";
import { heldBy, hookRows, howItFails, listData, namesOf } from "./list-data.ts";
import { auditHook, ownHook } from "./own-hook.ts";
import { sendTest } from "./send-test.ts";
import { WebhookPage } from "./webhook-page.tsx";
import { WebhooksPage } from "./webhooks-page.tsx";

/** The list of webhooks, a webhook's page, and everything that can be done with one. */
export function webhookPages(ctx: Context): Router {
  const router = Router();
  const see = forViewers(ctx);
  const act = formOfViewers(ctx);

  router.get("/settings/webhooks", see, async (req, res) => {
    const viewer = viewerOf(res);
    const number = (name: string) => Number.parseInt(field(req.query, name), 10) || 1;
    const q = field(req.query, "q").slice(0, 200);
    const data = await listData(ctx, viewer, { q, teamPage: number("team"), appsPage: number("apps") });
    send(res, <WebhooksPage viewer={viewer} data={data} />);
  });

  router.get("/settings/webhooks/:hook", see, async (req, res) => {
    const hook = await ownHook(ctx, req, res);
    const viewer = viewerOf(res);
    const path = `/settings/webhooks/${hook._id}`;
    const mine = mayManage(viewer.user, hook);
    const days = req.query.chart === "7d" ? 7 : 1;
    const test = field(req.query, "test");
    const [rows, history, failing, createdBy, tested] = await Promise.all([
      hookRows(ctx, hook.company, [hook._id], viewer.now),
      historyData(
        ctx,
        viewer,
        { ...readFilters(req.query), hook: hook._id },
        { path, hook, mayRepeat: mine && hook.status !== "disabled" },
      ),
      hook.failingSince && hook.status === "active" ? howItFails(ctx, hook) : undefined,
      whoMade(hook),
      test ? deliveries(ctx.db).findOne({ _id: test, hook: hook._id }).lean() : undefined,
    ]);
    const [row] = rows;
    if (!row) throw new AppError(404, "There is no such webhook.");
    const from = new Date(Math.floor((viewer.now.getTime() - days * 24 * hourMs + hourMs) / hourMs) * hourMs);
    const hours =
      days === 1
        ? row.hours
        : ((await readHourlyCounts(ctx.db, hook.company, [hook._id], { since: from, now: viewer.now })).get(hook._id) ?? []);
    send(
      res,
      <WebhookPage
        viewer={viewer}
        data={{
          row,
          createdBy,
          failing,
          history,
          chart: { hours, from, days },
          secret: takeShown(ctx, req, hook._id),
          test: tested ?? undefined,
          mayManage: mine && hook.status !== "removed",
        }}
      />,
    );
  });

  router.post("/settings/webhooks/:hook/test", act, async (req: Request, res: Response) => {
    await test(req, res, String(req.params.hook));
  });

  router.post("/settings/test", act, async (req: Request, res: Response) => {
    await test(req, res, field(req.body, "hook"));
  });

  router.post("/settings/webhooks/:hook/pause", act, async (req: Request, res: Response) => {
    const hook = await ownHook(ctx, req, res, "write");
    await change(res, hook, { status: "paused" });
    flash(req, "Paused. What happens meanwhile is held and sent when you resume.");
    res.redirect(303, `/settings/webhooks/${hook._id}`);
  });

  router.post("/settings/webhooks/:hook/resume", act, async (req: Request, res: Response) => {
    const hook = await ownHook(ctx, req, res, "write");
    const wasOff = hook.status === "disabled";
    await change(res, hook, { status: "active" });
    flash(
      req,
      wasOff ? "Turned on. Replay missed events sends what it didn’t get." : "Resumed. What was held is being sent, oldest first.",
    );
    res.redirect(303, `/settings/webhooks/${hook._id}`);
  });

  router.get("/settings/webhooks/:hook/drop", see, async (req, res) => {
    const hook = await ownHook(ctx, req, res, "write");
    send(res, <DropHeldPage viewer={viewerOf(res)} hook={hook} held={await heldBy(ctx, hook._id)} />);
  });

  router.post("/settings/webhooks/:hook/drop", act, async (req: Request, res: Response) => {
    const hook = await ownHook(ctx, req, res, "write");
    await change(res, hook, { status: "active", held: "drop" });
    flash(req, "Resumed. What was held was dropped.");
    res.redirect(303, `/settings/webhooks/${hook._id}`);
  });

  router.get("/settings/webhooks/:hook/delete", see, async (req, res) => {
    const hook = await ownHook(ctx, req, res, "write");
    const [waiting, [row]] = await Promise.all([
      deliveries(ctx.db).countDocuments({ hook: hook._id, open: true }, { limit: countedUpTo + 1 }),
      hookRows(ctx, hook.company, [hook._id], viewerOf(res).now),
    ]);
    send(res, <DeleteHookPage viewer={viewerOf(res)} hook={hook} waiting={waiting} app={row?.app} />);
  });

  router.post("/settings/webhooks/:hook/delete", act, async (req: Request, res: Response) => {
    const hook = await ownHook(ctx, req, res, "write");
    await unsubscribe(ctx, { company: hook.company, hook: hook._id, reason: "The webhook was deleted." });
    await auditHook(ctx, res, "hook.removed", hook);
    sayGoodbye(ctx, hook);
    flash(req, "Webhook deleted. Nothing more is sent to it.");
    res.redirect(303, "/settings/webhooks");
  });

  router.get("/settings/webhooks/:hook/rotate", see, async (req, res) => {
    const hook = await ownHook(ctx, req, res, "write");
    send(res, <RotatePage viewer={viewerOf(res)} hook={hook} problems={[]} secret="" />);
  });

  router.post("/settings/webhooks/:hook/rotate", act, async (req: Request, res: Response) => {
    const hook = await ownHook(ctx, req, res, "write");
    const chosen = field(req.body, "secret").trim();
    const problem = chosen ? secretProblem(chosen) : undefined;
    if (problem || chosen.length > 256) {
      const problems = [problem ?? { field: "secret", message: "has at most 256 characters" }];
      return send(res, <RotatePage viewer={viewerOf(res)} hook={hook} problems={problems} secret={chosen} />, 422);
    }
    const { secret, hook: rotated } = await rotateSecret(ctx, hook, chosen || undefined);
    await auditHook(ctx, res, "hook.secret_rotated", hook);
    if (!chosen) showOnce(ctx, req, hook._id, secret);
    flash(req, rotated.previousSecret ? "Rotated. The old secret signs too for 24 hours." : "Requests are signed from now on.");
    res.redirect(303, `/settings/webhooks/${hook._id}`);
  });

  router.get("/settings/webhooks/:hook/replay", see, async (req, res) => {
    const hook = await ownHook(ctx, req, res, "write");
    const viewer = viewerOf(res);
    const since = localTime(viewer.zone, new Date(Math.max(hook.createdAt.getTime() - 24 * hourMs, viewer.now.getTime() - 24 * hourMs)));
    send(res, <ReplayPage viewer={viewer} hook={hook} problems={[]} since={since} until="" />);
  });

  router.post("/settings/webhooks/:hook/replay", act, async (req: Request, res: Response) => {
    const hook = await ownHook(ctx, req, res, "write");
    const viewer = viewerOf(res);
    const { zone, now } = viewer;
    const [since, until] = [timeInZone(zone, field(req.body, "since")), timeInZone(zone, field(req.body, "until"))];
    const problems: FieldError[] = [];
    if (!since) problems.push({ field: "since", message: "give a date and a time" });
    else if (since > now) problems.push({ field: "since", message: "lies in the future" });
    else if (since.getTime() < now.getTime() - keptForSeconds * 1000)
      problems.push({ field: "since", message: "is longer ago than events are kept" });
    if (since && until && until <= since) problems.push({ field: "until", message: "must be later than From" });
    if (!since || problems.length > 0)
      return send(
        res,
        <ReplayPage viewer={viewer} hook={hook} problems={problems} since={field(req.body, "since")} until={field(req.body, "until")} />,
        422,
      );
    const replay = await startReplay(ctx, hook, { since, until, only: "missing" });
    await auditHook(ctx, res, "hook.replayed", hook, { since: since.toISOString() });
    res.redirect(303, `/settings/batches/${replay.batch}`);
  });

  return router;

  async function test(req: Request, res: Response, id: string): Promise<void> {
    const hook = await ownHook(ctx, req, res, "write", id);
    if (hook.status === "disabled") throw new AppError(409, "This webhook is turned off. Turn it on, then send the test.");
    const delivery = await sendTest(ctx, viewerOf(res).product, hook, field(req.body, "event"));
    if (!delivery) throw new AppError(409, "None of this webhook’s events is in the catalogue any more. Choose others first.");
    res.redirect(303, `/settings/webhooks/${hook._id}?test=${delivery}`);
  }

  async function change(res: Response, hook: HookRecord, changes: { status: "active" | "paused"; held?: "drop" }): Promise<void> {
    const { product, user } = viewerOf(res);
    await changeHook(ctx, product, hook, changes, user._id);
    await auditHook(ctx, res, "hook.changed", hook, changes);
  }

  async function whoMade(hook: HookRecord): Promise<string | undefined> {
    if (hook.createdBy.startsWith("key_")) {
      const key = await apiKeys(ctx.db).findOne({ _id: hook.createdBy, company: hook.company }).select({ name: 1 }).lean();
      return key ? `the API key “${key.name}”` : "an API key";
    }
    return (await namesOf(ctx, [hook.createdBy])).get(hook.createdBy);
  }
}

/** A time as a form's field for local times has it. */
export function localTime(zone: string, at: Date): string {
  const parts = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short" }).format(at);
  return parts.replace(" ", "T");
}
