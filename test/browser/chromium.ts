import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { password } from "../helpers/oauth-app.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const quiet = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath, args: quiet });
}

/** Axe finds nothing. The page's policy lets no eval in, so the context must bypass it (`bypassCSP`). */
export async function assertAccessible(page: Page): Promise<void> {
  const violations = await page.evaluate(async (source) => {
    const run = new Function(`${source}; return axe.run(document, { resultTypes: ["violations"] });`);
    const { violations: found } = await run();
    return found.map(
      ({ id, nodes }: { id: string; nodes: { html: string; failureSummary: string }[] }) =>
        `${id}: ${nodes.map(({ html, failureSummary }) => `${html.slice(0, 200)} ${failureSummary}`).join("\n")}`,
    );
  }, axe);
  assert.deepEqual(violations, [], page.url());
}

export async function assertFits(page: Page): Promise<void> {
  const overflow = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
  assert.equal(overflow, 0, `nothing of ${page.url()} sticks out sideways`);
}

/** Signs in by the form, as Ada unless told otherwise. */
export async function signIn(
  context: BrowserContext,
  url: string,
  { email = "ada@acme.example", to = "/settings/webhooks" } = {},
): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${url}${to}`);
  await page.fill("#email", email);
  await page.fill("#password", password);
  await page.click("button[type=submit]");
  await page.waitForURL(`**${to}*`);
  return page;
}

/** Opens the operator's pages in the same browser. */
export async function openOperator(page: Page, url: string, key: string): Promise<void> {
  await page.goto(`${url}/operator/sign-in`);
  await page.fill("#key", key);
  await page.click("button[type=submit]");
  await page.waitForURL("**/operator");
}
