import { Router } from "express";
import type { Context } from "../../context.ts";
import { AppError } from "../../errors.ts";
import { latestSamples } from "../../events/samples.ts";
import { mayManage } from "../../hooks/may-manage.ts";
import { forViewers, send } from "../shell/page.tsx";
import { viewerOf } from "../shell/viewer.ts";
import { CataloguePage, TypePage } from "./catalogue-pages.tsx";

/** The event catalogue: what there is, and what exactly arrives. */
export function cataloguePages(ctx: Context): Router {
  const router = Router();
  const see = forViewers(ctx);

  router.get("/settings/catalogue", see, (_req, res) => send(res, <CataloguePage viewer={viewerOf(res)} />));

  router.get("/settings/catalogue/:type", see, async (req, res) => {
    const viewer = viewerOf(res);
    const eventType = viewer.product.eventTypes.get(String(req.params.type));
    if (!eventType) throw new AppError(404, `${viewer.product.name} has no event type of this name.`);
    const [{ bodies, source }, all] = await Promise.all([
      latestSamples(ctx.db, viewer.company._id, eventType, null, 1),
      ctx.registry.all(viewer.company._id),
    ]);
    const receivers = all
      .map(({ record }) => record)
      .filter((hook) => hook.events.includes(eventType.type) && hook.status !== "disabled" && mayManage(viewer.user, hook))
      .slice(0, 20);
    send(res, <TypePage viewer={viewer} data={{ eventType, sample: bodies[0] ?? {}, source, receivers }} />);
  });

  return router;
}
