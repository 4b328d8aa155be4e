import { type Request, type RequestHandler, type Response, Router } from "express";
import { apiKeys, hashKey, sameHash } from "../../accounts/api-key.ts";
import { companies } from "../../accounts/company.ts";
import { users } from "../../accounts/user.ts";
import { recordAudit } from "../../audit/audit.ts";
import type { Context } from "../../context.ts";
import { backlogs } from "../../deliveries/backlog.ts";
import { AppError } from "../../errors.ts";
import { hooks } from "../../hooks/hook.ts";
import { rotateAppSecret } from "../../oauth/add-app.ts";
import { type AppRecord, apps } from "../../oauth/app.ts";
import { disableApp } from "../../oauth/disable-app.ts";
import { installs } from "../../oauth/install.ts";
import { parseNewApp } from "../../oauth/operator-requests.ts";
import { registerApp } from "../../oauth/register-app.ts";
import { csrfToken, requireCsrf, startOperator } from "../../people/session.ts";
import { countAttempt } from "../../people/throttle.ts";
import { workers } from "../../workers/worker.ts";
import { field, form, send } from "../shell/page.tsx";
import { settingsPolicy } from "../shell/policy.ts";
import { showOnce, takeShown } from "../shell/shown-once.ts";
import { flash } from "../shell/viewer.ts";
import { CompaniesPage } from "./companies-page.tsx";
import { HealthPage } from "./health-page.tsx";
import { DisableAppPage, type OperatorAppsData, OperatorAppsPage } from "./operator-apps-page.tsx";
import type { OperatorFrame } from "./operator-shell.tsx";
import { OperatorSignInPage } from "./operator-sign-in-page.tsx";

const mostAttempts = 20;
const windowMs = 15 * 60_000;
const appsListed = 200;
const companiesPerPage = 50;

