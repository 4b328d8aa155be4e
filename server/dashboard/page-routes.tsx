import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import express, { type ErrorRequestHandler, type Response, Router } from "express";
import { companies } from "../accounts/company.ts";
import { hashPassword } from "../accounts/password.ts";
import { type UserRecord, users } from "../accounts/user.ts";
import { recordAudit } from "../audit/audit.ts";
import type { Context } from "../context.ts";
import { AppError } from "../errors.ts";
import { hooks } from "../hooks/hook.ts";
import { apps } from "../oauth/app.ts";
import { AuthorizationError, readAuthorizationRequest, redirectWith } from "../oauth/authorization-request.ts";
import { giveConsent } from "../oauth/give-consent.ts";
import { installs } from "../oauth/install.ts";
import { findApp } from "../oauth/oauth-model.ts";
import { revokeInstall } from "../oauth/revoke-install.ts";
import { findLink, takeLink } from "../people/one-time-link.ts";
import { csrfToken, endSession, requireCsrf, sessions, signedIn, startSession } from "../people/session.ts";
import { signIn } from "../people/sign-in.ts";
import { AppsPage, type InstallRow } from "./apps-page.tsx";
import { type Choice, ConsentPage } from "./consent-page.tsx";
import { renderPage } from "./layout.tsx";
import { MessagePage } from "./message-page.tsx";
import { PasswordPage } from "./password-page.tsx";
import { SignInPage } from "./sign-in-page.tsx";

const assets = fileURLToPath(new URL("../../../server/dashboard/assets", import.meta.url));
const mostAuthorizations = 10;
const authorizationLastsMs = 30 * 60_000;
const shortestPassword = 10;

