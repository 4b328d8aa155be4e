import { type Request, type Response, Router } from "express";
import type { Context } from "../../context.ts";
import { deliveries, deliveryId } from "../../deliveries/delivery.ts";
import { explain } from "../../deliveries/explain.ts";
import { insertDue } from "../../deliveries/recover.ts";
import { AppError } from "../../errors.ts";
import { type EventRecord, parseBody, subjectOf } from "../../events/event.ts";
import { type HookRecord, hooks } from "../../hooks/hook.ts";
import { mayManage, refuseOthersHooks } from "../../hooks/may-manage.ts";
import { hookName } from "../deliveries/delivery-words.ts";
import { hooksById } from "../deliveries/history-data.ts";
import { periods } from "../deliveries/history-filters.ts";
import { auditByViewer } from "../shell/audit-by-viewer.ts";
import { field, formOfViewers, forViewers, send } from "../shell/page.tsx";
import { callerOf, flash, viewAs, viewerOf } from "../shell/viewer.ts";
import { EventPage } from "./event-page.tsx";
import { eventRows, findEvent, latestEvents, latestRefusals } from "./events-data.ts";
import { EventsPage } from "./events-page.tsx";
import { WhyPage } from "./why-page.tsx";

const perPage = 50;
const mostSent = 100;
const mostOthers = 50;
const recentOnes = 25;
const dayMs = 24 * 3_600_000;

/** What was received, where it went, and why it didn't go elsewhere. */
export function eventPages(ctx: Context): Router {
  const router = Router();
  const see = forViewers(ctx);
  const act = formOfViewers(ctx);

  router.get("/settings/events", see, async (req, res) => {
    const viewer = viewerOf(res);
    const { product, company, now } = viewer;
    const wanted = field(req.query, "type");
    const type = product.eventTypes.has(wanted) ? wanted : "";
    const period = periods.find(({ id }) => id === field(req.query, "when")) ?? periods[1];
    const filters = { type, when: period.id, before: field(req.query, "before"), after: field(req.query, "after") };
    const since = new Date(now.getTime() - period.ms);
    const [found, refused] = await Promise.all([
      latestEvents(ctx.db, company._id, type ? [type] : [...product.eventTypes.keys()], {
        since,
        before: filters.before || undefined,
        after: filters.after || undefined,
        limit: perPage,
      }),
      latestRefusals(ctx.db, company._id, since, 20),
    ]);
    send(res, <EventsPage viewer={viewer} data={{ rows: await eventRows(ctx.db, found.events), more: found.more, filters, refused }} />);
  });

  router.get("/settings/events/:event", see, async (req, res) => {
    const event = await ownEvent(req, res, String(req.params.event));
    const sentTo = event.hooks.slice(0, mostSent);
    const ids = sentTo.map((hook) => deliveryId(event._id, hook));
    const all = await ctx.registry.all(event.company);
    const others = all.filter(({ record }) => !event.hooks.includes(record._id)).slice(0, mostOthers);
    const otherIds = others.map(({ record }) => deliveryId(event._id, record._id));
    const [known, found] = await Promise.all([
      hooksById(ctx, event.company, sentTo),
      deliveries(ctx.db)
        .find({ _id: { $in: [...ids, ...otherIds] } })
        .lean(),
    ]);
    const byId = new Map(found.map((delivery) => [delivery._id, delivery]));
    // A webhook that was added later may have got it all the same, by replay.
    const replayed = others.filter(({ record }) => byId.has(deliveryId(event._id, record._id)));
    const sent = [
      ...sentTo.map((hook, i) => ({ hook: known.get(hook), delivery: byId.get(ids[i] ?? ""), id: ids[i] ?? "" })),
      ...replayed.map(({ record }) => ({
        hook: record,
        delivery: byId.get(deliveryId(event._id, record._id)),
        id: deliveryId(event._id, record._id),
      })),
    ];
    const rest = others.filter((other) => !replayed.includes(other)).map(({ record }) => record);
    send(res, <EventPage viewer={viewerOf(res)} data={{ event, subject: subjectIn(event), sent, others: rest }} />);
  });

  router.get("/settings/why", see, async (req, res) => {
    const typed = field(req.query, "id").trim() || field(req.query, "event");
    const companies = viewerOf(res).people.map(({ company }) => company._id);
    const event = typed && typed !== "none" ? await findEvent(ctx.db, companies, typed) : undefined;
    if (event) viewAs(req, res, event.company);
    const hook = await hookNamed(field(req.query, "hook"), companies);
    if (hook && !event) viewAs(req, res, hook.company);
    const viewer = viewerOf(res);
    const same = hook?.company === viewer.company._id ? hook : undefined;
    const types = same ? same.events.filter((type) => viewer.product.eventTypes.has(type)) : [...viewer.product.eventTypes.keys()];
    const [recent, refused, all] = await Promise.all([
      latestEvents(ctx.db, viewer.company._id, types, { limit: recentOnes }),
      latestRefusals(ctx.db, viewer.company._id, new Date(viewer.now.getTime() - 7 * dayMs), 20),
      ctx.registry.all(viewer.company._id),
    ]);
    send(
      res,
      <WhyPage
        viewer={viewer}
        data={{
          choices: all.map(({ record }) => ({ id: record._id, name: hookName(record) })).sort((a, b) => a.name.localeCompare(b.name, "en")),
          hook: same,
          typed,
          event,
          subject: event ? subjectIn(event) : "",
          recent: recent.events.map((one) => ({ id: one._id, type: one.type, subject: subjectIn(one), receivedAt: one.receivedAt })),
          explanation: event && same ? await explain(ctx, event, same) : undefined,
          refused,
          maySend: same !== undefined && mayManage(viewer.user, same),
        }}
      />,
    );
  });

  router.post("/settings/why/send", act, async (req: Request, res: Response) => {
    const event = await ownEvent(req, res, field(req.body, "event"));
    const hook = await hookNamed(field(req.body, "hook"), [event.company]);
    if (!hook || hook.status === "removed" || hook.status === "disabled")
      throw new AppError(409, "This webhook is turned off or gone, so nothing can be sent to it.");
    await refuseOthersHooks(ctx, callerOf(res), hook);
    const { sendable } = await explain(ctx, event, hook);
    if (!sendable) throw new AppError(409, "This event can’t be sent to this webhook: it isn’t one that the webhook asks for.");
    await insertDue(ctx, [{ event, hook: hook._id }], { trigger: "replay" });
    ctx.engine.wake();
    await auditByViewer(ctx, res, "hook.event_sent", hook._id, { event: event._id });
    flash(req, "Queued. This page will show the answer.");
    res.redirect(303, `/settings/deliveries/${deliveryId(event._id, hook._id)}`);
  });

  return router;

  async function ownEvent(req: Request, res: Response, id: string): Promise<EventRecord> {
    const companies = viewerOf(res).people.map(({ company }) => company._id);
    const event = await findEvent(ctx.db, companies, id);
    if (!event) throw new AppError(404, "There is no such event, or it is past its retention of 30 days.");
    viewAs(req, res, event.company);
    return event;
  }

  async function hookNamed(id: string, companies: string[]): Promise<HookRecord | undefined> {
    if (!id) return undefined;
    return (
      (await hooks(ctx.db)
        .findOne({ _id: id, company: { $in: companies } })
        .lean()) ?? undefined
    );
  }
}

function subjectIn(event: EventRecord): string {
  const { subject, recordId } = subjectOf(parseBody(event));
  return subject ?? recordId ?? event.type;
}