/** What the operator looks at and does in a browser: the health of lanes and queue, apps, companies. */
export function operatorPages(ctx: Context): Router {
  const router = Router();
  router.use("/operator", (_req, res, next) => {
    res.set({ "Content-Security-Policy": settingsPolicy([]), "Referrer-Policy": "same-origin" });
    next();
  });

  router.get("/operator/sign-in", (req, res) => send(res, <OperatorSignInPage csrf={csrfToken(req)} />));

  router.post("/operator/sign-in", form, requireCsrf, async (req, res) => {
    await countAttempt(ctx, `operator/${req.ip ?? "unknown"}`, mostAttempts, windowMs);
    const hash = hashKey(field(req.body, "key").trim());
    const key = await apiKeys(ctx.db).findOne({ hash }).lean();
    if (!key || !sameHash(key.hash, hash) || key.revokedAt || !key.scopes.includes("operator"))
      return send(res, <OperatorSignInPage csrf={csrfToken(req)} problem="This is not an operator’s key, or it was revoked." />, 401);
    await startOperator(req, key._id);
    await recordAudit(ctx, { company: "operator", actor: key._id, action: "operator.signed_in", target: key._id, address: req.ip });
    res.redirect(303, "/operator");
  });

  router.use("/operator", operatorsOnly(ctx));
  const act = [form, requireCsrf];

  router.post("/operator/sign-out", act, (req: Request, res: Response) => {
    delete (req.session as { operator?: string }).operator;
    res.redirect(303, "/operator/sign-in");
  });

  router.get("/operator", async (req, res) => {
    const now = ctx.clock.now();
    const [owners, all, markers] = await Promise.all([
      ctx.engine.laneOwners(),
      workers(ctx.db).find().lean(),
      backlogs(ctx.db).aggregate<{ _id: number; hooks: number; oldest: Date }>([
        { $group: { _id: "$lane", hooks: { $sum: 1 }, oldest: { $min: "$dueAt" } } },
      ]),
    ]);
    const { under_way, waiting } = ctx.engine.state;
    const lanes = owners.map((ownerId, lane) => {
      const marker = markers.find(({ _id }) => _id === lane);
      return { lane, ownerId, owner: all.find(({ _id }) => _id === ownerId), hooks: marker?.hooks ?? 0, oldestDueAt: marker?.oldest };
    });
    send(
      res,
      <HealthPage
        frame={frame(req, "health")}
        data={{
          store: ctx.config.mongodbUri ? "On MongoDB." : "On the embedded store.",
          uptimeSeconds: process.uptime(),
          memoryMb: Math.round(process.memoryUsage.rss() / 2 ** 20),
          underWay: under_way,
          waiting,
          workers: all.map((worker) => ({
            ...worker,
            own: worker._id === ctx.engine.presence.id,
            lanes: owners.filter((owner) => owner === worker._id).length,
          })),
          lanes,
          now,
        }}
      />,
    );
  });

  const nothingTyped = { product: "", platform: "", name: "", redirectUris: "" };
  router.get("/operator/apps", (req, res) => showApps(req, res, { draft: nothingTyped, problems: [] }));

  router.post("/operator/apps", act, async (req: Request, res: Response) => {
    const draft = {
      product: field(req.body, "product"),
      platform: field(req.body, "platform"),
      name: field(req.body, "name").trim(),
      redirectUris: field(req.body, "redirect_uris"),
    };
    const uris = draft.redirectUris.split(/\s+/).filter(Boolean);
    try {
      const wanted = parseNewApp({
        product: draft.product || null,
        ...(draft.platform ? { platform: draft.platform } : {}),
        ...(draft.name ? { name: draft.name } : {}),
        ...(uris.length > 0 ? { redirect_uris: uris } : {}),
      });
      const { app, secret } = await registerApp(ctx, wanted);
      await audit(req, "app.registered", app);
      show(req, app._id, secret);
      flash(req, `${app.name} is registered.`);
      res.redirect(303, "/operator/apps");
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const problems = error.fields.map(({ field: name, message }) => ({ field: name.split(".")[0] ?? name, message }));
      await showApps(req, res, { draft, problems }, 422);
    }
  });

  router.post("/operator/apps/:app/rotate", act, async (req: Request, res: Response) => {
    const app = await findApp(req);
    if (app.kind === "public") throw new AppError(409, "A public app has no secret.");
    show(req, app._id, await rotateAppSecret(ctx, app));
    await audit(req, "app.secret_rotated", app);
    flash(req, "The secrets before it count for a week more.");
    res.redirect(303, "/operator/apps");
  });

  router.get("/operator/apps/:app/disable", async (req, res) => {
    const app = await findApp(req);
    const count = await installs(ctx.db).countDocuments({ app: app._id, revokedAt: null });
    send(res, <DisableAppPage frame={frame(req, "apps")} app={app} installs={count} />);
  });

  router.post("/operator/apps/:app/disable", act, async (req: Request, res: Response) => {
    const app = await findApp(req);
    await disableApp(ctx, app._id);
    await audit(req, "app.disabled", app);
    flash(req, `${app.name} is off.`);
    res.redirect(303, "/operator/apps");
  });

  router.post("/operator/apps/:app/enable", act, async (req: Request, res: Response) => {
    const app = await findApp(req);
    await apps(ctx.db).updateOne({ _id: app._id }, { $set: { disabledAt: null } });
    await audit(req, "app.changed", app);
    flash(req, `${app.name} can be connected again.`);
    res.redirect(303, "/operator/apps");
  });

  router.get("/operator/companies", async (req, res) => {
    const q = field(req.query, "q").slice(0, 100);
    const after = field(req.query, "after");
    const text = q.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    const found = await companies(ctx.db)
      .find({
        ...(after ? { _id: { $gt: after } } : {}),
        ...(q ? { $or: [{ name: { $regex: text, $options: "i" } }, { externalId: q }] } : {}),
      })
      .sort({ _id: 1 })
      .limit(companiesPerPage + 1)
      .lean();
    const shown = found.slice(0, companiesPerPage);
    const counted = await Promise.all(
      shown.map(async (company) => {
        const [own, people, connected] = await Promise.all([
          hooks(ctx.db).countDocuments({ company: company._id, status: { $ne: "removed" } }),
          users(ctx.db).countDocuments({ company: company._id }),
          installs(ctx.db).countDocuments({ company: company._id, revokedAt: null }),
        ]);
        return { ...company, hooks: own, people, installs: connected };
      }),
    );
    const next = found.length > companiesPerPage ? shown.at(-1)?._id : undefined;
    send(res, <CompaniesPage frame={frame(req, "companies")} data={{ companies: counted, q, next }} />);
  });

  return router;

  async function showApps(
    req: Request,
    res: Response,
    { draft, problems }: Pick<OperatorAppsData, "draft" | "problems">,
    status = 200,
  ): Promise<void> {
    const found = await apps(ctx.db).find().sort({ _id: -1 }).limit(appsListed).lean();
    const counts = await Promise.all(found.map(({ _id }) => installs(ctx.db).countDocuments({ app: _id, revokedAt: null })));
    const shown = takeShown(ctx, req, "app");
    const data: OperatorAppsData = {
      apps: found.map((app, i) => ({ ...app, installs: counts[i] ?? 0 })).sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime()),
      products: [...ctx.catalogue.values()].map(({ id, name }) => ({ id, name })),
      draft,
      problems,
      shown: shown ? JSON.parse(shown) : undefined,
    };
    send(res, <OperatorAppsPage frame={frame(req, "apps")} data={data} />, status);
  }

  function show(req: Request, id: string, secret: string | undefined): void {
    showOnce(ctx, req, "app", JSON.stringify({ id, secret }));
  }

  async function findApp(req: Request): Promise<AppRecord> {
    const app = await apps(ctx.db).findById(String(req.params.app)).lean();
    if (!app) throw new AppError(404, "There is no such app.");
    return app;
  }

  function audit(req: Request, action: string, app: AppRecord): Promise<void> {
    const actor = req.session.operator ?? "operator";
    return recordAudit(ctx, { company: "operator", actor, action, target: app._id, address: req.ip, details: { name: app.name } });
  }
}

function frame(req: Request, section: OperatorFrame["section"]): OperatorFrame {
  const said = req.session.flash?.text;
  if (said) delete (req.session as { flash?: unknown }).flash;
  return { csrf: csrfToken(req), section, said };
}

/** Looked up on every request, so that a revoked key shuts the pages at once. */
function operatorsOnly({ db }: Pick<Context, "db">): RequestHandler {
  return async (req, res, next) => {
    const id = req.session.operator;
    const key = id ? await apiKeys(db).findById(id).lean() : undefined;
    if (key && !key.revokedAt && key.scopes.includes("operator")) return next();
    res.redirect(303, "/operator/sign-in");
  };
}
