import type { RequestHandler, Response } from "express";
import type { Context } from "../../context.ts";

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
