import express, { type Response } from "express";
import { renderPage } from "./layout.tsx";
import { MessagePage } from "./message-page.tsx";

/** What the routes of pages share: reading a form, sending a page, where a page may lead. */
export const form = express.urlencoded({ extended: false, limit: "16kb" });

export function send(res: Response, page: Parameters<typeof renderPage>[0]): void {
  res.type("html").send(renderPage(page));
}

export function spent(res: Response): void {
  res.status(404);
  send(
    res,
    <MessagePage
      title="This link can't be used"
      message="It was used already, is too old, or is incomplete. Ask for a new one."
      next={{ href: "/sign-in", label: "Sign in" }}
    />,
  );
}

/** `form-action` covers the redirect after a form too, so the consent page has to name where it may lead. */
export function pagePolicy(redirectOrigin = ""): string {
  return `default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' ${redirectOrigin}`.trim();
}

/** An address of this site; anything else (other hosts, `//host`, backslashes, other schemes) becomes the start page. */
export function sameSite(value: unknown): string {
  const home = "/settings/apps";
  if (typeof value !== "string" || !/^\/(?![/\\])[\x21-\x7e]*$/.test(value) || value.includes("\\")) return home;
  const here = "https://here.invalid";
  const url = URL.canParse(value, here) ? new URL(value, here) : undefined;
  return url?.origin === here ? url.pathname + url.search : home;
}
