import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser } from "playwright-core";
import { addPeople, authorizePath, type Client, newClient, password } from "../helpers/oauth-app.ts";
import { startTestApp, type TestApp } from "../helpers/test-app.ts";
import { assertAccessible, assertFits, launchChromium } from "./chromium.ts";

/** In a real browser, which alone enforces the content security policy that a redirect after a form has to pass. */
describe("connecting an app in a browser", () => {
  let app: TestApp;
  let browser: Browser;
  let platform: Server;
  let client: Client;
  let callback: string;
  before(async () => {
    app = await startTestApp({ realClock: true });
    await addPeople(app);
    platform = createServer((req, res) => res.setHeader("content-type", "text/html").end(`<h1>arrived</h1>${req.url}`));
    await new Promise<void>((listening) => platform.listen(0, "127.0.0.1", listening));
    callback = `http://127.0.0.1:${(platform.address() as AddressInfo).port}/callback`;
    client = await newClient(app, { name: "A platform", verified: false, redirectUris: [callback] });
    browser = await launchChromium();
  });
  after(async () => {
    await browser.close();
    platform.close();
    await app.stop();
  });

  for (const [width, colorScheme] of [
    [1280, "light"],
    [390, "dark"],
    [390, "light"],
    [1280, "dark"],
  ] as const) {
    it(`sign-in, consent and connected apps at ${width}px in the ${colorScheme} are accessible and fit`, async () => {
      // The policy lets no eval in either, which axe needs; that the pages work under it shows below, without axe.
      const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme, bypassCSP: true });
      const page = await context.newPage();
      await page.goto(app.url + authorizePath(client, { redirect_uri: callback }));
      await assertAccessible(page);
      await page.fill("#email", "ada@acme.example");
      await page.fill("#password", password);
      await page.click("button[type=submit]");
      await page.waitForURL("**/oauth/authorize**");
      await assertAccessible(page);
      await assertFits(page);
      await page.goto(`${app.url}/settings/apps`);
      await assertAccessible(page);
      await context.close();
    });
  }

  it("works under its own policy: the redirect after the form gets through, and nothing is blocked", async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    const errors: string[] = [];
    page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
    await page.goto(app.url + authorizePath(client, { redirect_uri: callback }));
    await page.fill("#email", "ada@acme.example");
    await page.fill("#password", password);
    await page.click("button[type=submit]");
    await page.click("button[value=allow]");
    await page.waitForURL(`${callback}**`);
    assert.match(page.url(), /[?&]code=hl_ac_.*state=s-1/);
    await page.goto(`${app.url}/settings/apps`);
    await page.click("text=Disconnect…");
    await page.click("button:text('Disconnect')");
    await page.waitForURL("**/settings/apps");
    assert.match((await page.textContent("[role=status]")) ?? "", /Disconnected/);
    assert.deepEqual(errors, []);
    await context.close();
  });

  it("can't be framed", async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    const framer = createServer((_req, res) =>
      res.setHeader("content-type", "text/html").end(`<iframe src="${app.url}/sign-in"></iframe>`),
    );
    await new Promise<void>((listening) => framer.listen(0, "127.0.0.1", listening));
    const refused = page.waitForEvent("console", (message) => /frame-ancestors|X-Frame-Options/i.test(message.text()));
    await page.goto(`http://127.0.0.1:${(framer.address() as AddressInfo).port}/`);
    await refused;
    framer.close();
    await context.close();
  });
});
