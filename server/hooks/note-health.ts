import type { ProductRules } from "../../schemas/product.ts";
import type { Context } from "../context.ts";
import { cancelDeliveries } from "../deliveries/cancel-deliveries.ts";
import type { Attempt } from "../deliveries/delivery.ts";
import { hooks } from "./hook.ts";
import type { LiveHook } from "./hook-registry.ts";

const dayMs = 24 * 3_600_000;

/** Keeps since when a hook has been failing and how, and turns off one that has failed for too long, with the reason. */
export async function noteHealth(
  { db, clock, engine, log }: Pick<Context, "db" | "clock" | "engine" | "log">,
  hook: LiveHook,
  { attempt, delivered, rules }: { attempt: Attempt; delivered: boolean; rules: ProductRules["delivery"] },
): Promise<void> {
  const { record } = hook;
  const { at } = attempt;
  if (delivered) {
    if (!record.failingSince) return;
    record.failingSince = null;
    record.failure = null;
    await hooks(db).updateOne({ _id: record._id }, { $set: { failingSince: null, failure: null } });
    return;
  }
  const failure = attempt.response ? String(attempt.response.status) : (attempt.error?.message ?? "No answer");
  if (!record.failingSince) {
    record.failingSince = at;
    record.failure = failure;
    await hooks(db).updateOne({ _id: record._id, failingSince: null }, { $set: { failingSince: at, failure } });
    return;
  }
  if (record.failure !== failure) {
    record.failure = failure;
    await hooks(db).updateOne({ _id: record._id, failingSince: { $ne: null } }, { $set: { failure } });
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
