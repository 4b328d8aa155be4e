import { type Request, type Response, Router } from "express";
import type { Context } from "../../context.ts";
import { type DeliveryRecord, deliveries } from "../../deliveries/delivery.ts";
import { countRepeatable, progressOf, repeatMatching } from "../../deliveries/repeat-matching.ts";
import { replays } from "../../deliveries/replay.ts";
import { retryDelivery } from "../../deliveries/retry-delivery.ts";
import { positionIn, searchHistory } from "../../deliveries/search-history.ts";
import { AppError } from "../../errors.ts";
import { events } from "../../events/event.ts";
import { type HookRecord, hooks } from "../../hooks/hook.ts";
import { mayManage, refuseOthersHooks } from "../../hooks/may-manage.ts";
import { auditByViewer } from "../shell/audit-by-viewer.ts";
import { PageTitle, Settings } from "../shell/layout.tsx";
import { formOfViewers, forViewers, send } from "../shell/page.tsx";
import { callerOf, flash, viewAs, viewerOf } from "../shell/viewer.ts";
import { csvLine } from "./csv.ts";
import { DeliveryList } from "./delivery-list.tsx";
import { DeliveryPage } from "./delivery-page.tsx";
import { outcomeOf, stateOf } from "./delivery-words.ts";
import { historyData, hooksById } from "./history-data.ts";
import { queryOf, readFilters, searchOf } from "./history-filters.ts";
import { LiveSwitch } from "./live-switch.tsx";
import { BatchPage, RepeatPage } from "./repeat-pages.tsx";

const rowsOfCsv = 10_000;
const rowsAtOnce = 500;

