import type { Product } from "../../../schemas/load-catalogue.ts";
import type { Context } from "../../context.ts";
import { deliveries } from "../../deliveries/delivery.ts";
import type { HookRecord } from "../../hooks/hook.ts";
import { testHook } from "../../hooks/test-hook.ts";
import { typesOf } from "./hook-draft.ts";

const answeredWithinMs = 1_500;

/**
 * Sends a test of one of the hook's events (`wanted`, or its first) and waits a moment for the answer: most endpoints
 * answer at once, and a page without a script then shows it right away. The delivery's id; undefined where none of the
 * events is in the catalogue any more.
 */
export async function sendTest(
  ctx: Pick<Context, "clock" | "registry" | "engine" | "db">,
  product: Product,
  hook: HookRecord,
  wanted = "",
): Promise<string | undefined> {
  const types = typesOf(hook.events, product);
  const type = types.find((one) => one.type === wanted) ?? types[0];
  if (!type) return undefined;
  const { delivery } = await testHook(ctx, hook, type);
  const until = performance.now() + answeredWithinMs;
  while (performance.now() < until) {
    const found = await deliveries(ctx.db).findById(delivery).select({ tries: 1 }).lean();
    if (found && found.tries > 0) break;
    await new Promise((done) => setTimeout(done, 40));
  }
  return delivery;
}
