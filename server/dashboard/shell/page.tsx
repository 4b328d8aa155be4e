import express, { type Request, type RequestHandler, type Response } from "express";
import type { Context } from "../../context.ts";
import { AppError } from "../../errors.ts";
import { requireCsrf } from "../../people/session.ts";
import { MessagePage } from "../sign-in/message-page.tsx";
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
  return [form, requireCsrf, forViewers(ctx)];
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

/** `form-action` covers the redirect after a form too, so the consent page has to name where it may lead. */
export function pagePolicy(redirectOrigin = ""): string {
  return `default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' ${redirectOrigin}`.trim();
}

/** Settings have a script, ask the server for news, and may stand in the product's own pages where the operator says so. */
export function settingsPolicy(embedOrigins: readonly string[]): string {
  const ancestors = embedOrigins.length > 0 ? embedOrigins.join(" ") : "'none'";
  return `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors ${ancestors}; form-action 'self'`;
}

/** Settings may stand in frames of the operator's choosing; everything else in none. */
export function framing({ config }: Pick<Context, "config">): RequestHandler {
  return (_req, res, next) => {
    res.set("Content-Security-Policy", settingsPolicy(config.embedOrigins));
    // The older header knows no list of origins, and browsers that know the policy go by that.
    if (config.embedOrigins.length > 0) res.removeHeader("X-Frame-Options");
    res.set("Referrer-Policy", "same-origin");
    next();
  };
}

/** Takes that back for a page that asks for a password. */
export function unframed(res: Response): void {
  res.set({ "Content-Security-Policy": pagePolicy(), "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer" });
}

export const home = "/settings/webhooks";

/** An address of this site; anything else (other hosts, `//host`, backslashes, other schemes) becomes the start page. */
export function sameSite(value: unknown, otherwise: string = home): string {
  if (typeof value !== "string" || !/^\/(?![/\\])[\x21-\x7e]*$/.test(value) || value.includes("\\")) return otherwise;
  const here = "https://here.invalid";
  const url = URL.canParse(value, here) ? new URL(value, here) : undefined;
  return url?.origin === here ? url.pathname + url.search : otherwise;
}

/** The page's address with some of its parameters changed; an empty one is left out. */
export function withQuery(req: Pick<Request, "originalUrl">, changes: Record<string, string | undefined>): string {
  const url = new URL(req.originalUrl, "https://here.invalid");
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined || value === "") url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  return url.pathname + url.search;
}
