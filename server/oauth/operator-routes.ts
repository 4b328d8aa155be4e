import { Router } from "express";
import { recordAudit } from "../audit/audit.ts";
import type { Context } from "../context.ts";
import { type FieldError, invalid, notFound } from "../errors.ts";
import { caller, requireScope } from "../http/authenticate.ts";
import { jsonBody } from "../http/json-body.ts";
import { presentPage, readPage, refuseUnknownParameters } from "../http/paging.ts";
import { requestParser } from "../http/validate.ts";
import { rotateAppSecret } from "./add-app.ts";
import { type AppRecord, apps, presentApp, redirectProblem } from "./app.ts";
import { disableApp } from "./disable-app.ts";
import { installs } from "./install.ts";
import { presentInstall } from "./install-routes.ts";
import { parseAppChanges, parseNewApp } from "./operator-requests.ts";
import { registerApp } from "./register-app.ts";
import { hashToken, tokens } from "./token.ts";

export const introspectionSchema = {
  type: "object",
  additionalProperties: false,
  required: ["token"],
  properties: { token: { type: "string" } },
};
const parseIntrospection = requestParser<{ token: string }>(introspectionSchema);

/** What the operator does with apps; the key comes from `hookline keys add --operator`. */
export function operatorRoutes(ctx: Context): Router {
  const router = Router();
  const body = jsonBody(64 * 1024);
  const operator = requireScope("operator");

  router.post("/operator/apps", operator, body, async (req, res) => {
    const { app, secret } = await registerApp(ctx, parseNewApp(req.body));
    await audit(caller(res).id, "app.registered", app, caller(res).address);
    res.status(201).json({ ...presentApp(app), ...(secret ? { client_secret: secret } : {}) });
  });

  router.get("/operator/apps", operator, async (req, res) => {
    refuseUnknownParameters(req.query, ["limit", "cursor"]);
    const page = readPage(req.query);
    const found = await apps(ctx.db)
      .find(page.after ? { _id: { $lt: page.after } } : {})
      .sort({ _id: -1 })
      .limit(page.limit + 1)
      .lean();
    res.json(presentPage(found, page, presentApp));
  });

  router.patch("/operator/apps/:id", operator, body, async (req, res) => {
    const app = await findApp(String(req.params.id));
    const { disabled, redirect_uris, name, icon } = parseAppChanges(req.body);
    const problems = (redirect_uris ?? []).flatMap((uri, i): FieldError[] => {
      const problem = redirectProblem(uri);
      return problem ? [{ field: `redirect_uris.${i}`, message: problem }] : [];
    });
    if (problems.length > 0) throw invalid(problems);
    const changes = {
      ...(redirect_uris ? { redirectUris: redirect_uris } : {}),
      ...(name ? { name } : {}),
      ...(icon !== undefined ? { icon } : {}),
    };
    if (Object.keys(changes).length > 0) await apps(ctx.db).updateOne({ _id: app._id }, { $set: changes });
    if (disabled === true) await disableApp(ctx, app._id);
    if (disabled === false) await apps(ctx.db).updateOne({ _id: app._id }, { $set: { disabledAt: null } });
    await audit(caller(res).id, disabled ? "app.disabled" : "app.changed", app, caller(res).address);
    res.json(presentApp(await findApp(app._id)));
  });

  router.post("/operator/apps/:id/rotate-secret", operator, async (req, res) => {
    const app = await findApp(String(req.params.id));
    if (app.kind === "public") throw invalid([{ field: "id", message: "is a public app, which has no secret" }]);
    const secret = await rotateAppSecret(ctx, app);
    await audit(caller(res).id, "app.secret_rotated", app, caller(res).address);
    res.json({ ...presentApp(await findApp(app._id)), client_secret: secret });
  });

  router.get("/operator/installs", operator, async (req, res) => {
    refuseUnknownParameters(req.query, ["limit", "cursor"]);
    const page = readPage(req.query);
    const found = await installs(ctx.db)
      .find(page.after ? { _id: { $lt: page.after } } : {})
      .sort({ _id: -1 })
      .limit(page.limit + 1)
      .lean();
    res.json(presentPage(found, page, (install) => ({ ...presentInstall(install, undefined), company: install.company })));
  });

  // RFC 7662, for the operator only: apps learn nothing about tokens here.
  router.post("/operator/introspect", operator, body, async (req, res) => {
    const found = await tokens(ctx.db)
      .findById(hashToken(parseIntrospection(req.body).token))
      .lean();
    if (!found || found.expiresAt <= ctx.clock.now() || (found.kind === "refresh" && found.usedAt)) return void res.json({ active: false });
    res.json({
      active: true,
      scope: found.scopes.join(" "),
      client_id: found.app,
      sub: found.user,
      exp: Math.floor(found.expiresAt.getTime() / 1000),
      token_type: found.kind,
    });
  });

  return router;

  async function findApp(id: string): Promise<AppRecord> {
    const app = await apps(ctx.db).findById(id).lean();
    if (!app) throw notFound(`App "${id}"`);
    return app;
  }

  function audit(actor: string, action: string, app: AppRecord, address: string): Promise<void> {
    return recordAudit(ctx, { company: "operator", actor, action, target: app._id, address, details: { name: app.name } });
  }
}
