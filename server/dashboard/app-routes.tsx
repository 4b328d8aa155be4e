import { Router } from "express";
import { companies } from "../accounts/company.ts";
import { type UserRecord, users } from "../accounts/user.ts";
import type { Context } from "../context.ts";
import { AppError } from "../errors.ts";
import { hooks } from "../hooks/hook.ts";
import { apps } from "../oauth/app.ts";
import { installs } from "../oauth/install.ts";
import { revokeInstall } from "../oauth/revoke-install.ts";
import { csrfToken, requireCsrf, signedIn } from "../people/session.ts";
import { AppsPage, type InstallRow } from "./apps-page.tsx";
import { form, send } from "./page.tsx";

/** Connected apps: what is connected, and taking it back. */
export function appRoutes(ctx: Context): Router {
  const router = Router();

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
    await revokeInstall(ctx, install._id, { reason: `Disconnected by ${person.name}.`, actor: person._id, address: req.ip });
    res.redirect(303, "/settings/apps?disconnected=1");
  });

  return router;

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
