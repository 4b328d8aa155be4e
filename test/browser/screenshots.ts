import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { stopSharedStore } from "../helpers/store.ts";
import { launchChromium, openOperator, signIn } from "./chromium.ts";
import { operatorKey, pagesOf } from "./pages.ts";
import { sampleCompany } from "./sample-company.ts";

/** Pictures of every page at phone and desktop width, light and dark, for people to look at: `npm run screenshots [-- names]`. */
const folder = "dist/screenshots";
const only = process.argv[2]?.split(",");
mkdirSync(folder, { recursive: true });
const company = await sampleCompany();
const pages = Object.entries(await pagesOf(company)).filter(([name]) => !only || only.includes(name));
const key = await operatorKey(company);
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
  const page = await signIn(context, company.app.url);
  await openOperator(page, company.app.url, key);
  for (const [name, path] of pages) {
    await page.goto(company.app.url + path);
    await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`), fullPage: true });
  }
  await context.close();
}
await browser.close();
await company.app.stop();
await stopSharedStore();
console.log(`${pages.length * 4} pictures are in ${folder}/`);
process.exit(0);