/** The pages people use: sign-in, consent, one-time links, connected apps. Forms and links only, no script. */
export function pageRoutes(ctx: Context): Router {
  const router = Router();
  router.use("/assets", express.static(assets, { maxAge: "1h", index: false }));

  // Browsers ask for it on every page; there is none.
  router.get("/favicon.ico", (_req, res) => void res.status(204).end());

  // Only the pages have sessions: the API never sees a cookie.
  const session = sessions(ctx);
  const form = express.urlencoded({ extended: false, limit: "16kb" });
  const pages = ["/sign-in", "/sign-out", "/oauth/authorize", "/links/:token", "/settings/apps", "/settings/apps/:install/disconnect"];
  router.use(pages, session, (_req, res, next) => {
    res.set({ "Content-Security-Policy": pagePolicy(), "Cache-Control": "no-store", "Referrer-Policy": "no-referrer" });
    next();
  });

  router.get("/sign-in", (req, res) => {
    send(res, <SignInPage csrf={csrfToken(req)} returnTo={sameSite(req.query.return_to)} />);
  });

  router.post("/sign-in", form, requireCsrf, async (req, res) => {
    const { email, password, return_to } = req.body as Record<string, unknown>;
    const returnTo = sameSite(return_to);
    const show = (problem: string, status: number) => {
      res.status(status);
      send(res, <SignInPage csrf={csrfToken(req)} returnTo={returnTo} email={typeof email === "string" ? email : ""} problem={problem} />);
    };
    if (typeof email !== "string" || typeof password !== "string" || !email || !password) return show("Fill in both fields.", 422);
    try {
      const people = await signIn(ctx, { email, password, address: req.ip ?? "unknown" });
      if (people.length === 0) return show("Email or password is wrong.", 401);
      await startSession(req, people);
      for (const user of people)
        await recordAudit(ctx, { company: user.company, actor: user._id, action: "user.signed_in", target: user._id, address: req.ip });
      res.redirect(303, returnTo);
    } catch (error) {
      if (!(error instanceof AppError) || error.status !== 429) throw error;
      res.set(error.headers);
      show(error.message, 429);
    }
  });

  router.post("/sign-out", form, requireCsrf, async (req, res) => {
    if (req.body.everywhere === "yes") {
      for (const user of await signedIn(ctx, req)) await users(ctx.db).updateOne({ _id: user._id }, { $inc: { epoch: 1 } });
    }
    await endSession(req, res);
    res.redirect(303, "/sign-in");
  });

  // RFC 6749, 4.1.1. The request is checked before anybody is asked to sign in, and kept for the decision.
  router.get("/oauth/authorize", async (req, res) => {
    const { app, request } = await readAuthorizationRequest(ctx, req.query as Record<string, unknown>);
    const people = await signedIn(ctx, req);
    if (people.length === 0) return res.redirect(303, `/sign-in?return_to=${encodeURIComponent(req.originalUrl)}`);
    const choices = await choicesFor(people, app.product);
    if (choices.length === 0)
      throw new AppError(403, `None of your companies can be connected to ${app.name}: it belongs to another product.`);
    const transaction = randomBytes(16).toString("base64url");
    const open = Object.entries(req.session.authorizations ?? {}).slice(1 - mostAuthorizations);
    req.session.authorizations = Object.fromEntries([...open, [transaction, request]]);
    res.set("Content-Security-Policy", pagePolicy(new URL(request.redirectUri).origin));
    send(
      res,
      <ConsentPage
        app={app}
        scopes={request.scopes}
        choices={choices}
        redirectUri={request.redirectUri}
        transaction={transaction}
        csrf={csrfToken(req)}
      />,
    );
  });

  router.post("/oauth/authorize", form, requireCsrf, async (req, res) => {
    const { transaction, decision, user: userId } = req.body as Record<string, unknown>;
    const request = typeof transaction === "string" ? req.session.authorizations?.[transaction] : undefined;
    if (!request || ctx.clock.now().getTime() - request.at > authorizationLastsMs) {
      throw new AppError(400, "This request to connect was already answered or is too old. Start again from the app you came from.");
    }
    delete req.session.authorizations?.[transaction as string];
    const issuer = ctx.config.publicUrl;
    const app = await findApp(ctx, request.app);
    if (!app) throw new AppError(400, "This app may not connect here any more.");
    if (decision !== "allow")
      return res.redirect(
        303,
        redirectWith(request.redirectUri, issuer, {
          error: "access_denied",
          error_description: "The request was declined.",
          state: request.state,
        }),
      );
    const choices = await choicesFor(await signedIn(ctx, req), app.product);
    const chosen = choices.find(({ user }) => user._id === userId);
    if (!chosen) throw new AppError(403, "You are signed in as somebody else by now. Start again from the app you came from.");
    const code = await giveConsent(ctx, app, chosen.user, request);
    await recordAudit(ctx, {
      company: chosen.user.company,
      actor: chosen.user._id,
      action: "install.allowed",
      target: app._id,
      address: req.ip,
      details: { app: app.name, scopes: request.scopes },
    });
    res.redirect(303, redirectWith(request.redirectUri, issuer, { code, state: request.state }));
  });

  router.get("/links/:token", async (req, res) => {
    const token = String(req.params.token);
    const link = await findLink(ctx, token);
    const user = link && (await users(ctx.db).findById(link.user).lean());
    if (!link || !user) return spent(res);
    if (link.purpose !== "portal")
      return send(res, <PasswordPage csrf={csrfToken(req)} token={token} email={user.email} purpose={link.purpose} />);
    if (!(await takeLink(ctx, token))) return spent(res);
    await startSession(req, [user]);
    await recordAudit(ctx, {
      company: user.company,
      actor: user._id,
      action: "user.signed_in",
      target: user._id,
      address: req.ip,
      details: { by: "portal link" },
    });
    res.redirect(303, sameSite(link.returnTo));
  });

  router.post("/links/:token", form, requireCsrf, async (req, res) => {
    const token = String(req.params.token);
    const link = await findLink(ctx, token);
    const user = link && (await users(ctx.db).findById(link.user).lean());
    if (!link || !user || link.purpose === "portal") return spent(res);
    const { password } = req.body as { password?: unknown };
    if (typeof password !== "string" || password.length < shortestPassword || password.length > 200) {
      res.status(422);
      return send(
        res,
        <PasswordPage
          csrf={csrfToken(req)}
          token={token}
          email={user.email}
          purpose={link.purpose}
          problem={`Use 10 to 200 characters.`}
        />,
      );
    }
    if (!(await takeLink(ctx, token))) return spent(res);
    // A new password ends every session the old one opened.
    const changed = await users(ctx.db)
      .findOneAndUpdate(
        { _id: user._id },
        { $set: { passwordHash: await hashPassword(password), updatedAt: ctx.clock.now() }, $inc: { epoch: 1 } },
        { returnDocument: "after" },
      )
      .lean()
      .orFail();
    await recordAudit(ctx, { company: user.company, actor: user._id, action: "user.password_set", target: user._id, address: req.ip });
    await startSession(req, [changed]);
    res.redirect(303, sameSite(link.returnTo));
  });

  router.get("/settings/apps", async (req, res) => {
    const people = await signedIn(ctx, req);
    if (people.length === 0) return res.redirect(303, `/sign-in?return_to=${encodeURIComponent("/settings/apps")}`);
    const done = req.query.disconnected === "1" ? "Disconnected. Its webhooks are gone and nothing more is sent to it." : undefined;
    send(res, <AppsPage rows={await installRows(people)} csrf={csrfToken(req)} done={done} />);
  });

  router.post("/settings/apps/:install/disconnect", form, requireCsrf, async (req, res) => {
    const people = await signedIn(ctx, req);
    const install = await installs(ctx.db).findById(String(req.params.install)).lean();
    const person = people.find(
      (user) => install && user.company === install.company && (user.role === "admin" || user._id === install.user),
    );
    if (!install || !person) throw new AppError(404, "There is no such connection.");
    await revokeInstall(ctx, install._id, `Disconnected by ${person.name}.`);
    await recordAudit(ctx, {
      company: install.company,
      actor: person._id,
      action: "install.revoked",
      target: install._id,
      address: req.ip,
    });
    res.redirect(303, "/settings/apps?disconnected=1");
  });

  router.use(pages, renderPageErrors(ctx));
  return router;

  async function choicesFor(people: UserRecord[], product: string | null): Promise<Choice[]> {
    const found = await companies(ctx.db)
      .find({ _id: { $in: people.map(({ company }) => company) } })
      .lean();
    return people.flatMap((user) => {
      const company = found.find(({ _id }) => _id === user.company);
      return company && (product === null || company.product === product) ? [{ user, company }] : [];
    });
  }

  /** Admins see every connection of their company, members their own. */
  async function installRows(people: UserRecord[]): Promise<InstallRow[]> {
    const found = await installs(ctx.db)
      .find({ revokedAt: null, $or: people.map((user) => (user.role === "admin" ? { company: user.company } : { user: user._id })) })
      .sort({ createdAt: -1 })
      .lean();
    return Promise.all(
      found.map(async (install) => {
        const [app, company, user, count] = await Promise.all([
          apps(ctx.db).findById(install.app).lean(),
          companies(ctx.db).findById(install.company).lean(),
          users(ctx.db).findById(install.user).lean(),
          hooks(ctx.db).countDocuments({ company: install.company, install: install._id, status: { $ne: "removed" } }),
        ]);
        return {
          install,
          app: app ?? undefined,
          company: company?.name ?? "",
          connectedBy: user?.name ?? "somebody who left",
          hooks: count,
        };
      }),
    );
  }
}

function send(res: Response, page: Parameters<typeof renderPage>[0]): void {
  res.type("html").send(renderPage(page));
}

function spent(res: Response): void {
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
function pagePolicy(redirectOrigin = ""): string {
  return `default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' ${redirectOrigin}`.trim();
}

/** An address of this site; anything else (other hosts, `//host`, backslashes, other schemes) becomes the start page. */
function sameSite(value: unknown): string {
  const home = "/settings/apps";
  if (typeof value !== "string" || !/^\/(?![/\\])[\x21-\x7e]*$/.test(value) || value.includes("\\")) return home;
  const here = "https://here.invalid";
  const url = URL.canParse(value, here) ? new URL(value, here) : undefined;
  return url?.origin === here ? url.pathname + url.search : home;
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
