import { type UserRecord, users } from "../accounts/user.ts";
import type { Context } from "../context.ts";
import { AppError } from "../errors.ts";
import type { CompanyCaller } from "../http/authenticate.ts";
import type { HookRecord } from "./hook.ts";

/**
 * Members manage what they made; a company's admins, and keys that act for nobody in particular, manage everything. An app
 * has been kept to its own install's hooks before. Throws 403.
 */
export async function refuseOthersHooks(
  { db }: Pick<Context, "db">,
  { user, install }: CompanyCaller,
  hook: Pick<HookRecord, "createdBy">,
): Promise<void> {
  if (install || !user || hook.createdBy === user) return;
  const person = await users(db).findById(user).select({ role: 1 }).lean();
  if (person?.role !== "admin") throw new AppError(403, "Only admins of the company manage webhooks that others made.");
}

/** The same for a person of the company who is known already. */
export function mayManage({ _id, role }: Pick<UserRecord, "_id" | "role">, hook: Pick<HookRecord, "createdBy">): boolean {
  return role === "admin" || hook.createdBy === _id;
}
