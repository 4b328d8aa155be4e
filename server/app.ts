import express, { type Express, type RequestHandler, Router } from "express";
import helmet from "helmet";
import { accountRoutes } from "./accounts/account-routes.ts";
import { meRoutes } from "./accounts/me-routes.ts";
import type { Context } from "./context.ts";
import { pageRoutes } from "./dashboard/page-routes.tsx";
import { deliveryRoutes } from "./deliveries/delivery-routes.ts";
import { descriptionRoutes } from "./description/description-routes.ts";
import { eventRoutes } from "./events/event-routes.ts";
import { eventTypeRoutes } from "./events/event-type-routes.ts";
import { hookRoutes } from "./hooks/hook-routes.ts";
import { authenticate } from "./http/authenticate.ts";
import { healthRoutes } from "./http/health-routes.ts";
import { renderProblems, unknownRoute } from "./http/problem.ts";
import { metricsRoutes } from "./metrics/metrics-routes.ts";
import { installRoutes } from "./oauth/install-routes.ts";
import { oauthRoutes } from "./oauth/oauth-routes.ts";
import { operatorRoutes } from "./oauth/operator-routes.ts";
import { peopleRoutes } from "./people/people-routes.ts";

/** What a browser needs to be told of JSON: that it is nothing else, and not to keep it. */
const apiHeaders: RequestHandler = (_req, res, next) => {
  res.setHeader("X-Content-Type-Options", "nosniff");
  res.setHeader("Cache-Control", "no-store");
  next();
};

const nothing = ["'none'"];
const pageHeaders = helmet({
  xFrameOptions: { action: "deny" },
  contentSecurityPolicy: { directives: { defaultSrc: nothing, frameAncestors: nothing, baseUri: nothing, formAction: nothing } },
});

/** Mounts the rooms' routers; never listens. A worker has health and metrics alone. */
export function createApp(ctx: Context): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.set("trust proxy", ctx.config.trustedProxies);
  if (ctx.config.role !== "worker") mountApi(app, ctx);
  app.use(pageHeaders);
  app.use(healthRoutes(ctx));
  app.use(metricsRoutes(ctx));
  if (ctx.config.role !== "worker") {
    app.use(startRoute(ctx));
    app.use(descriptionRoutes(ctx));
    app.use(oauthRoutes(ctx));
    app.use(pageRoutes(ctx));
  }
  app.use(unknownRoute);
  app.use(renderProblems(ctx));
  return app;
}

function mountApi(app: Express, ctx: Context): void {
  // The API first and, in it, events first: each router passed over on the way costs every event.
  const v1 = Router();
  v1.use(apiHeaders);
  v1.use(authenticate(ctx));
  v1.use(eventRoutes(ctx));
  v1.use(hookRoutes(ctx));
  v1.use(deliveryRoutes(ctx));
  v1.use(eventTypeRoutes(ctx));
  v1.use(meRoutes(ctx));
  v1.use(accountRoutes(ctx));
  v1.use(peopleRoutes(ctx));
  v1.use(installRoutes(ctx));
  v1.use(operatorRoutes(ctx));
  app.use("/v1", v1);
}

/** `/`: a person is looking for the pages, a program for the API. */
function startRoute({ catalogue, config }: Context): Router {
  return Router().get("/", (req, res) => {
    if (req.accepts(["json", "html"]) === "html") return res.redirect(303, "/settings/webhooks");
    res.json({ name: "Hookline", api: `${config.publicUrl}/v1`, products: [...catalogue.values()].map(({ id, name }) => ({ id, name })) });
  });
}
