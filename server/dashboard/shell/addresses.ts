import type { Request } from "express";

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
