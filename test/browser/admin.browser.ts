import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { addPeople, connect, newClient, password } from "../helpers/oauth-app.ts";
import { type Json, startTestApp, type TestApp } from "../helpers/test-app.ts";
import { assertAccessible, launchChromium, signIn } from "./chromium.ts";

/** The whole way of an admin who sets up, watches and mends a webhook, on the real clock and under the pages' own policy. */
describe("an admin", () => {
  let app: TestApp;
  let browser: Browser;
  before(async () => {
    browser = await launchChromium();
  });
  after(() => browser.close());
  beforeEach(async () => {
    app = await startTestApp({ realClock: true });
    await addPeople(app);
  });
  afterEach(() => app.stop());

  async function way(context: BrowserContext, live: boolean): Promise<void> {
    const { receiver } = app;
    const page = await signIn(context, app.url);
    const errors: string[] = [];
    page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
    const said = async (text: RegExp | string) => page.waitForSelector(`main >> text=${text}`);
    /** Until the page says it: by itself where it is live, by looking again where it isn't. */
    const shows = async (text: RegExp | string) => {
      for (let i = 0; !live && i < 40 && (await page.locator(`main >> text=${text}`).count()) === 0; i++) {
        await page.waitForTimeout(100);
        await page.reload();
      }
      await said(text);
    };

    // Add one; its test fails, and the page says why.
    receiver.alwaysRespond({ status: 500, body: '{"error":"no database"}' });
    await page.click("main >> text=New webhook");
    await page.fill("#target_url", receiver.url);
    await page.fill("#name", "Billing sync");
    await page.check("input[value='deal.won']");
    await page.click("text=Add webhook and send a test");
    await shows("/Test of deal.won/");
    await shows("/500 Internal Server Error/");
    const secret = await page.locator("#secret-shown").count();
    assert.equal(secret, live ? 1 : secret, "the secret is shown");
    await page.click("text=See the test");
    await said("/Something went wrong inside the endpoint/");
    await page.click("main nav >> text=Deliveries");

    // A real event fails too; mended, it is retried by hand and seen to arrive.
    await app.publish("deal.won", { name: "Northwind renewal" });
    await page.goto(`${app.url}/settings/webhooks`);
    await shows("/Billing sync is failing/");
    await page.click("text=See the 1 delivery");
    await page.click("a.row-link >> text=Northwind renewal");
    await said("/We’ll try again in/");
    receiver.alwaysRespond(200);
    await page.click("text=Retry now");
    await said("/Queued. This page will show the answer/");
    await shows("/Delivered in \\d+ ms, at attempt 2/");

    // The list shows what arrives while it is looked at.
    await page.goto(`${app.url}/settings/webhooks`);
    await page.click("a.row-link >> text=Billing sync");
    if (live) await page.waitForSelector("html[data-stream=open]");
    await app.publish("deal.won", { name: "Kestrel onboarding" });
    if (live) await page.click("text=Show 1 newer delivery");
    else await page.reload();
    await shows("Kestrel onboarding");

    // Paused, two are held; resumed, they go out in order.
    await page.click("summary >> text=More");
    await page.click("button >> text=Pause");
    await said("/What happens meanwhile is held/");
    for (const name of ["First", "Second"]) await app.publish("deal.won", { name });
    await shows("/2 held\\. Resume sends them, oldest first/");
    const before = receiver.requests.length;
    await page.click("#state button >> text=Resume");
    const sent = await receiver.received(before + 2);
    assert.deepEqual(
      sent.slice(-2).map(({ body }) => body.data.name),
      ["First", "Second"],
    );

    // What was missed before it subscribed to it is replayed, with a summary.
    await app.publish("deal.lost", { name: "Missed deal" });
    await page.click("main >> text=Change");
    await page.check("input[value='deal.lost']");
    await page.click("text=Save changes");
    await page.click("summary >> text=More");
    await page.click("text=Replay missed events…");
    await page.click("button >> text=Replay missed");
    await shows("/1 delivery delivered, 0 failed again/");
    assert.equal(receiver.requests.at(-1)?.body.data.name, "Missed deal");

    // The secret is rotated.
    await page.goto(`${app.url}/settings/webhooks`);
    await page.click("a.row-link >> text=Billing sync");
    await page.click("summary >> text=More");
    await page.click("text=Rotate secret…");
    await page.click("button >> text=Rotate secret");
    await said("/shown this once/");
    assert.match((await page.textContent("#secret-shown")) ?? "", /^whsec_/);

    // An app is taken back.
    const { api } = await connect(app, await newClient(app, { name: "Zapier", platform: "zapier" }));
    const zap: Json = await api.subscribe({ event: "deal.won", target_url: `${receiver.url}/zap`, platform: "zapier" });
    await page.click("nav >> text=Connected apps");
    await page.click("text=Disconnect…");
    await said("/1 webhook stops/");
    await page.click("button:text('Disconnect')");
    await said("/No apps are connected/");
    await app.api.get(`/v1/hooks/${zap.id}`).expect(404);
    assert.deepEqual(errors, []);
  }

  it("sets up, watches and mends a webhook", async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    await way(context, true);
    await context.close();
  });

  it("does it all without JavaScript", async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    await way(context, false);
    await context.close();
  });

  it("does it all on a phone", async () => {
    const context = await browser.newContext({ viewport: { width: 360, height: 740 } });
    await way(context, true);
    await context.close();
  });

  describe("with the script", () => {
    let context: BrowserContext;
    let page: Page;
    beforeEach(async () => {
      context = await browser.newContext({ permissions: ["clipboard-read", "clipboard-write"] });
      page = await signIn(context, app.url);
    });
    afterEach(() => context.close());

    it("the form looks at the URL while it is typed, follows the chosen events, and keeps what is typed", async () => {
      for (const amount of [500, 1_500]) await app.publish("deal.won", { amount });
      await page.goto(`${app.url}/settings/webhooks/new`);
      await page.fill("#target_url", "https://10.0.0.1/hook");
      await page.waitForSelector("#url-check >> text=/not a public address/");
      await page.fill("#target_url", app.receiver.url);
      await page.waitForSelector("#url-check >> text=/plain HTTP/");
      await page.fill("#name", "Typed before");
      await page.fill("#event-search", "won");
      assert.equal(await page.locator("li[data-event]:visible").count(), 1);
      await page.check("input[value='deal.won']");
      await page.waitForSelector("text=/Of your latest 2 such events, 2/");
      await page.click("text=Add a condition");
      await page.selectOption("[name=condition_path]", "data.amount");
      await page.waitForSelector("[name=condition_operator] option[value=gte]", { state: "attached" });
      await page.selectOption("[name=condition_operator]", "gte");
      await page.fill("[name=condition_value]", "1000");
      await page.locator("[name=condition_value]").blur();
      await page.waitForSelector("text=/Of your latest 2 such events, 1/");
      assert.equal(await page.inputValue("#name"), "Typed before");
      await page.click("li[data-event]:visible summary");
      await page.waitForSelector("[data-sample] >> text=deal.won");
      await page.click("text=Check that it can be reached");
      await page.waitForSelector("text=/Something answers there/");
      assert.equal(await page.inputValue("#name"), "Typed before");
    });

    it("copies a request as curl, and says so", async () => {
      const hook = await app.api.subscribe({ event: "deal.won", target_url: app.receiver.url, secret: "sssh" });
      await app.publish("deal.won", { name: "O'Brien" });
      const delivery = await app.api.settled(hook.id, "succeeded");
      await page.goto(`${app.url}/settings/deliveries/${delivery.id}`);
      await page.click("text=Copy as curl");
      await page.waitForSelector("text=Copied.");
      const copied = (await page.evaluate("navigator.clipboard.readText()")) as string;
      assert.match(copied, /^body='\{.*O'\\''Brien/);
      assert.ok(copied.includes(app.receiver.url) && !copied.includes("sssh"));
    });

    it("a page that watches catches up after the stream was refused and came back", async () => {
      await app.api.subscribe({ event: "deal.won", target_url: app.receiver.url, name: "Watched" });
      let refused = 0;
      await page.route("**/settings/live", (route) => (refused++ < 2 ? route.fulfill({ status: 503 }) : route.continue()));
      await page.goto(`${app.url}/settings/webhooks`);
      await app.publish("deal.won");
      await page.waitForSelector("text=/1 sent/", { timeout: 20_000 });
      assert.equal(refused >= 2, true);
    });

    it("a toggle holds the list still", async () => {
      const hook = await app.api.subscribe({ event: "deal.won", target_url: app.receiver.url });
      await app.publish("deal.won", { name: "One" });
      await app.api.settled(hook.id, "succeeded");
      await page.goto(`${app.url}/settings/deliveries`);
      await page.waitForSelector("html[data-stream=open]");
      await page.click("[data-live-toggle]");
      await page.waitForSelector("html:not([data-stream])");
      await app.publish("deal.won", { name: "Two" });
      await page.click("[data-live-toggle]");
      await page.waitForSelector("text=Show 1 newer delivery");
    });

    it("a replay that finds nothing says so by itself", async () => {
      const hook = await app.api.subscribe({ event: "deal.won", target_url: app.receiver.url });
      await page.goto(`${app.url}/settings/webhooks/${hook.id}/replay`);
      await page.click("button >> text=Replay missed");
      await page.waitForSelector("text=/Nothing was missed/");
    });

    it("stands in the product's own page by a portal link, where the operator lets it", async () => {
      const product = createServer((req, res) =>
        res
          .setHeader("content-type", "text/html")
          .end(`<iframe src="${decodeURIComponent((req.url ?? "/?").slice(2))}" width=900 height=700></iframe>`),
      );
      await new Promise<void>((listening) => product.listen(0, "127.0.0.1", listening));
      const origin = `http://127.0.0.1:${(product.address() as AddressInfo).port}`;
      const embedding = await startTestApp({ realClock: true, config: { embedOrigins: [origin] } });
      await addPeople(embedding);
      const { body } = await embedding.backend.post("/v1/portal-links", { company_id: "acme", user_id: "ada" }).expect(201);
      // One site, as app.example.com and hooks.example.com are: then the cookie goes along in the frame.
      const link = (body as Json).url.replace("localhost", "127.0.0.1");
      const outer = await context.newPage();
      await outer.goto(`${origin}/?${encodeURIComponent(link)}`);
      const frame = outer.frameLocator("iframe");
      await frame.locator("h1 >> text=Webhooks").waitFor();
      assert.equal(await frame.locator("header.bar").count(), 0, "the product has its own bar");
      await frame.locator("text=New webhook").first().click();
      await frame.locator("#target_url").fill(embedding.receiver.url);
      await frame.locator("#name").fill("Framed");
      await frame.locator("input[value='deal.won']").check();
      await frame.locator("text=Add webhook and send a test").click();
      await frame.locator("text=/Webhook added/").waitFor();
      await embedding.stop();
      product.close();
    });
  });

  it("loses nothing of a form when the session ends meanwhile", async () => {
    const context = await browser.newContext({ bypassCSP: true });
    const page = await signIn(context, app.url, { to: "/settings/webhooks/new" });
    await page.fill("#target_url", app.receiver.url);
    await page.fill("#name", "Kept ü");
    await page.check("input[value='deal.won']");
    await context.clearCookies();
    await page.click("text=Add webhook and send a test");
    await page.waitForSelector("text=/Nothing was saved yet/");
    await assertAccessible(page);
    await page.fill("#email", "ada@acme.example");
    await page.fill("#password", password);
    await page.click("button[type=submit]");
    await page.waitForSelector("h1 >> text=What you typed is kept");
    await assertAccessible(page);
    await page.click("button >> text=Go on");
    assert.deepEqual(
      [await page.inputValue("#target_url"), await page.inputValue("#name"), await page.isChecked("input[value='deal.won']")],
      [app.receiver.url, "Kept ü", true],
    );
    await page.click("text=Add webhook and send a test");
    await page.waitForSelector("main >> text=/Webhook added/");
    await context.close();
  });

  it("signs in with a password again after another admin has reset it", async () => {
    const context = await browser.newContext();
    const page = await signIn(context, app.url, { to: "/settings/people" });
    await page.click("button:has-text('Reset password'):has-text('Bo')");
    const link = (await page.textContent("section[aria-label=Link] code")) ?? "";
    const other = await browser.newContext();
    const bo = await other.newPage();
    await bo.goto(link);
    await bo.fill("#password", `${password} new`);
    await bo.click("button[type=submit]");
    await bo.waitForURL("**/settings/webhooks");
    await other.close();
    await context.close();
  });
});
