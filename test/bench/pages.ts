import { performance } from "node:perf_hooks";
import { companyKey } from "../../server/accounts/company.ts";
import { putCompany } from "../../server/accounts/put-company.ts";
import { putUser } from "../../server/accounts/put-user.ts";
import { type DeliveryRecord, deliveries, deliveryId } from "../../server/deliveries/delivery.ts";
import { EventIds } from "../../server/events/event-id.ts";
import { type HookRecord, hookFingerprint, hooks } from "../../server/hooks/hook.ts";
import { newId } from "../../server/ids.ts";
import { Browser } from "../helpers/browser.ts";
import { password } from "../helpers/oauth-app.ts";
import { stopSharedStore } from "../helpers/store.ts";
import { startTestApp } from "../helpers/test-app.ts";

/**
 * How long pages take for a company with 10,000 webhooks and a million deliveries, beside the same pages of a small one
 * in the same run: `npm run bench:pages [-- 0.1]`, the number scales the large company. Everything runs on one machine.
 */
const scale = Number(process.argv[2] ?? 1);
const sizes = {
  large: { hooks: Math.round(10_000 * scale), deliveries: Math.round(1_000_000 * scale) },
  small: { hooks: 10, deliveries: 200 },
};
const rounds = 15;
const atOnce = 2_000;
const dayMs = 24 * 3_600_000;

const app = await startTestApp({ realClock: true });
const { ctx } = app.hookline;

async function fill(id: string, { hooks: hookCount, deliveries: count }: (typeof sizes)["large"]): Promise<string[]> {
  const company = companyKey(app.product, id);
  await putCompany(ctx, app.product, { id, name: id });
  await putUser(ctx, app.product, id, { id: "ada", email: `ada@${id}.example`, name: "Ada", role: "admin", password });
  const start = Date.now() - 20 * dayMs;
  const ids = Array.from({ length: hookCount }, () => newId("hook"));
  for (let i = 0; i < hookCount; i += atOnce)
    await hooks(ctx.db).collection.insertMany(
      ids.slice(i, i + atOnce).map((_id, n): HookRecord => {
        const targetUrl = `https://receiver-${i + n}.example.com/hook`;
        const at = new Date(start + i + n);
        const rest = { company, targetUrl, events: ["deal.won"], filter: null };
        return {
          ...rest,
          _id,
          product: app.product,
          createdBy: `${company}/ada`,
          name: `Webhook ${i + n}`,
          platform: null,
          status: "active",
          reason: null,
          secret: null,
          previousSecret: null,
          previousSecretUntil: null,
          failingSince: null,
          fingerprint: hookFingerprint(rest),
          createdAt: at,
          updatedAt: at,
        };
      }) as never[],
    );
  let now = start;
  const eventIds = new EventIds({ now: () => new Date(now) }, undefined);
  for (let i = 0; i < count; i += atOnce) {
    const batch = Array.from({ length: Math.min(atOnce, count - i) }, (_, n) => {
      now = start + Math.floor(((i + n) / count) * 20 * dayMs);
      return delivery(company, ids[(i + n) % (n % 2 === 0 ? 1 : hookCount)] as string, eventIds.next(), new Date(now), (i + n) % 50 === 0);
    });
    await deliveries(ctx.db).collection.insertMany(batch as never[], { ordered: false });
  }
  return ids;
}

function delivery(company: string, hook: string, event: string, at: Date, failed: boolean): DeliveryRecord {
  return {
    _id: deliveryId(event, hook),
    event,
    eventId: event,
    hook,
    company,
    type: "deal.won",
    recordId: "42",
    subject: "Northwind renewal",
    status: failed ? "failed" : "succeeded",
    reason: failed ? "The receiver answered 503; 4 attempts were made and no more follow." : null,
    trigger: "event",
    tries: 1,
    attempts: [
      {
        id: newId("att"),
        at,
        trigger: "event",
        outcome: failed ? "failed" : "succeeded",
        durationMs: 20,
        timings: { dnsMs: null, connectMs: null, tlsMs: null, waitingMs: 20 },
        request: { url: "https://receiver.example.com/hook", headers: { "content-type": "application/json" } },
        response: { status: failed ? 503 : 200, headers: {}, body: "", truncated: false },
        error: null,
      },
    ],
    ...(failed ? { undelivered: true as const } : {}),
    createdAt: at,
    settledAt: at,
  };
}

const started = performance.now();
const filled = { large: await fill("large", sizes.large), small: await fill("small", sizes.small) };
console.log(
  `${sizes.large.hooks.toLocaleString("en-GB")} webhooks and ${sizes.large.deliveries.toLocaleString("en-GB")} deliveries stored in ${((performance.now() - started) / 1000).toFixed(0)} s, beside a company with ${sizes.small.hooks} and ${sizes.small.deliveries}.\n`,
);

const pages = (ids: string[]): [name: string, path: string][] => [
  ["webhooks", "/settings/webhooks"],
  ["webhooks, page 200 or the last", "/settings/webhooks?team=200"],
  ["webhooks, search", "/settings/webhooks?q=webhook+7"],
  ["deliveries, last 24 hours", "/settings/deliveries"],
  ["deliveries, 30 days", "/settings/deliveries?when=30d"],
  ["deliveries that need attention", "/settings/deliveries?when=30d&view=attention"],
  ["deliveries, a search that finds nothing", "/settings/deliveries?when=30d&q=nothing+like+it"],
  ["deliveries of another event", "/settings/deliveries?when=30d&event=deal.lost"],
  ["a webhook with half of them", `/settings/webhooks/${ids[0]}?when=30d`],
  ["a webhook with few", `/settings/webhooks/${ids[1]}?when=30d`],
];

type Times = { first: number; median: number; slowest: number; bytes: number };
async function measure(company: "large" | "small"): Promise<Times[]> {
  const browser = new Browser(app.url);
  await browser.signIn(`ada@${company}.example`, password);
  const results: Times[] = [];
  for (const [name, path] of pages(filled[company])) {
    const times: number[] = [];
    let bytes = 0;
    for (let i = 0; i <= rounds; i++) {
      const at = performance.now();
      const page = await browser.get(path);
      times.push(performance.now() - at);
      if (page.status !== 200) throw new Error(`${name} answered ${page.status}`);
      bytes = page.text.length;
    }
    const [first = 0, ...again] = times;
    again.sort((a, b) => a - b);
    results.push({ first, median: again[Math.floor(again.length / 2)] ?? 0, slowest: again.at(-1) ?? 0, bytes });
  }
  return results;
}

const [small, large] = [await measure("small"), await measure("large")];
const line = (cells: string[]) => console.log(cells.map((cell, i) => (i === 0 ? cell.padEnd(42) : cell.padStart(12))).join(""));
line(["page (ms, large company)", "first", "median", "slowest", "KB", "large/small"]);
for (const [i, [name]] of pages(filled.large).entries()) {
  const [one, other] = [large[i] as Times, small[i] as Times];
  line([
    name,
    one.first.toFixed(0),
    one.median.toFixed(0),
    one.slowest.toFixed(0),
    (one.bytes / 1000).toFixed(0),
    (one.median / other.median).toFixed(1),
  ]);
}
await app.stop();
await stopSharedStore();
process.exit(0);
