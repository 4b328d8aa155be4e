import { type Request, type Response, Router } from "express";
import { putUser } from "../../accounts/put-user.ts";
import { removeUser } from "../../accounts/remove-user.ts";
import { type UserRecord, users } from "../../accounts/user.ts";
import type { Context } from "../../context.ts";
import { AppError, type FieldError } from "../../errors.ts";
import { hooks } from "../../hooks/hook.ts";
import { randomText } from "../../ids.ts";
import { installs } from "../../oauth/install.ts";
import { mailLink } from "../../people/mail-link.ts";
import { makeLink } from "../../people/one-time-link.ts";
import { home } from "../shell/addresses.ts";
import { auditByViewer } from "../shell/audit-by-viewer.ts";
import { field, formOfViewers, forViewers, send } from "../shell/page.tsx";
import { showOnce, takeShown } from "../shell/shown-once.ts";
import { flash, viewerOf } from "../shell/viewer.ts";
import { PeoplePage, type PeoplePageData, RemovePersonPage } from "./people-page.tsx";
import { requireAdmin } from "./require-admin.ts";

const mostPeople = 500;

/** Who belongs to a company: invited, given a role, removed. */
export function peoplePages(ctx: Context): Router {
  const router = Router();
  const see = forViewers(ctx);
  const act = formOfViewers(ctx);

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
    await auditByViewer(ctx, res, "user.invited", user._id, { name: user.name });
    await handOver(req, user, "invitation");
    res.redirect(303, "/settings/people");
  });

  router.post("/settings/people/:person/link", act, async (req: Request, res: Response) => {
    const person = await ownPerson(req, res);
    const purpose = person.passwordHash ? "reset" : "invitation";
    await auditByViewer(ctx, res, `user.${purpose}_made`, person._id);
    await handOver(req, person, purpose);
    res.redirect(303, "/settings/people");
  });

  router.post("/settings/people/:person/role", act, async (req: Request, res: Response) => {
    const person = await ownPerson(req, res);
    refuseSelf(res, person);
    const role = field(req.body, "role") === "admin" ? "admin" : "member";
    await users(ctx.db).updateOne({ _id: person._id }, { $set: { role, updatedAt: ctx.clock.now() } });
    await auditByViewer(ctx, res, "user.changed", person._id, { role });
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
    await auditByViewer(ctx, res, "user.removed", person._id, { name: person.name });
    flash(req, `${person.name} was removed.`);
    res.redirect(303, "/settings/people");
  });

  return router;

  /** The last admin could lock everybody out. */
  function refuseSelf(res: Response, person: UserRecord): void {
    if (person._id === viewerOf(res).user._id) throw new AppError(409, "You can’t do this to yourself; ask another admin.");
  }

  async function showPeople(
    req: Request,
    res: Response,
    { draft, problems }: Pick<PeoplePageData, "draft" | "problems">,
    status = 200,
  ): Promise<void> {
    const viewer = viewerOf(res);
    const people = await users(ctx.db).find({ company: viewer.company._id }).sort({ email: 1 }).limit(mostPeople).lean();
    const shown = takeShown(ctx, req, "link");
    send(res, <PeoplePage viewer={viewer} data={{ people, draft, problems, link: shown ? JSON.parse(shown) : undefined }} />, status);
  }

  /** By mail where mail is configured; otherwise the page shows the link, once, to hand over. */
  async function handOver(req: Request, user: UserRecord, purpose: "invitation" | "reset"): Promise<void> {
    const { url } = await makeLink(ctx, purpose, user._id, home);
    if (await mailLink(ctx, user, purpose, url)) return flash(req, `A mail with a link is on its way to ${user.email}.`);
    showOnce(ctx, req, "link", JSON.stringify({ name: user.name, url, purpose }));
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
}
