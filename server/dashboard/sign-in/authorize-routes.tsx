import { randomBytes } from "node:crypto";
import { Router } from "express";
import { companies } from "../../accounts/company.ts";
import type { UserRecord } from "../../accounts/user.ts";
import { recordAudit } from "../../audit/audit.ts";
import type { Context } from "../../context.ts";
import { AppError } from "../../errors.ts";
import { readAuthorizationRequest, redirectWith } from "../../oauth/authorization-request.ts";
import { giveConsent } from "../../oauth/give-consent.ts";
import { findApp } from "../../oauth/oauth-model.ts";
import { csrfToken, requireCsrf, signedIn } from "../../people/session.ts";
import { form, send } from "../shell/page.tsx";
import { pagePolicy } from "../shell/policy.ts";
import { type Choice, ConsentPage } from "./consent-page.tsx";

const mostAuthorizations = 10;
const authorizationLastsMs = 30 * 60_000;

/** The authorization endpoint: what is asked for, and the person's decision. */
export function authorizeRoutes(ctx: Context): Router {
  const router = Router();

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
}
