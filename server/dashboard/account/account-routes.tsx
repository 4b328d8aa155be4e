import { type Request, type Response, Router } from "express";
import { addKey } from "../../accounts/add-key.ts";
import { type ApiKeyRecord, apiKeys, companyScopes, type Scope } from "../../accounts/api-key.ts";
import { putUser } from "../../accounts/put-user.ts";
import { removeUser } from "../../accounts/remove-user.ts";
import { type UserRecord, users } from "../../accounts/user.ts";
import { auditRecords, recordAudit } from "../../audit/audit.ts";
import type { Context } from "../../context.ts";
import { AppError, type FieldError } from "../../errors.ts";
import { hooks } from "../../hooks/hook.ts";
import { randomText } from "../../ids.ts";
import { apps } from "../../oauth/app.ts";
import { installs } from "../../oauth/install.ts";
import { mailLink } from "../../people/mail-link.ts";
import { makeLink } from "../../people/one-time-link.ts";
import { hookName } from "../deliveries/delivery-words.ts";
import { field, fields, formOfViewers, forViewers, home, send } from "../shell/page.tsx";
import { callerOf, flash, isFragment, viewerOf } from "../shell/viewer.ts";
import { namesOf } from "../webhooks/list-data.ts";
import { AuditPage } from "./audit-page.tsx";
import { KeysPage, type KeysPageData, RevokeKeyPage } from "./keys-page.tsx";
import { PeoplePage, type PeoplePageData, RemovePersonPage } from "./people-page.tsx";

const mostListed = 100;
const auditPerPage = 50;
const mostPeople = 500;

