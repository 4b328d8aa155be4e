import { Router } from "express";
import { apiKeys } from "../../accounts/api-key.ts";
import { auditRecords } from "../../audit/audit.ts";
import type { Context } from "../../context.ts";
import { hooks } from "../../hooks/hook.ts";
import { apps } from "../../oauth/app.ts";
import { installs } from "../../oauth/install.ts";
import { hookName } from "../deliveries/delivery-words.ts";
import { field, formOfViewers, forViewers, send } from "../shell/page.tsx";
import { viewerOf } from "../shell/viewer.ts";
import { namesOf } from "../webhooks/list-data.ts";
import { AuditPage } from "./audit-page.tsx";
import { requireAdmin } from "./require-admin.ts";

const auditPerPage = 50;

/** Who did what, for a company’s admins. */
export function auditPages(ctx: Context): Router {
  const router = Router();
  const see = forViewers(ctx);
  const _act = formOfViewers(ctx);

  router.get("/settings/audit", see, async (req, res) => {
    requireAdmin(res);
    const viewer = viewerOf(res);
    const [time, id] = field(req.query, "before").split("~");
    const at = new Date(Number(time));
    const older = id && !Number.isNaN(at.getTime()) ? { $or: [{ at: { $lt: at } }, { at, _id: { $lt: id } }] } : {};
    const found = await auditRecords(ctx.db)
      .find({ company: viewer.company._id, ...older })
      .sort({ at: -1, _id: -1 })
      .limit(auditPerPage + 1)
      .lean();
    const records = found.slice(0, auditPerPage);
    const last = records.at(-1);
    const next = found.length > auditPerPage && last ? `${last.at.getTime()}~${last._id}` : undefined;
    send(res, <AuditPage viewer={viewer} data={{ records, names: await namesIn(records, viewer.company._id), next, first: !id }} />);
  });

  return router;

  /** What the ids in these records are called. */
  async function namesIn(records: { actor: string; target: string }[], company: string): Promise<Map<string, string>> {
    const ids = [...new Set(records.flatMap(({ actor, target }) => [actor, target]))];
    const [people, own, keys, known, known2] = await Promise.all([
      namesOf(ctx, ids),
      hooks(ctx.db)
        .find({ _id: { $in: ids }, company })
        .lean(),
      apiKeys(ctx.db)
        .find({ _id: { $in: ids }, company })
        .select({ name: 1 })
        .lean(),
      apps(ctx.db)
        .find({ _id: { $in: ids } })
        .select({ name: 1 })
        .lean(),
      installs(ctx.db)
        .find({ _id: { $in: ids }, company })
        .select({ app: 1 })
        .lean(),
    ]);
    const installed = await apps(ctx.db)
      .find({ _id: { $in: known2.map(({ app }) => app) } })
      .select({ name: 1 })
      .lean();
    return new Map([
      ...people,
      ...own.map((hook) => [hook._id, hookName(hook)] as const),
      ...keys.map(({ _id, name }) => [_id, `API key “${name}”`] as const),
      ...known.map(({ _id, name }) => [_id, name] as const),
      ...known2.flatMap(({ _id, app }) => {
        const name = installed.find((one) => one._id === app)?.name;
        return name ? [[_id, name] as const] : [];
      }),
    ]);
  }
}
