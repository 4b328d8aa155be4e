import express, { type RequestHandler, type Response } from "express";
import { AppError } from "../../errors.ts";
import { requireCsrf } from "../../people/session.ts";
import { keepLateForm } from "../sign-in/kept-form.tsx";
import { MessagePage } from "../sign-in/message-page.tsx";
import { home } from "./addresses.ts";
import { renderPage } from "./layout.tsx";
import { findViewer, isFragment, type ViewingParts } from "./viewer.ts";

/** What the routes of pages share: reading a form, sending a page, where a page may lead. */
export const form = express.urlencoded({ extended: false, limit: "256kb", parameterLimit: 2_000 });

export function send(res: Response, page: Parameters<typeof renderPage>[0], status?: number): void {
  if (status !== undefined) res.status(status);
  res.type("html").send(renderPage(page));
}

/** A page of Settings: only for who is signed in, others sign in first and come back. */
export function forViewers(ctx: ViewingParts): RequestHandler {
  return async (req, res, next) => {
    const viewer = await findViewer(ctx, req);
    if (viewer) {
      res.locals.viewer = viewer;
      return next();
    }
    if (isFragment(req)) throw new AppError(401, "Sign in again.");
    // Signing in can't be done in a frame; whoever embeds the pages makes a new link.
    if (req.get("sec-fetch-dest") === "iframe")
      return send(
        res,
        <MessagePage title="Open this again" message="Your session in this frame has ended. Reload the page around it." />,
        401,
      );
    const back = req.method === "GET" ? req.originalUrl : home;
    res.redirect(303, `/sign-in?return_to=${encodeURIComponent(back)}`);
  };
}

/** What a form of Settings goes through: read, from a page of this session, by somebody who is signed in. */
export function formOfViewers(ctx: ViewingParts): RequestHandler[] {
  return [form, keepLateForm(ctx), requireCsrf, forViewers(ctx)];
}

/** One value of a form or query; several of one name, or none, are an empty text. */
export function field(source: unknown, name: string): string {
  const value = (source as Record<string, unknown> | undefined)?.[name];
  return typeof value === "string" ? value : "";
}

/** All values of one name. */
export function fields(source: unknown, name: string): string[] {
  const value = (source as Record<string, unknown> | undefined)?.[name];
  return (Array.isArray(value) ? value : [value]).filter((one): one is string => typeof one === "string");
}

export function spent(res: Response): void {
  send(
    res,
    <MessagePage
      title="This link can't be used"
      message="It was used already, is too old, or is incomplete. Ask for a new one."
      next={{ href: "/sign-in", label: "Sign in" }}
    />,
    404,
  );
}
