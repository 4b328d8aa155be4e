import type { Context } from "../context.ts";
import { installs } from "../oauth/install.ts";
import { revokeInstall } from "../oauth/revoke-install.ts";
import { oneTimeLinks } from "../people/one-time-link.ts";
import { apiKeys } from "./api-key.ts";
import { users } from "./user.ts";

/** Removes a person: sessions, keys and one-time links are dead, and what they connected is disconnected. Idempotent. */
export async function removeUser(
  ctx: Pick<Context, "db" | "clock" | "engine" | "transport" | "profiles" | "log">,
  user: string,
): Promise<boolean> {
  const { db, clock } = ctx;
  const removed = await users(db).findOneAndDelete({ _id: user }).lean();
  await apiKeys(db).updateMany({ user }, { $min: { revokedAt: clock.now() } });
  await oneTimeLinks(db).deleteMany({ user });
  const own = await installs(db).find({ user, revokedAt: null }).select({ _id: 1 }).lean();
  for (const { _id } of own)
    await revokeInstall(ctx, _id, { reason: "Disconnected: the person who connected it was removed.", actor: "system" });
  return removed !== null;
}
