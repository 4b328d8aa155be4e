import { recordAudit } from "../audit/audit.ts";
import type { Context } from "../context.ts";
import { hooks } from "../hooks/hook.ts";
import { sayGoodbye } from "../hooks/say-goodbye.ts";
import { type Announcing, unsubscribe } from "../hooks/unsubscribe.ts";
import { installs } from "./install.ts";
import { codes, tokens } from "./token.ts";

export type RevokingParts = Pick<Context, "db" | "clock" | "transport" | "profiles" | "log"> & Announcing;

/** Why, and by whom: a user, a key, an app, `operator`, or `system` where nobody asked for it. */
export type Revocation = { reason: string; actor: string; address?: string | undefined };

/**
 * Takes an install back, from wherever it was asked: the page, RFC 7009, a replayed code, a reused refresh token, a
 * disabled app, a removed person. Its tokens are dead, its hooks are gone and what they still had to get is cancelled
 * when this returns. Idempotent: who died half-way is finished by the next call.
 */
export async function revokeInstall(ctx: RevokingParts, install: string, { reason, actor, address }: Revocation): Promise<boolean> {
  const { db, clock } = ctx;
  const record = await installs(db).findById(install).lean();
  if (!record) return false;
  // First the mark: whoever saves a token or a hook afterwards looks at it and takes its own back.
  const marked = await installs(db).updateOne(
    { _id: install, revokedAt: null },
    { $set: { revokedAt: clock.now(), reason }, $unset: { grant: 1 } },
  );
  if (marked.modifiedCount > 0)
    await recordAudit(ctx, { company: record.company, actor, action: "install.revoked", target: install, address, details: { reason } });
  await Promise.all([tokens(db).deleteMany({ install }), codes(db).deleteMany({ install })]);
  const own = await hooks(db)
    .find({ company: record.company, install, status: { $ne: "removed" } })
    .lean();
  for (const hook of own) {
    await unsubscribe(ctx, { company: record.company, hook: hook._id, reason });
    sayGoodbye(ctx, hook);
  }
  return true;
}
