import type { Context } from "../context.ts";
import { type HookRecord, hooks } from "./hook.ts";
import { newSecret } from "./secret.ts";

const overlapMs = 24 * 3_600_000;

/** Gives a hook a new secret; the old one signs too for 24 hours. The secret is in this answer and never again. */
export async function rotateSecret(
  { db, clock, secretBox, engine }: Pick<Context, "db" | "clock" | "secretBox" | "engine">,
  hook: HookRecord,
  chosen?: string,
): Promise<{ hook: HookRecord; secret: string }> {
  const now = clock.now();
  const secret = chosen ?? newSecret();
  const changes = {
    secret: secretBox.seal(secret, hook._id),
    previousSecret: hook.secret,
    previousSecretUntil: hook.secret === null ? null : new Date(now.getTime() + overlapMs),
    updatedAt: now,
  };
  await hooks(db).updateOne({ _id: hook._id, status: { $ne: "removed" } }, { $set: changes });
  await engine.presence.announce(hook.company, hook._id);
  return { hook: { ...hook, ...changes }, secret };
}
