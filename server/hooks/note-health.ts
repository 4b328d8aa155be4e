import type { ProductRules } from "../../schemas/product.ts";
import type { Context } from "../context.ts";
import { cancelDeliveries } from "../deliveries/cancel-deliveries.ts";
import { hooks } from "./hook.ts";
import type { LiveHook } from "./hook-registry.ts";

const dayMs = 24 * 3_600_000;

/** Keeps since when a hook has been failing, and turns off one that has failed for too long, with the reason. */
export async function noteHealth(
  { db, clock, engine, log }: Pick<Context, "db" | "clock" | "engine" | "log">,
  hook: LiveHook,
  { delivered, at, rules }: { delivered: boolean; at: Date; rules: ProductRules["delivery"] },
): Promise<void> {
  const { record } = hook;
  if (delivered) {
    if (!record.failingSince) return;
    record.failingSince = null;
    await hooks(db).updateOne({ _id: record._id }, { $set: { failingSince: null } });
    return;
  }
  if (!record.failingSince) {
    record.failingSince = at;
    await hooks(db).updateOne({ _id: record._id, failingSince: null }, { $set: { failingSince: at } });
    return;
  }
  if (at.getTime() - record.failingSince.getTime() < rules.disable_after_days * dayMs) return;
  const reason = `Turned off: every attempt since ${record.failingSince.toISOString()} has failed.`;
  const { modifiedCount } = await hooks(db).updateOne(
    { _id: record._id, status: "active" },
    { $set: { status: "disabled", reason, updatedAt: clock.now() } },
  );
  if (modifiedCount === 0) return;
  log.warn({ hook: record._id, company: record.company, failing_since: record.failingSince }, "hook disabled");
  await engine.presence.announce(record.company, record._id);
  await cancelDeliveries({ db, clock }, record._id, reason);
}
