import type { Request } from "express";
import type { Context } from "../../context.ts";
import { isFragment } from "./viewer.ts";

type Sealing = Pick<Context, "secretBox">;

/** Keeps a secret for the next page of `owner` (a webhook's id, `key`, `link`, `app`); in the session it is sealed. */
export function showOnce({ secretBox }: Sealing, req: Request, owner: string, secret: string): void {
  req.session.secret = { owner, sealed: secretBox.seal(secret, `shown ${owner}`) };
}

/** What was kept for this page, which is forgotten by that. The script's look at the page doesn't count. */
export function takeShown({ secretBox }: Sealing, req: Request, owner: string): string | undefined {
  const kept = req.session.secret;
  if (!kept || kept.owner !== owner || isFragment(req)) return undefined;
  delete req.session.secret;
  return secretBox.open(kept.sealed, `shown ${owner}`);
}
