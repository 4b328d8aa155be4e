import { fileURLToPath } from "node:url";
import express, { type ErrorRequestHandler, Router } from "express";
import type { Context } from "../context.ts";
import { AppError } from "../errors.ts";
import { AuthorizationError, redirectWith } from "../oauth/authorization-request.ts";
import { sessions } from "../people/session.ts";
import { appPages } from "./account/app-routes.tsx";
import { auditPages } from "./account/audit-routes.tsx";
import { keyPages } from "./account/key-routes.tsx";
import { peoplePages } from "./account/people-routes.tsx";
import { deliveryPages } from "./deliveries/delivery-routes.tsx";
import { cataloguePages } from "./events/catalogue-routes.tsx";
import { eventPages } from "./events/event-routes.tsx";
import { operatorPages } from "./operator/operator-routes.tsx";
import { home } from "./shell/addresses.ts";
import { brandCss } from "./shell/brand-css.ts";
import { liveRoutes } from "./shell/live-routes.ts";
import { send } from "./shell/page.tsx";
import { framing, pagePolicy } from "./shell/policy.ts";
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
  router.use(keyPages(ctx));
  router.use(peoplePages(ctx));
  router.use(auditPages(ctx));
  router.use(operatorPages(ctx));
  router.use(["/settings", "/operator"], () => {
    throw new AppError(404, "There is no such page.");
  });
  router.use(pages, renderPageErrors(ctx));
  return router;
}

/** Errors of pages are pages; what an app should know goes back to it instead (RFC 6749, 4.1.2.1). */
function renderPageErrors({ config, log }: Pick<Context, "config" | "log">): ErrorRequestHandler {
  return (error, req, res, next) => {
    if (res.headersSent) return next(error);
    if (error instanceof AuthorizationError) {
      const { redirectUri, state } = error;
      return res.redirect(
        303,
        redirectWith(redirectUri, config.publicUrl, { error: error.error, error_description: error.message, state }),
      );
    }
    const { status, message, headers } = asPageError(error) ?? { ...internal, headers: {} };
    if (status === 500) log.error({ err: error, method: req.method, path: req.path }, "a page failed");
    res.set(headers);
    const back = req.originalUrl.startsWith("/settings") ? { next: { href: home, label: "Back to Webhooks" } } : {};
    send(res, <MessagePage title={titles[status] ?? "That didn't work"} message={message} {...back} />, status);
  };
}

const titles: Record<number, string> = { 403: "Not allowed", 404: "Not found", 500: "Something went wrong" };
const internal = { status: 500, message: "Something went wrong here; it has been logged. Try again in a moment." };

function asPageError(error: unknown): AppError | undefined {
  if (error instanceof AppError) return error;
  const { type, status, message } = error as { type?: string; status?: number; message?: string };
  if (type === "entity.too.large") return new AppError(413, "The form holds more than we take. Make a text in it shorter.");
  return status !== undefined && status >= 400 && status < 500 ? new AppError(status, message ?? "The form can't be read.") : undefined;
}
