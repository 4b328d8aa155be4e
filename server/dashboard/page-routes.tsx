import { fileURLToPath } from "node:url";
import express, { type ErrorRequestHandler, Router } from "express";
import type { Context } from "../context.ts";
import { AppError } from "../errors.ts";
import { AuthorizationError, redirectWith } from "../oauth/authorization-request.ts";
import { sessions } from "../people/session.ts";
import { appRoutes } from "./app-routes.tsx";
import { authorizeRoutes } from "./authorize-routes.tsx";
import { linkRoutes } from "./link-routes.tsx";
import { MessagePage } from "./message-page.tsx";
import { pagePolicy, send } from "./page.tsx";
import { signInRoutes } from "./sign-in-routes.tsx";

const assets = fileURLToPath(new URL("../../../server/dashboard/assets", import.meta.url));
const pages = ["/sign-in", "/sign-out", "/oauth/authorize", "/links/:token", "/settings/apps", "/settings/apps/:install/disconnect"];

/** The pages people use: sign-in, consent, one-time links, connected apps. Forms and links only, no script. */
export function pageRoutes(ctx: Context): Router {
  const router = Router();
  router.use("/assets", express.static(assets, { maxAge: "1h", index: false }));

  // Browsers ask for it on every page; there is none.
  router.get("/favicon.ico", (_req, res) => void res.status(204).end());

  // Only the pages have sessions: the API never sees a cookie.
  router.use(pages, sessions(ctx), (_req, res, next) => {
    res.set({ "Content-Security-Policy": pagePolicy(), "Cache-Control": "no-store", "Referrer-Policy": "no-referrer" });
    next();
  });
  router.use(signInRoutes(ctx));
  router.use(authorizeRoutes(ctx));
  router.use(linkRoutes(ctx));
  router.use(appRoutes(ctx));
  router.use(pages, renderPageErrors(ctx));
  return router;
}

/** Errors of pages are pages; what an app should know goes back to it instead (RFC 6749, 4.1.2.1). */
function renderPageErrors({ config }: Pick<Context, "config">): ErrorRequestHandler {
  return (error, _req, res, next) => {
    if (error instanceof AuthorizationError) {
      const { redirectUri, state } = error;
      return res.redirect(
        303,
        redirectWith(redirectUri, config.publicUrl, { error: error.error, error_description: error.message, state }),
      );
    }
    if (!(error instanceof AppError)) return next(error);
    res.status(error.status).set(error.headers);
    send(res, <MessagePage title={error.status === 404 ? "Not found" : "That didn't work"} message={error.message} />);
  };
}
