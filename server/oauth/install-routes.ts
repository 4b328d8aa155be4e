import { Router } from "express";
import { type UserRecord, users } from "../accounts/user.ts";
import { auditRecords, presentAudit } from "../audit/audit.ts";
import type { Context } from "../context.ts";
import { AppError, invalid, notFound } from "../errors.ts";
import { type CompanyCaller, companyCaller, requireScope } from "../http/authenticate.ts";
import { presentPage, readPage, refuseUnknownParameters } from "../http/paging.ts";
import { apps } from "./app.ts";
import { type InstallRecord, installs } from "./install.ts";
import { revokeInstall } from "./revoke-install.ts";

/** A company's connections and its audit log, for its admins. */
export function installRoutes(ctx: Context): Router {
  const router = Router();
  const mayRead = requireScope("hooks:read");

  router.get("/installs", mayRead, async (req, res) => {
    refuseUnknownParameters(req.query, ["limit", "cursor"]);
    const page = readPage(req.query);
    const caller = companyCaller(res);
    const found = await installs(ctx.db)
      .find({ company: caller.company, revokedAt: null, ...(await ownOnly(caller)), ...(page.after ? { _id: { $lt: page.after } } : {}) })
      .sort({ _id: -1 })
      .limit(page.limit + 1)
      .lean();
    const known = await apps(ctx.db)
      .find({ _id: { $in: found.map(({ app }) => app) } })
      .lean();
    res.json(presentPage(found, page, (install) => presentInstall(install, known.find(({ _id }) => _id === install.app)?.name)));
  });

  router.delete("/installs/:id", requireScope("hooks:write"), async (req, res) => {
    const caller = companyCaller(res);
    const install = await installs(ctx.db)
      .findOne({ _id: String(req.params.id), company: caller.company, ...(await ownOnly(caller)) })
      .lean();
    if (!install) throw notFound(`Install "${req.params.id}"`);
    const { user, id, address } = caller;
    await revokeInstall(ctx, install._id, { reason: "Disconnected through the API.", actor: user ?? id, address });
    res.json({});
  });

  router.get("/audit", mayRead, async (req, res) => {
    refuseUnknownParameters(req.query, ["limit", "cursor"]);
    const page = readPage(req.query);
    const caller = companyCaller(res);
    if (!(await isAdmin(caller))) throw new AppError(403, "Only admins of the company read its audit log.");
    const { company } = caller;
    const cursor = page.after === undefined ? undefined : await auditRecords(ctx.db).findOne({ _id: page.after, company }).lean();
    if (page.after !== undefined && !cursor)
      throw invalid([{ field: "cursor", message: "is not a cursor of this list; use the value of `next` as it came" }]);
    const older = cursor ? { $or: [{ at: { $lt: cursor.at } }, { at: cursor.at, _id: { $lt: cursor._id } }] } : {};
    const found = await auditRecords(ctx.db)
      .find({ company, ...older })
      .sort({ at: -1, _id: -1 })
      .limit(page.limit + 1)
      .lean();
    res.json(presentPage(found, page, presentAudit));
  });

  return router;

  /** Keys that act for nobody in particular count as the company's; an app never does. */
  async function isAdmin({ user, install }: CompanyCaller): Promise<boolean> {
    if (install) return false;
    if (!user) return true;
    const person = await users(ctx.db).findById(user).select({ role: 1 }).lean<Pick<UserRecord, "role">>();
    return person?.role === "admin";
  }

  async function ownOnly(caller: CompanyCaller): Promise<object> {
    if (caller.install) return { _id: caller.install };
    return (await isAdmin(caller)) || !caller.user ? {} : { user: caller.user };
  }
}

export function presentInstall(
  { _id, app, user, scopes, createdAt, lastUsedAt, revokedAt, reason }: InstallRecord,
  name: string | undefined,
) {
  return {
    id: _id,
    app: { client_id: app, name: name ?? null },
    user_id: user.slice(user.indexOf("/") + 1),
    scopes,
    created_at: createdAt,
    last_used_at: lastUsedAt,
    revoked_at: revokedAt,
    reason,
  };
}
