import type { Context } from "../context.ts";
import { cancelDeliveries } from "../deliveries/cancel-deliveries.ts";
import type { Presence } from "../workers/presence.ts";
import { hooks } from "./hook.ts";

/** What changes a hook needs of the engine; the operator's command has only that. */
export type Announcing = { engine: { presence: Pick<Presence, "announce"> } };

/**
 * Removes a hook for good, in every process, and cancels what it still had to get. Nothing more is sent to it once this
 * has returned but what was already on the wire. Idempotent. false where the company has no such hook.
 * @param gone its receiver asked for it, by 410
 */
export async function unsubscribe(
  { db, clock, engine }: Pick<Context, "db" | "clock"> & Announcing,
  { company, hook, reason, gone = false }: { company: string; hook: string; reason: string; gone?: boolean },
): Promise<boolean> {
  const record = await hooks(db).findOne({ _id: hook, company }).lean();
  if (!record) return false;
  if (record.status !== "removed") {
    await hooks(db).updateOne(
      { _id: hook, status: { $ne: "removed" } },
      {
        $set: {
          status: "removed",
          reason,
          secret: null,
          previousSecret: null,
          updatedAt: clock.now(),
          ...(gone ? { goneAt: clock.now() } : {}),
        },
        $unset: { fingerprint: 1 },
      },
    );
  }
  // Again for one that was removed before: whoever removed it may have died here.
  await engine.presence.announce(company, hook);
  await cancelDeliveries({ db, clock }, hook, record.status === "removed" ? (record.reason ?? reason) : reason);
  return true;
}
