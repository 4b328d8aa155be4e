import { type Request, type Response, Router } from "express";
import type { Context } from "../../context.ts";
import { deliveries } from "../../deliveries/delivery.ts";
import { AppError } from "../../errors.ts";
import { hooks } from "../../hooks/hook.ts";
import { apps } from "../../oauth/app.ts";
import { type InstallRecord, installs } from "../../oauth/install.ts";
import { revokeInstall } from "../../oauth/revoke-install.ts";
import { formOfViewers, forViewers, send } from "../shell/page.tsx";
import { flash, type Viewer, viewAs, viewerOf } from "../shell/viewer.ts";
import { namesOf } from "../webhooks/list-data.ts";
import { AppsPage, DisconnectPage, type InstallRow } from "./apps-page.tsx";

/** Connected apps: what is connected, taking it back, and how to connect more. */
export function appPages(ctx: Context): Router {
  const router = Router();
  const see = forViewers(ctx);

  router.get("/settings/apps", see, async (_req, res) => {
    const viewer = viewerOf(res);
    // Admins see every connection of their company, members their own.
    const found = await installs(ctx.db)
      .find({ company: viewer.company._id, revokedAt: null, ...(viewer.admin ? {} : { user: viewer.user._id }) })
      .sort({ createdAt: -1 })
      .lean();
    const platforms = [...ctx.profiles.values()].map(({ id, name }) => ({ id, name }));
    send(res, <AppsPage viewer={viewer} data={{ rows: await rowsOf(viewer, found), platforms }} />);
  });

  router.get("/settings/apps/:install/disconnect", see, async (req, res) => {
    const install = await ownInstall(req, res);
    const [row] = await rowsOf(viewerOf(res), [install]);
    if (!row) throw new AppError(404, "There is no such connection.");
    const counts = await Promise.all(
      row.hooks.map(({ _id }) => deliveries(ctx.db).countDocuments({ hook: _id, open: true }, { limit: 1_001 })),
    );
    send(res, <DisconnectPage viewer={viewerOf(res)} row={row} waiting={counts.reduce((sum, n) => sum + n, 0)} />);
  });

  router.post("/settings/apps/:install/disconnect", formOfViewers(ctx), async (req: Request, res: Response) => {
    const install = await ownInstall(req, res);
    const { user } = viewerOf(res);
    await revokeInstall(ctx, install._id, { reason: `Disconnected by ${user.name}.`, actor: user._id, address: req.ip });
    flash(req, "Disconnected. Its webhooks are gone and nothing more is sent to it.");
    res.redirect(303, "/settings/apps");
  });

  return router;

  async function ownInstall(req: Request, res: Response): Promise<InstallRecord> {
    const install = await installs(ctx.db).findById(String(req.params.install)).lean();
    const person = viewerOf(res).people.find(
      ({ user }) => install && user.company === install.company && (user.role === "admin" || user._id === install.user),
    );
    if (!install || !person) throw new AppError(404, "There is no such connection.");
    viewAs(req, res, install.company);
    return install;
  }

  async function rowsOf({ company, user, admin }: Viewer, found: InstallRecord[]): Promise<InstallRow[]> {
    const ids = found.map(({ _id }) => _id);
    const [known, names, own] = await Promise.all([
      apps(ctx.db)
        .find({ _id: { $in: found.map(({ app }) => app) } })
        .lean(),
      namesOf(
        ctx,
        found.map((install) => install.user),
      ),
      hooks(ctx.db)
        .find({ company: company._id, install: { $in: ids }, status: { $ne: "removed" } })
        .lean(),
    ]);
    return found.map((install) => ({
      install,
      app: known.find(({ _id }) => _id === install.app),
      connectedBy: names.get(install.user) ?? "somebody who left",
      hooks: own.filter((hook) => hook.install === install._id),
      mine: admin || install.user === user._id,
    }));
  }
}
