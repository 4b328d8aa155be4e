import { Router } from "express";
import { hashPassword } from "../../accounts/password.ts";
import { users } from "../../accounts/user.ts";
import { recordAudit } from "../../audit/audit.ts";
import type { Context } from "../../context.ts";
import { findLink, takeLink } from "../../people/one-time-link.ts";
import { csrfToken, requireCsrf, startSession } from "../../people/session.ts";
import { sameSite } from "../shell/addresses.ts";
import { form, send, spent } from "../shell/page.tsx";
import { framing, unframed } from "../shell/policy.ts";
import { PasswordPage } from "./password-page.tsx";

const shortestPassword = 10;

/** Where portal links, invitations and resets lead. */
export function linkRoutes(ctx: Context): Router {
  const router = Router();

  // A portal link is opened in the product's own page, where the operator lets it be.
  router.get("/links/:token", framing(ctx), async (req, res) => {
    const token = String(req.params.token);
    const link = await findLink(ctx, token);
    const user = link && (await users(ctx.db).findById(link.user).lean());
    if (!link || !user) return spent(res);
    if (link.purpose !== "portal") {
      unframed(res);
      return send(res, <PasswordPage csrf={csrfToken(req)} token={token} email={user.email} purpose={link.purpose} />);
    }
    if (!(await takeLink(ctx, token))) return spent(res);
    await startSession(req, [user], { embedded: ctx.config.embedOrigins.length > 0 && req.get("sec-fetch-dest") === "iframe" });
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

  return router;
}