/** The history, a delivery's story, and sending again: one, or everything that matches. */
export function deliveryPages(ctx: Context): Router {
  const router = Router();
  const see = forViewers(ctx);
  const act = formOfViewers(ctx);

  router.get("/settings/deliveries", see, async (req, res) => {
    const viewer = viewerOf(res);
    const data = await historyData(ctx, viewer, readFilters(req.query), { path: "/settings/deliveries", mayRepeat: viewer.admin });
    send(
      res,
      <Settings viewer={viewer} title="Deliveries" section="deliveries">
        <PageTitle title="Deliveries" lead="Every event we sent, or held, or gave up on. Kept for 30 days.">
          <LiveSwitch />
        </PageTitle>
        <DeliveryList data={data} />
      </Settings>,
    );
  });

  router.get("/settings/deliveries.csv", see, async (req, res) => {
    const viewer = viewerOf(res);
    const search = searchOf(readFilters(req.query), viewer);
    res.type("text/csv").set("Content-Disposition", 'attachment; filename="deliveries.csv"');
    res.write(
      csvLine(["delivery", "event", "event_type", "record_id", "record", "webhook", "status", "attempts", "last_answer", "event_time"]),
    );
    let before: string | undefined;
    for (let sent = 0; sent < rowsOfCsv; sent += rowsAtOnce) {
      const found = await searchHistory(ctx.db, search, { limit: rowsAtOnce, before });
      const known = await hooksById(
        ctx,
        viewer.company._id,
        found.deliveries.map(({ hook }) => hook),
      );
      for (const row of found.deliveries) {
        const last = row.attempts.at(-1);
        const answer = last ? outcomeOf(last) : row.reason;
        const hook = known.get(row.hook)?.name ?? row.hook;
        const { _id, eventId, type, recordId, subject, attempts, createdAt } = row;
        res.write(
          csvLine([_id, eventId, type, recordId, subject, hook, stateOf(row).word, attempts.length, answer, createdAt.toISOString()]),
        );
      }
      before = found.deliveries.at(-1)?._id;
      if (!found.more || !before) break;
    }
    res.end();
  });

  router.get("/settings/deliveries/:id", see, async (req, res) => {
    const { delivery, hook } = await ownDelivery(req, res);
    const viewer = viewerOf(res);
    const filters = readFilters(req.query);
    const search = searchOf({ ...filters, before: "", after: "" }, viewer);
    const [event, older, newer, position] = await Promise.all([
      events(ctx.db).findById(delivery.event).lean(),
      searchHistory(ctx.db, search, { limit: 1, before: delivery._id }),
      searchHistory(ctx.db, search, { limit: 1, after: delivery._id }),
      positionIn(ctx.db, search, delivery._id),
    ]);
    const asked = Number(req.query.attempt);
    const count = delivery.attempts.length;
    const chosen = Number.isInteger(asked) && asked >= 1 && asked <= count ? asked : count || undefined;
    send(
      res,
      <DeliveryPage
        viewer={viewer}
        data={{
          delivery,
          event: event ?? undefined,
          hook,
          chosen,
          query: queryOf(filters, { before: "", after: "" }),
          older: older.deliveries[0]?._id,
          newer: newer.deliveries[0]?._id,
          position,
          mayRetry: hook !== undefined && ["active", "paused"].includes(hook.status) && mayManage(viewer.user, hook),
        }}
      />,
    );
  });

  router.post("/settings/deliveries/:id/retry", act, async (req: Request, res: Response) => {
    const { delivery, hook } = await ownDelivery(req, res);
    if (hook) await refuseOthersHooks(ctx, callerOf(res), hook);
    await retryDelivery(ctx, delivery.company, delivery._id);
    flash(req, "Queued. This page will show the answer.", "ok");
    res.redirect(303, `/settings/deliveries/${delivery._id}${queryOf(readFilters(req.query), { before: "", after: "" })}`);
  });

  router.get("/settings/repeat", see, async (req, res) => {
    const filters = readFilters(req.query);
    await refuseOthers(res, filters.hook);
    send(
      res,
      <RepeatPage viewer={viewerOf(res)} filters={filters} repeatable={await countRepeatable(ctx, searchOf(filters, viewerOf(res)))} />,
    );
  });

  router.post("/settings/repeat", act, async (req: Request, res: Response) => {
    const filters = readFilters(req.query);
    await refuseOthers(res, filters.hook);
    const viewer = viewerOf(res);
    const batch = await repeatMatching(ctx, searchOf(filters, viewer));
    await auditByViewer(ctx, res, "deliveries.repeated", batch, { view: filters.view, ...(filters.hook ? { hook: filters.hook } : {}) });
    res.redirect(303, `/settings/batches/${batch}`);
  });

  router.get("/settings/batches/:batch", see, async (req, res) => {
    const batch = String(req.params.batch);
    const companies = viewerOf(res).people.map(({ company }) => company._id);
    const part = await replays(ctx.db)
      .findOne({ company: { $in: companies }, batch })
      .select({ company: 1 })
      .lean();
    const progress = part && (await progressOf(ctx, part.company, batch));
    if (!part || !progress) throw new AppError(404, "Nothing was sent under this address, or it is too long ago.");
    const viewer = viewAs(req, res, part.company);
    send(res, <BatchPage viewer={viewer} progress={progress} hooks={[...(await hooksById(ctx, part.company, progress.hooks)).values()]} />);
  });

  return router;

  /** A delivery of any of the person's companies. */
  async function ownDelivery(req: Request, res: Response): Promise<{ delivery: DeliveryRecord; hook: HookRecord | undefined }> {
    const companies = viewerOf(res).people.map(({ company }) => company._id);
    const delivery = await deliveries(ctx.db)
      .findOne({ _id: String(req.params.id), company: { $in: companies } })
      .lean();
    if (!delivery) throw new AppError(404, "There is no such delivery, or it is past its retention of 30 days.");
    viewAs(req, res, delivery.company);
    return { delivery, hook: (await hooks(ctx.db).findById(delivery.hook).lean()) ?? undefined };
  }

  /** Everything of a company is for its admins; of one webhook, also for who made it. */
  async function refuseOthers(res: Response, id: string): Promise<void> {
    const viewer = viewerOf(res);
    if (!id && viewer.admin) return;
    const hook = id ? await hooks(ctx.db).findOne({ _id: id, company: viewer.company._id }).lean() : undefined;
    if (id && !hook) throw new AppError(404, "There is no such webhook.");
    if (!hook) throw new AppError(403, "Only admins retry deliveries of all webhooks. Choose one of yours in the filter.");
    await refuseOthersHooks(ctx, callerOf(res), hook);
  }
}
