import type { Response } from "express";
import { AppError } from "../../errors.ts";
import { viewerOf } from "../shell/viewer.ts";

/** Throws 403 for members. */
export function requireAdmin(res: Response): void {
  if (!viewerOf(res).admin) throw new AppError(403, "Only admins of the company see this page.");
}