/** A company's keys, people and audit log. */
export function accountPages(ctx: Context): Router {
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
    await audit(res, "key.created", record._id, { name });
    // In the session only sealed, until the next page has shown it.
    req.session.secret = { owner: "key", sealed: ctx.secretBox.seal(key, "shown key") };
    flash(req, "Key made.");
    res.redirect(303, "/settings/keys");
  });

  router.get("/settings/keys/:key/revoke", see, async (req, res) => {
    send(res, <RevokeKeyPage viewer={viewerOf(res)} apiKey={await ownKey(req, res)} />);
  });

  router.post("/settings/keys/:key/revoke", act, async (req: Request, res: Response) => {
    const key = await ownKey(req, res);
    await apiKeys(ctx.db).updateOne({ _id: key._id }, { $min: { revokedAt: ctx.clock.now() } });
    await audit(res, "key.revoked", key._id, { name: key.name });
    flash(req, "Revoked. It opens nothing any more.");
    res.redirect(303, "/settings/keys");
  });

  router.get("/settings/people", see, (req, res) => showPeople(req, res, { draft: { name: "", email: "", role: "member" }, problems: [] }));

  router.post("/settings/people", act, async (req: Request, res: Response) => {
    requireAdmin(res);
    const { company, product } = viewerOf(res);
    const draft = { name: field(req.body, "name").trim(), email: field(req.body, "email").trim(), role: field(req.body, "role") };
    const problems: FieldError[] = [];
    if (!draft.name || draft.name.length > 200)
      problems.push({ field: "name", message: draft.name ? "has at most 200 characters" : "is missing" });
    if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(draft.email) || draft.email.length > 254)
      problems.push({ field: "email", message: "must be an address like ada@example.com" });
    else if (await users(ctx.db).exists({ company: company._id, email: draft.email.toLowerCase() }))
      problems.push({ field: "email", message: "belongs to somebody who is here already" });
    if (problems.length > 0) return showPeople(req, res, { draft, problems }, 422);
    const { user } = await putUser(ctx, product.id, company.externalId, {
      id: `invited-${randomText(12)}`,
      email: draft.email,
      name: draft.name,
      role: draft.role === "admin" ? "admin" : "member",
    });
    await audit(res, "user.invited", user._id, { name: user.name });
    await handOver(req, user, "invitation");
    res.redirect(303, "/settings/people");
  });

  router.post("/settings/people/:person/link", act, async (req: Request, res: Response) => {
    const person = await ownPerson(req, res);
    const purpose = person.passwordHash ? "reset" : "invitation";
    await audit(res, `user.${purpose}_made`, person._id);
    await handOver(req, person, purpose);
    res.redirect(303, "/settings/people");
  });

  router.post("/settings/people/:person/role", act, async (req: Request, res: Response) => {
    const person = await ownPerson(req, res);
    refuseSelf(res, person);
    const role = field(req.body, "role") === "admin" ? "admin" : "member";
    await users(ctx.db).updateOne({ _id: person._id }, { $set: { role, updatedAt: ctx.clock.now() } });
    await audit(res, "user.changed", person._id, { role });
    flash(req, `${person.name} is ${role === "admin" ? "an admin" : "a member"} now.`);
    res.redirect(303, "/settings/people");
  });

  router.get("/settings/people/:person/remove", see, async (req, res) => {
    const person = await ownPerson(req, res);
    refuseSelf(res, person);
    const own = await installs(ctx.db).find({ user: person._id, revokedAt: null }).select({ _id: 1 }).lean();
    const count = await hooks(ctx.db).countDocuments({
      company: person.company,
      install: { $in: own.map(({ _id }) => _id) },
      status: { $ne: "removed" },
    });
    send(res, <RemovePersonPage viewer={viewerOf(res)} person={person} apps={own.length} hooks={count} />);
  });

  router.post("/settings/people/:person/remove", act, async (req: Request, res: Response) => {
    const person = await ownPerson(req, res);
    refuseSelf(res, person);
    await removeUser(ctx, person._id);
    await audit(res, "user.removed", person._id, { name: person.name });
    flash(req, `${person.name} was removed.`);
    res.redirect(303, "/settings/people");
  });

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

  function requireAdmin(res: Response): void {
    if (!viewerOf(res).admin) throw new AppError(403, "Only admins of the company see this page.");
  }

  /** The last admin could lock everybody out. */
  function refuseSelf(res: Response, person: UserRecord): void {
    if (person._id === viewerOf(res).user._id) throw new AppError(409, "You can’t do this to yourself; ask another admin.");
  }

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
      <KeysPage viewer={viewer} data={{ keys, draft, problems, shown: shownOnce(req, "key"), more: live.length > mostListed }} />,
      status,
    );
  }

  async function showPeople(
    req: Request,
    res: Response,
    { draft, problems }: Pick<PeoplePageData, "draft" | "problems">,
    status = 200,
  ): Promise<void> {
    const viewer = viewerOf(res);
    const people = await users(ctx.db).find({ company: viewer.company._id }).sort({ email: 1 }).limit(mostPeople).lean();
    const shown = shownOnce(req, "link");
    send(res, <PeoplePage viewer={viewer} data={{ people, draft, problems, link: shown ? JSON.parse(shown) : undefined }} />, status);
  }

  function shownOnce(req: Request, owner: "key" | "link"): string | undefined {
    const kept = req.session.secret;
    if (!kept || kept.owner !== owner || isFragment(req)) return undefined;
    delete req.session.secret;
    return ctx.secretBox.open(kept.sealed, `shown ${owner}`);
  }

  /** By mail where mail is configured; otherwise the page shows the link, once, to hand over. */
  async function handOver(req: Request, user: UserRecord, purpose: "invitation" | "reset"): Promise<void> {
    const { url } = await makeLink(ctx, purpose, user._id, home);
    if (await mailLink(ctx, user, purpose, url)) return flash(req, `A mail with a link is on its way to ${user.email}.`);
    req.session.secret = { owner: "link", sealed: ctx.secretBox.seal(JSON.stringify({ name: user.name, url, purpose }), "shown link") };
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

  async function ownPerson(req: Request, res: Response): Promise<UserRecord> {
    requireAdmin(res);
    const { company } = viewerOf(res);
    const person = await users(ctx.db)
      .findOne({ company: company._id, externalId: String(req.params.person) })
      .lean();
    if (!person) throw new AppError(404, "There is no such person here.");
    return person;
  }

  async function audit(res: Response, action: string, target: string, details: Record<string, unknown> = {}): Promise<void> {
    const { company, user, address } = callerOf(res);
    await recordAudit(ctx, { company, actor: user ?? "", action, target, address, details });
  }

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
