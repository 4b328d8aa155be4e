import type { Response } from "express";
import { recordAudit } from "../../audit/audit.ts";
import type { Context } from "../../context.ts";
import { callerOf } from "./viewer.ts";

/** Puts on record what the person at the page did to `target`. */
export async function auditByViewer(
  ctx: Pick<Context, "db" | "clock">,
  res: Response,
  action: string,
  target: string,
  details: Record<string, unknown> = {},
): Promise<void> {
  const { company, id, address } = callerOf(res);
  await recordAudit(ctx, { company, actor: id, action, target, address, details });
}
