import type { RequestHandler, Response } from "express";
import passport from "passport";
import { Strategy } from "passport-http-bearer";
import { apiKeys, hashKey, type Scope, sameHash } from "../accounts/api-key.ts";
import { keyFinder } from "../accounts/find-key.ts";
import type { Context } from "../context.ts";
import { AppError } from "../errors.ts";
import { findAccessToken } from "../oauth/find-token.ts";

/** Who is calling: a product's backend (no company), the operator (no product), or somebody acting for one company. */
export type Caller = {
  product: string;
  company: string | undefined;
  user: string | undefined;
  install: string | undefined;
  scopes: Scope[];
  /** The key's or the install's. */
  id: string;
  name: string;
  address: string;
};
export type CompanyCaller = Caller & { company: string };

const lastUsedEveryMs = 60_000;

/** Reads the bearer token. A missing or bad one is 401 with WWW-Authenticate, so that platforms know to refresh. */
export function authenticate(ctx: Pick<Context, "db" | "clock" | "log" | "config">): RequestHandler {
  const { db, clock, log, config } = ctx;
  const findKey = keyFinder(db);
  // RFC 9728, 5.1: where a client learns how to get a token.
  const metadata = () => `resource_metadata="${config.publicUrl}/.well-known/oauth-protected-resource"`;

  const bearer = new Strategy((token, done) => {
    const looking = token.startsWith("hl_at_") ? byToken(token) : byKey(token);
    looking.then((found) => done(null, found ?? false), done);
  });
  const guard = new passport.Passport().use(bearer as never);

  return (req, res, next) => {
    // The strategy would also take a token from the query, where logs and histories keep it (RFC 9700, 4.3.2); no body has
    // been read at this point.
    if (!req.headers.authorization || "access_token" in req.query) {
      return next(unauthorized('Send the header "Authorization: Bearer" with an access token or API key.', metadata()));
    }
    const decide = (error: unknown, found: Omit<Caller, "address"> | false | undefined) => {
      if (error) return next(error);
      if (!found)
        return next(unauthorized("The access token or API key is unknown, expired or revoked.", `error="invalid_token", ${metadata()}`));
      res.locals.caller = { ...found, address: req.ip ?? "" } satisfies Caller;
      next();
    };
    guard.authenticate("bearer", { session: false }, decide)(req, res, next);
  };

  async function byToken(token: string): Promise<Omit<Caller, "address"> | undefined> {
    const found = await findAccessToken(ctx, token);
    if (!found) return undefined;
    const { product, company, user, install, scopes } = found;
    return { product, company, user, install, scopes, id: install, name: "App" };
  }

  async function byKey(token: string): Promise<Omit<Caller, "address"> | undefined> {
    const hash = hashKey(token);
    const key = await findKey(hash);
    if (!key || !sameHash(key.hash, hash) || key.revokedAt) return undefined;
    const now = clock.now();
    if (!key.lastUsedAt || now.getTime() - key.lastUsedAt.getTime() > lastUsedEveryMs) {
      apiKeys(db)
        .updateOne({ _id: key._id }, { $set: { lastUsedAt: now } })
        .catch((error) => log.warn({ err: error }, "last use of a key was not noted"));
    }
    return {
      product: key.product,
      company: key.company,
      user: key.user,
      install: undefined,
      scopes: key.scopes,
      id: key._id,
      name: key.name,
    };
  }
}

function unauthorized(detail: string, parameter: string): AppError {
  return new AppError(401, detail, { headers: { "WWW-Authenticate": `Bearer realm="hookline"${parameter ? `, ${parameter}` : ""}` } });
}

/** Lets a caller through who has the scope. Each route names its own. */
export function requireScope(scope: Scope): RequestHandler {
  return (_req, res, next) => {
    const { scopes, company } = caller(res);
    if (scopes.includes(scope)) return next();
    const other = company ? "a company's key or token" : "a product key";
    throw new AppError(403, `This call needs the scope ${scope}; the credential used is ${other} with ${scopes.join(", ")}.`, {
      headers: { "WWW-Authenticate": `Bearer realm="hookline", error="insufficient_scope", scope="${scope}"` },
    });
  };
}

export function caller(res: Response): Caller {
  return res.locals.caller as Caller;
}

/** The caller of a route that works inside one company. */
export function companyCaller(res: Response): CompanyCaller {
  const { company, ...rest } = caller(res);
  if (!company) throw new AppError(403, "This call works inside one company: use a company's key or token, not a product key.");
  return { ...rest, company };
}
