import type { Context } from "../context.ts";
import { AppError, notFound } from "../errors.ts";
import { hooks } from "../hooks/hook.ts";
import { markDue } from "./backlog.ts";
import { type DeliveryRecord, deliveries } from "./delivery.ts";

/** One more attempt now, whatever the delivery's state; what the schedule has planned stays. Durable when it returns. */
export async function retryDelivery(
  { db, clock, engine }: Pick<Context, "db" | "clock" | "engine">,
  company: string,
  id: string,
): Promise<DeliveryRecord> {
  const delivery = await deliveries(db).findOne({ _id: id, company }).lean();
  if (!delivery) throw notFound(`Delivery "${id}"`);
  const hook = await hooks(db).findById(delivery.hook).lean();
  if (!hook || hook.status === "removed") throw new AppError(409, "This delivery's webhook was removed, so there is nowhere to send it.");
  if (hook.status === "disabled") throw new AppError(409, 'This delivery\'s webhook is turned off; set its status to "active" first.');
  const now = clock.now();
  await deliveries(db).updateOne({ _id: id }, { $set: { manualAt: now } });
  await markDue(db, [{ hook: delivery.hook, company, dueAt: now }]);
  engine.wake();
  return { ...delivery, manualAt: now };
}
