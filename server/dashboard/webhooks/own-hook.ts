import type { Request, Response } from "express";
import type { Context } from "../../context.ts";
import { AppError } from "../../errors.ts";
import { type HookRecord, hooks } from "../../hooks/hook.ts";
import { refuseOthersHooks } from "../../hooks/may-manage.ts";
import { auditByViewer } from "../shell/audit-by-viewer.ts";
import { callerOf, viewAs, viewerOf } from "../shell/viewer.ts";

/** The webhook that the address (or `id`) names, of any of the person's companies, and theirs to change where they want to. */
export async function ownHook(
  ctx: Pick<Context, "db">,
  req: Request,
  res: Response,
  access: "read" | "write" = "read",
  id = String(req.params.hook),
): Promise<HookRecord> {
  const companies = viewerOf(res).people.map(({ company }) => company._id);
  const hook = await hooks(ctx.db)
    .findOne({ _id: id, company: { $in: companies } })
    .lean();
  if (!hook) throw new AppError(404, "There is no such webhook.");
  viewAs(req, res, hook.company);
  if (access === "write") {
    if (hook.status === "removed") throw new AppError(409, `This webhook is gone. ${hook.reason ?? ""}`.trim());
    await refuseOthersHooks(ctx, callerOf(res), hook);
  }
  return hook;
}

/** The same as `auditByViewer`, with where the webhook goes. */
export function auditHook(
  ctx: Pick<Context, "db" | "clock">,
  res: Response,
  action: string,
  hook: Pick<HookRecord, "_id" | "targetUrl">,
  details: Record<string, unknown> = {},
): Promise<void> {
  return auditByViewer(ctx, res, action, hook._id, { url: new URL(hook.targetUrl).host, ...details });
}
