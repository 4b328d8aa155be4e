import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { addKey, operatorProduct } from "../../server/accounts/add-key.ts";
import { stopSharedStore } from "../helpers/store.ts";
import { launchChromium, signIn } from "./chromium.ts";
import { sampleCompany } from "./sample-company.ts";

/** Pictures of every page at phone and desktop width, light and dark, for people to look at: `npm run screenshots [name]`. */
const folder = "dist/screenshots";
const only = process.argv[2] ?? "";
mkdirSync(folder, { recursive: true });
const { app, hooks, install } = await sampleCompany();
const deliveries = async (hook: string) => app.api.deliveries(hook);
const failing = (await deliveries(hooks.billing)).find(({ status }) => status === "pending" || status === "failed")?.id;
const delivered = (await deliveries(hooks.warehouse))[0]?.id;
const event = (await deliveries(hooks.billing))[0]?.event_id;
const { key } = await addKey(app.hookline.ctx, { product: operatorProduct, name: "Screenshots" });

const pages: Record<string, string> = {
  list: "/settings/webhooks",
  new: "/settings/webhooks/new?event=deal.won",
  edit: `/settings/webhooks/${hooks.bot}/edit`,
  webhook: `/settings/webhooks/${hooks.billing}`,
  paused: `/settings/webhooks/${hooks.bot}`,
  delete: `/settings/webhooks/${hooks.billing}/delete`,
  replay: `/settings/webhooks/${hooks.warehouse}/replay`,
  deliveries: "/settings/deliveries",
  attention: "/settings/deliveries?view=attention",
  delivery: `/settings/deliveries/${failing}`,
  delivered: `/settings/deliveries/${delivered}`,
  repeat: "/settings/repeat?view=attention",
  events: "/settings/events",
  event: `/settings/events/${event}`,
  why: `/settings/why?hook=${hooks.bot}&event=${event}`,
  catalogue: "/settings/catalogue",
  type: "/settings/catalogue/deal.won",
  apps: "/settings/apps",
  disconnect: `/settings/apps/${install}/disconnect`,
  keys: "/settings/keys",
  people: "/settings/people",
  audit: "/settings/audit",
  zone: "/settings/time-zone",
  operator: "/operator",
  "operator-apps": "/operator/apps",
  companies: "/operator/companies",
};

const browser = await launchChromium();
for (const [width, colorScheme] of [
  [1280, "light"],
  [390, "light"],
  [1280, "dark"],
  [390, "dark"],
] as const) {
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme,
    timezoneId: "Europe/Berlin",
    deviceScaleFactor: width < 400 ? 2 : 1,
  });
  const page = await signIn(context, app.url);
  await page.goto(`${app.url}/operator/sign-in`);
  await page.fill("#key", key);
  await page.click("button[type=submit]");
  for (const [name, path] of Object.entries(pages)) {
    if (only && !only.split(",").includes(name)) continue;
    await page.goto(app.url + path);
    await page.waitForTimeout(150);
    await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`), fullPage: true });
  }
  await context.close();
}
await browser.close();
await app.stop();
await stopSharedStore();
console.log(`Pictures are in ${folder}/`);
process.exit(0);
