import { hkdfSync, randomBytes, timingSafeEqual } from "node:crypto";
import MongoStore from "connect-mongo";
import type { Request, RequestHandler, Response } from "express";
import session from "express-session";
import { type UserRecord, users } from "../accounts/user.ts";
import type { Context } from "../context.ts";
import { AppError } from "../errors.ts";
import type { AuthorizationRequest } from "../oauth/authorization-request.ts";
import { secretKeyOf } from "../secret-key.ts";

declare module "express-session" {
  interface SessionData {
    /** Who is signed in; several where one person belongs to several companies. `epoch` must still be the person's. */
    people: { id: string; epoch: number }[];
    csrf: string;
    /** The person among them whose company they look at. */
    current: string;
    /** Id of the operator's key that opened the operator's pages. */
    operator: string;
    /** Opened inside the product's own pages. */
    embedded: boolean;
    /** What the next page says. */
    flash: { kind: "ok" | "bad" | "wait"; text: string };
    /** Shown once on the next page of its owner; sealed, like everything secret that is stored. */
    secret: { owner: string; sealed: string };
    authorizations: Record<string, AuthorizationRequest>;
  }
}

const lastsMs = 14 * 24 * 3_600_000;
const operatorLastsMs = 12 * 3_600_000;
/** Until somebody has signed in: visitors and crawlers shall not fill the store. */
const lastsBeforeSignInMs = 3_600_000;

/** Sessions in the store, behind a cookie that scripts can't read and other sites' forms don't send. */
export function sessions({ config, db }: Pick<Context, "config" | "db">): RequestHandler {
  const secure = config.publicUrl.startsWith("https:");
  return session({
    name: "hookline",
    secret: Buffer.from(hkdfSync("sha256", secretKeyOf(config), "hookline", "session cookies", 32)).toString("base64url"),
    resave: false,
    saveUninitialized: false,
    // Behind a proxy that ends TLS, X-Forwarded-Proto tells that the way to the browser was secure.
    ...(secure ? { proxy: true } : {}),
    cookie: { httpOnly: true, sameSite: "lax", secure, maxAge: lastsBeforeSignInMs, path: "/" },
    store: MongoStore.create({ client: db.getClient() as never, dbName: db.name, collectionName: "sessions", ttl: lastsMs / 1000 }),
  });
}

/** The people signed in, looked up anew: who was removed or signed out everywhere is not among them. */
export async function signedIn(
  { db }: Pick<Context, "db">,
  req: { session: { people?: Request["session"]["people"] | undefined } },
): Promise<UserRecord[]> {
  const people = req.session.people ?? [];
  if (people.length === 0) return [];
  const found = await users(db)
    .find({ _id: { $in: people.map(({ id }) => id) } })
    .lean();
  return found.filter((user) => people.some(({ id, epoch }) => id === user._id && epoch === (user.epoch ?? 0)));
}

/**
 * A new session id, so that one planted before the sign-in is worth nothing; requests under way to authorize stay.
 * `embedded` where it begins in a frame of the product's pages: its cookie is kept apart for that product's site (CHIPS)
 * and sent in the frame, which needs HTTPS; the cookie of the person's other windows stays as it is.
 */
export async function startSession(req: Request, people: UserRecord[], { embedded = false } = {}): Promise<void> {
  const { authorizations } = req.session;
  await new Promise<void>((done, failed) => req.session.regenerate((error) => (error ? failed(error) : done())));
  if (authorizations) req.session.authorizations = authorizations;
  req.session.cookie.maxAge = lastsMs;
  if (embedded) req.session.embedded = true;
  if (embedded && req.session.cookie.secure) Object.assign(req.session.cookie, { sameSite: "none", partitioned: true });
  req.session.people = people.map(({ _id, epoch }) => ({ id: _id, epoch: epoch ?? 0 }));
}

/** Opens the operator's pages in this session, under a new id; who is signed in stays. */
export async function startOperator(req: Request, key: string): Promise<void> {
  const { people, current } = req.session;
  await new Promise<void>((done, failed) => req.session.regenerate((error) => (error ? failed(error) : done())));
  if (people) req.session.people = people;
  if (current) req.session.current = current;
  req.session.cookie.maxAge = operatorLastsMs;
  req.session.operator = key;
}

export async function endSession(req: Request, res: Response): Promise<void> {
  await new Promise<void>((done, failed) => req.session.destroy((error) => (error ? failed(error) : done())));
  res.clearCookie("hookline", { path: "/" });
}

/** The token that every form of this session carries. */
export function csrfToken(req: Request): string {
  req.session.csrf ??= randomBytes(24).toString("base64url");
  return req.session.csrf;
}

/** Whether a form carries this session's token. */
export function csrfHolds(req: Request): boolean {
  const expected = Buffer.from(req.session.csrf ?? "");
  const given = Buffer.from(typeof req.body?.csrf === "string" ? req.body.csrf : "");
  return expected.length > 0 && expected.length === given.length && timingSafeEqual(expected, given);
}

/** Refuses a form that doesn't come from a page of this session. */
export const requireCsrf: RequestHandler = (req, _res, next) => {
  if (csrfHolds(req)) return next();
  throw new AppError(
    403,
    "This form is no longer valid, perhaps because you signed in or out in another tab. Go back, reload the page and try again.",
  );
};
