import type { Product } from "../../../schemas/load-catalogue.ts";
import type { Context } from "../../context.ts";
import { AppError } from "../../errors.ts";
import { checkTarget } from "../../hooks/check-target.ts";
import { outcomeOf } from "../deliveries/delivery-words.ts";
import { inTime } from "../shell/times.tsx";
import type { UrlReport } from "./webhook-form.tsx";

const withinMs = 5_000;

/** What there is to say about an address before a webhook goes there: the rules, and how it resolves. Nothing is sent. */
export async function reportUrl(ctx: Pick<Context, "config" | "resolver">, product: Product, url: string): Promise<UrlReport> {
  try {
    const { warnings } = await checkTarget(ctx, product, url);
    if (warnings.length > 0) return { tone: "wait", says: warnings };
    return { tone: "ok", says: ["This address can be used"] };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { tone: "bad", says: error.fields.map(({ message }) => (/^(is|must|has|needs) /.test(message) ? `It ${message}` : message)) };
  }
}

/** The same, and whether something answers there: any answer to a HEAD will do, since the endpoint may take POST only. */
export async function reachUrl(ctx: Pick<Context, "config" | "resolver" | "transport">, product: Product, url: string): Promise<UrlReport> {
  const report = await reportUrl(ctx, product, url);
  if (report.tone === "bad") return report;
  const answer = await ctx.transport.send({
    method: "HEAD",
    url: new URL(url).href,
    headers: { "user-agent": "Hookline/0.1" },
    body: Buffer.alloc(0),
    timeoutMs: withinMs,
  });
  if (!answer.response)
    return {
      tone: "bad",
      says: [`It can’t be reached: ${answer.error?.message ?? "no answer"}`, ...(report.tone === "wait" ? report.says : [])],
    };
  const reached = `Something answers there (${outcomeOf(answer)} to a HEAD request, in ${inTime(answer.durationMs)})`;
  return report.tone === "wait" ? { tone: "wait", says: [reached, ...report.says] } : { tone: "ok", says: [reached] };
}
