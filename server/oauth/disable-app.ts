import { apps } from "./app.ts";
import { installs } from "./install.ts";
import { type RevokingParts, revokeInstall } from "./revoke-install.ts";

/** Shuts an app out: nobody can connect it, and every install of it is taken back. Gives how many there were. */
export async function disableApp(parts: RevokingParts, app: string): Promise<number> {
  await apps(parts.db).updateOne({ _id: app, disabledAt: null }, { $set: { disabledAt: parts.clock.now() } });
  const found = await installs(parts.db).find({ app, revokedAt: null }).select({ _id: 1 }).lean();
  for (const { _id } of found)
    await revokeInstall(parts, _id, { reason: "Disconnected: the operator turned the app off.", actor: "operator" });
  return found.length;
}
