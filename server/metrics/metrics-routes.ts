import { timingSafeEqual } from "node:crypto";
import { Router } from "express";
import { hashKey } from "../accounts/api-key.ts";
import type { Context } from "../context.ts";
import { earliestDue } from "../deliveries/backlog.ts";
import { AppError } from "../errors.ts";

/** `/metrics` for Prometheus. Production asks for METRICS_TOKEN as a bearer token; without one set it stays shut. */
export function metricsRoutes({ config, engine, db, clock }: Context): Router {
  const router = Router();

  router.get("/metrics", async (req, res) => {
    refuseStrangers(req.get("authorization"));
    const { metrics, state } = engine;
    metrics.underWay.set(state.under_way);
    metrics.waiting.set(state.waiting);
    metrics.lanes.set(state.lanes);
    metrics.workers.set(state.workers);
    const earliest = await earliestDue(db);
    metrics.oldestDueSeconds.set(earliest ? Math.max(0, (clock.now().getTime() - earliest.getTime()) / 1000) : 0);
    res.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });

  return router;

  function refuseStrangers(authorization: string | undefined): void {
    if (!config.metricsToken) {
      if (config.production) throw new AppError(403, "Metrics are shut: set METRICS_TOKEN and send it as a bearer token.");
      return;
    }
    const given = Buffer.from(hashKey(authorization?.replace(/^Bearer /i, "") ?? ""));
    if (!timingSafeEqual(given, Buffer.from(hashKey(config.metricsToken)))) {
      throw new AppError(401, "Send METRICS_TOKEN as a bearer token.", { headers: { "WWW-Authenticate": 'Bearer realm="hookline"' } });
    }
  }
}
