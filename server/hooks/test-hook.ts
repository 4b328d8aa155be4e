import type { EventType } from "../../schemas/load-catalogue.ts";
import type { Context } from "../context.ts";
import { deliveryId } from "../deliveries/delivery.ts";
import { AppError } from "../errors.ts";
import type { HookRecord } from "./hook.ts";

/** Sends the example of an event type to a hook, whatever its filter and whether it is paused; recorded as a test. */
export async function testHook(
  { clock, registry, engine }: Pick<Context, "clock" | "registry" | "engine">,
  hook: HookRecord,
  eventType: EventType,
): Promise<{ delivery: string; event: string }> {
  const live = await registry.hook(hook.company, hook._id);
  const [example] = eventType.examples;
  if (!live || !example) throw new AppError(409, "The webhook was removed meanwhile.");
  const id = engine.newEventId();
  const companyId = hook.company.slice(hook.company.indexOf(":") + 1);
  const body = {
    ...structuredClone(example),
    id,
    timestamp: clock.now().toISOString(),
    ...("company_id" in example ? { company_id: companyId } : {}),
  };
  await engine.append(id, { product: hook.product, company: hook.company, body, hooks: [live], test: true });
  return { delivery: deliveryId(id, hook._id), event: id };
}
