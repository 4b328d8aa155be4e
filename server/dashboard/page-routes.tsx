import { fileURLToPath } from "node:url";
import express, { type ErrorRequestHandler, Router } from "express";
import type { Context } from "../context.ts";
import { AppError } from "../errors.ts";
import { AuthorizationError, redirectWith } from "../oauth/authorization-request.ts";
import { sessions } from "../people/session.ts";
import { accountPages } from "./account/account-routes.tsx";
import { appPages } from "./account/app-routes.tsx";
import { deliveryPages } from "./deliveries/delivery-routes.tsx";
import { cataloguePages } from "./events/catalogue-routes.tsx";
import { eventPages } from "./events/event-routes.tsx";
import { operatorPages } from "./operator/operator-routes.tsx";
import { brandCss } from "./shell/brand-css.ts";
import { liveRoutes } from "./shell/live-routes.ts";
import { framing, home, pagePolicy, send } from "./shell/page.tsx";
import { preferenceRoutes } from "./shell/preference-routes.tsx";
import { authorizeRoutes } from "./sign-in/authorize-routes.tsx";
import { linkRoutes } from "./sign-in/link-routes.tsx";
import { MessagePage } from "./sign-in/message-page.tsx";
import { signInRoutes } from "./sign-in/sign-in-routes.tsx";
import { webhookFormPages } from "./webhooks/form-routes.tsx";
import { webhookPages } from "./webhooks/webhook-routes.tsx";

const assets = fileURLToPath(new URL("../../../server/dashboard/assets", import.meta.url));
const pages = ["/sign-in", "/sign-out", "/oauth/authorize", "/links", "/settings", "/operator"];

/** The pages people use. Forms and links do the work; Settings has a script that makes it live. */
export function pageRoutes(ctx: Context): Router {
  const router = Router();
  router.get("/assets/brand/:product.css", (req, res, next) => {
    const product = ctx.catalogue.get(String(req.params.product));
    if (!product?.brand) return next();
    res.type("css").set("Cache-Control", "public, max-age=3600").send(brandCss(product));
  });
  router.use("/assets", express.static(assets, { maxAge: "1h", index: false }));

  // Browsers ask for it on every page; there is none.
  router.get("/favicon.ico", (_req, res) => void res.status(204).end());

  // Only the pages have sessions: the API never sees a cookie.
  router.use(pages, sessions(ctx), (_req, res, next) => {
    res.set({ "Content-Security-Policy": pagePolicy(), "Cache-Control": "no-store", "Referrer-Policy": "no-referrer" });
    next();
  });
  router.use("/settings", framing(ctx));
  router.get("/settings", (_req, res) => res.redirect(303, home));
  router.use(signInRoutes(ctx));
  router.use(authorizeRoutes(ctx));
  router.use(linkRoutes(ctx));
  router.use(liveRoutes(ctx));
  router.use(preferenceRoutes(ctx));
  router.use(webhookFormPages(ctx));
  router.use(webhookPages(ctx));
  router.use(deliveryPages(ctx));
  router.use(eventPages(ctx));
  router.use(cataloguePages(ctx));
  router.use(appPages(ctx));
  router.use(accountPages(ctx));
  router.use(operatorPages(ctx));
  router.use(pages, renderPageErrors(ctx));
  return router;
}

/** Errors of pages are pages; what an app should know goes back to it instead (RFC 6749, 4.1.2.1). */
function renderPageErrors({ config }: Pick<Context, "config">): ErrorRequestHandler {
  return (error, req, res, next) => {
    if (error instanceof AuthorizationError) {
      const { redirectUri, state } = error;
      return res.redirect(
        303,
        redirectWith(redirectUri, config.publicUrl, { error: error.error, error_description: error.message, state }),
      );
    }
    if (!(error instanceof AppError)) return next(error);
    res.set(error.headers);
    const next_ = req.originalUrl.startsWith("/settings") ? { href: home, label: "Back to Webhooks" } : undefined;
    send(
      res,
      <MessagePage
        title={error.status === 404 ? "Not found" : error.status === 403 ? "Not allowed" : "That didn't work"}
        message={error.message}
        {...(next_ ? { next: next_ } : {})}
      />,
      error.status,
    );
  };
}
