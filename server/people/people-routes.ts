import { Router } from "express";
import { companyKey } from "../accounts/company.ts";
import { removeUser } from "../accounts/remove-user.ts";
import { type UserRecord, users } from "../accounts/user.ts";
import { recordAudit } from "../audit/audit.ts";
import type { Context } from "../context.ts";
import { notFound } from "../errors.ts";
import { caller, requireScope } from "../http/authenticate.ts";
import { jsonBody } from "../http/json-body.ts";
import { mailLink } from "./mail-link.ts";
import { makeLink } from "./one-time-link.ts";
import { parseLink, parsePortalLink } from "./people-requests.ts";

const home = "/settings/webhooks";

/** What the product's backend does for people: let them in without a password, invite them, remove them. */
export function peopleRoutes(ctx: Context): Router {
  const router = Router();
  const body = jsonBody(64 * 1024);
  const mayWrite = requireScope("companies:write");

  router.post("/portal-links", mayWrite, body, async (req, res) => {
    const { company_id, user_id, return_to = home } = parsePortalLink(req.body);
    const user = await findUser(caller(res).product, company_id, user_id);
    const { url, expiresAt } = await makeLink(ctx, "portal", user._id, return_to);
    res.status(201).json({ url, expires_at: expiresAt });
  });

  router.post("/companies/:id/users/:user/links", mayWrite, body, async (req, res) => {
    const { purpose, send = false } = parseLink(req.body);
    const { product, id, address } = caller(res);
    const user = await findUser(product, String(req.params.id), String(req.params.user));
    const { url, expiresAt } = await makeLink(ctx, purpose, user._id, home);
    await recordAudit(ctx, { company: user.company, actor: id, action: `user.${purpose}_made`, target: user._id, address });
    const sent = send && (await mailLink(ctx, user, purpose, url));
    res.status(201).json({ url, expires_at: expiresAt, sent });
  });

  router.delete("/companies/:id/users/:user", mayWrite, async (req, res) => {
    const { product, id, address } = caller(res);
    const company = companyKey(product, String(req.params.id));
    const user = `${company}/${req.params.user}`;
    if (await removeUser(ctx, user)) await recordAudit(ctx, { company, actor: id, action: "user.removed", target: user, address });
    res.json({});
  });

  return router;

  async function findUser(product: string, companyId: string, userId: string): Promise<UserRecord> {
    const user = await users(ctx.db)
      .findById(`${companyKey(product, companyId)}/${userId}`)
      .lean();
    if (!user) throw notFound(`User "${userId}" of company "${companyId}"`);
    return user;
  }
}
