import { type Request, type Response, Router } from "express";
import { addKey } from "../../accounts/add-key.ts";
import { type ApiKeyRecord, apiKeys, companyScopes, type Scope } from "../../accounts/api-key.ts";
import type { Context } from "../../context.ts";
import { AppError, type FieldError } from "../../errors.ts";
import { auditByViewer } from "../shell/audit-by-viewer.ts";
import { field, fields, formOfViewers, forViewers, send } from "../shell/page.tsx";
import { showOnce, takeShown } from "../shell/shown-once.ts";
import { flash, viewerOf } from "../shell/viewer.ts";
import { namesOf } from "../webhooks/list-data.ts";
import { KeysPage, type KeysPageData, RevokeKeyPage } from "./keys-page.tsx";
import { requireAdmin } from "./require-admin.ts";

const mostListed = 100;

/** A company’s API keys: made, shown once, revoked. */
export function keyPages(ctx: Context): Router {
  const router = Router();
  const see = forViewers(ctx);
  const act = formOfViewers(ctx);

  router.get("/settings/keys", see, async (req, res) => {
    requireAdmin(res);
    await showKeys(req, res, { draft: { name: "", scopes: [...companyScopes] }, problems: [] });
  });

  router.post("/settings/keys", act, async (req: Request, res: Response) => {
    requireAdmin(res);
    const viewer = viewerOf(res);
    const name = field(req.body, "name").trim();
    const scopes = fields(req.body, "scopes").filter((scope): scope is Scope => (companyScopes as readonly string[]).includes(scope));
    const problems: FieldError[] = [];
    if (!name || name.length > 200) problems.push({ field: "name", message: name ? "has at most 200 characters" : "is missing" });
    if (scopes.length === 0) problems.push({ field: "scopes", message: "choose at least one" });
    if (problems.length > 0) return showKeys(req, res, { draft: { name, scopes }, problems }, 422);
    const { record, key } = await addKey(ctx, { product: viewer.product.id, company: viewer.company._id, name, scopes });
    await auditByViewer(ctx, res, "key.created", record._id, { name });
    showOnce(ctx, req, "key", key);
    flash(req, "Key made.");
    res.redirect(303, "/settings/keys");
  });

  router.get("/settings/keys/:key/revoke", see, async (req, res) => {
    send(res, <RevokeKeyPage viewer={viewerOf(res)} apiKey={await ownKey(req, res)} />);
  });

  router.post("/settings/keys/:key/revoke", act, async (req: Request, res: Response) => {
    const key = await ownKey(req, res);
    await apiKeys(ctx.db).updateOne({ _id: key._id }, { $min: { revokedAt: ctx.clock.now() } });
    await auditByViewer(ctx, res, "key.revoked", key._id, { name: key.name });
    flash(req, "Revoked. It opens nothing any more.");
    res.redirect(303, "/settings/keys");
  });

  return router;

  async function showKeys(
    req: Request,
    res: Response,
    { draft, problems }: Pick<KeysPageData, "draft" | "problems">,
    status = 200,
  ): Promise<void> {
    const viewer = viewerOf(res);
    const found = await apiKeys(ctx.db).find({ product: viewer.product.id, company: viewer.company._id }).sort({ _id: -1 }).lean();
    const live = found.filter(({ revokedAt }) => !revokedAt).sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
    const names = await namesOf(
      ctx,
      live.flatMap(({ user }) => user ?? []),
    );
    const keys = live.slice(0, mostListed).map((key) => ({ ...key, madeFor: key.user ? names.get(key.user) : undefined }));
    send(
      res,
      <KeysPage viewer={viewer} data={{ keys, draft, problems, shown: takeShown(ctx, req, "key"), more: live.length > mostListed }} />,
      status,
    );
  }

  async function ownKey(req: Request, res: Response): Promise<ApiKeyRecord> {
    requireAdmin(res);
    const { company, product } = viewerOf(res);
    const key = await apiKeys(ctx.db)
      .findOne({ _id: String(req.params.key), product: product.id, company: company._id })
      .lean();
    if (!key || key.revokedAt) throw new AppError(404, "There is no such key, or it was revoked.");
    return key;
  }
}
