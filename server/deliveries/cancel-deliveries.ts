import type { Context } from "../context.ts";
import { backlogs } from "./backlog.ts";
import { deliveries } from "./delivery.ts";

/** Cancels what a hook still had to get, and says why. Gives how many there were. */
export async function cancelDeliveries({ db, clock }: Pick<Context, "db" | "clock">, hook: string, reason: string): Promise<number> {
  const { modifiedCount } = await deliveries(db).updateMany(
    { hook, open: true },
    { $set: { status: "cancelled", reason, settledAt: clock.now() }, $unset: { open: 1, dueAt: 1, manualAt: 1, ordered: 1 } },
  );
  await backlogs(db).deleteOne({ _id: hook });
  return modifiedCount;
}

/** Sets aside what a paused hook still has to get. */
export async function holdDeliveries({ db }: Pick<Context, "db">, hook: string): Promise<number> {
  const { modifiedCount } = await deliveries(db).updateMany(
    { hook, open: true, dueAt: { $exists: true } },
    { $set: { status: "held", reason: heldReason }, $unset: { dueAt: 1 } },
  );
  return modifiedCount;
}

export const heldReason = "The webhook is paused.";
