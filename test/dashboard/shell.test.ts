import assert from "node:assert/strict";
import { contrast } from "../../schemas/brand.ts";
import { loadCatalogue } from "../../schemas/load-catalogue.ts";
import { readConfig } from "../../server/config.ts";
import { ago, countdown, moment } from "../../server/dashboard/shell/times.tsx";
import { Browser, fieldsOf } from "../helpers/browser.ts";
import { eventually } from "../helpers/eventually.ts";
import { addPeople, password } from "../helpers/oauth-app.ts";
import { type Json, startTestApp, type TestApp, type TestAppOptions } from "../helpers/test-app.ts";

describe("the frame of the pages", () => {
  let app: TestApp;
  let ada: Browser;
  async function start(options: TestAppOptions = {}) {
    app = await startTestApp(options);
    await addPeople(app);
    ada = new Browser(app.url);
    await ada.signIn("ada@acme.example", password);
  }
  afterEach(() => app.stop());

  const portalLink = async (): Promise<string> => {
    const { body } = await app.backend.post("/v1/portal-links", { company_id: "acme", user_id: "ada" }).expect(201);
    return new URL((body as Json).url).pathname;
  };

  it("has a policy without inline scripts and styles, and nothing from elsewhere", async () => {
    await start();
    for (const path of ["/settings/webhooks", "/settings/deliveries", "/settings/apps", "/settings/webhooks/new"]) {
      const { headers, text } = await ada.get(path);
      const policy = headers["content-security-policy"] ?? "";
      for (const part of [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
      ])
        assert.ok(policy.includes(part), `${path}: ${part}`);
      assert.ok(!/unsafe|https?:/.test(policy));
      assert.ok(!/<script(?![^>]* src="\/assets\/page\.js")|<style| style="| on[a-z]+="/.test(text), path);
      assert.equal(headers["x-frame-options"], "DENY");
    }
  });

  it("stands in the frames of EMBED_ORIGINS and no others; a portal link opened there has no bar and a cookie of its own", async () => {
    await start({ config: { embedOrigins: ["https://app.example.com"], publicUrl: "https://hooks.example.com", trustedProxies: 1 } });
    const frame = new Browser(app.url);
    const tls = { "x-forwarded-proto": "https" };
    const opened = await frame.get(await portalLink(), { ...tls, "sec-fetch-dest": "iframe" });
    assert.match(String(opened.headers["set-cookie"]), /SameSite=None/i);
    assert.match(String(opened.headers["set-cookie"]), /Partitioned/i);
    assert.match(String(opened.headers["set-cookie"]), /Secure/i);
    const page = await frame.get("/settings/webhooks", tls);
    assert.match(page.headers["content-security-policy"] ?? "", /frame-ancestors https:\/\/app\.example\.com;/);
    assert.equal(page.headers["x-frame-options"], undefined);
    assert.ok(!page.text.includes('class="bar"'));
    const ended = await new Browser(app.url).get("/settings/webhooks", { ...tls, "sec-fetch-dest": "iframe" });
    assert.equal(ended.status, 401);
    assert.match(ended.text, /Your session in this frame has ended/);
    assert.match(ended.headers["content-security-policy"] ?? "", /frame-ancestors https:\/\/app\.example\.com/);
    const window = new Browser(app.url);
    assert.match(String((await window.get(await portalLink(), tls)).headers["set-cookie"]), /SameSite=Lax/i);
    assert.match((await window.get("/settings/webhooks", tls)).text, /class="bar"/);
    const signIn = await new Browser(app.url).get("/sign-in", tls);
    assert.match(signIn.headers["content-security-policy"] ?? "", /frame-ancestors 'none'/);
    assert.equal(signIn.headers["x-frame-options"], "DENY");
  });

  it("tells of changes as they happen, to who is signed in, of their company only; hangs up on who was removed, and when it stops", async () => {
    await start();
    const own = await startTestApp();
    await addPeople(own);
    const browser = new Browser(own.url);
    await browser.signIn("ada@acme.example", password);
    const hook = await own.api.subscribe({ event: "deal.won", target_url: own.receiver.url });
    const open = async (cookie: string) => fetch(`${own.url}/settings/live`, { headers: { cookie }, redirect: "manual" });
    assert.equal((await open("")).status, 303, "nobody else");
    const stream = await open(browser.cookies);
    assert.equal(stream.headers.get("content-type"), "text/event-stream");
    let heard = "";
    const listening = (async () => {
      for await (const part of stream.body as AsyncIterable<Uint8Array>) heard += Buffer.from(part).toString();
    })();
    await eventually(
      async () => heard,
      (text) => text.includes("event: ready"),
      "the stream is open",
    );
    await own.publish("deal.won", {}, { company_id: "globex" });
    assert.equal(heard.includes("changed"), false, "another company's events are not told");
    await own.publish("deal.won");
    await own.api.settled(hook.id, "succeeded");
    await eventually(
      async () => heard,
      (text) => text.includes("event: changed"),
      "the change",
    );
    const left = new Browser(own.url);
    await left.signIn("bo@acme.example", password);
    const theirs = await open(left.cookies);
    await own.backend.delete("/v1/companies/acme/users/bo").expect(200);
    own.clock.advance({ seconds: 15 });
    await theirs.text();
    await own.stop();
    await listening;
    assert.equal(own.hookline.ctx.engine.changes.listening, 0);
  });

  it("a product has its own colours, which people can read or the catalogue is refused", async () => {
    await start();
    assert.ok(Math.abs(contrast("#000000", "#ffffff") - 21) < 0.01);
    const catalogue = loadCatalogue(...app.config.schemaFolders);
    const product = catalogue.get("tonic-desk");
    if (product) product.brand = { accent: { light: "#0b6b3a", dark: "#6fd99b" }, scheme: "light" };
    const branded = await startTestApp({ catalogue });
    await addPeople(branded);
    const browser = new Browser(branded.url);
    await browser.signIn("ada@acme.example", password);
    assert.match((await browser.get("/settings/webhooks")).text, /href="\/assets\/brand\/tonic-desk\.css"/);
    const css = await browser.get("/assets/brand/tonic-desk.css");
    assert.match(css.text, /--accent: light-dark\(#0b6b3a, #6fd99b\);.*color-scheme: light/);
    await branded.stop();
  });

  it("refuses an origin to embed in that isn't one", async () => {
    await start();
    assert.throws(
      () => readConfig({ EMBED_ORIGINS: "app.example.com, https://x.example/path" }),
      /EMBED_ORIGINS has "app\.example\.com".*\n.*"https:\/\/x\.example\/path"/,
    );
    assert.deepEqual(readConfig({ EMBED_ORIGINS: "https://a.example, https://b.example" }).embedOrigins, [
      "https://a.example",
      "https://b.example",
    ]);
  });

  it("says times as people do", async () => {
    await start();
    const now = new Date("2026-11-24T12:00:00Z");
    const back = (seconds: number) => new Date(now.getTime() - seconds * 1000);
    assert.deepEqual(
      [0, 12, 200, 7_300, 20 * 3_600, 5 * 86_400].map((seconds) => ago("UTC", back(seconds), now)),
      ["Just now", "12 s ago", "3 min ago", "2 h ago", "Yesterday", "19 Nov"],
    );
    assert.deepEqual([45_000, 248_000, 3_720_000, 3 * 86_400_000].map(countdown), ["45 s", "4 min 08 s", "1 h 02 min", "3 days"]);
    assert.deepEqual([moment("Europe/Berlin", now, now), moment("Europe/Berlin", back(-86_400), now)], ["13:00", "Wed 25 Nov, 13:00"]);
  });

  it("an address that leads nowhere, a form that is too large and a fault of ours are pages too, with the right status", async () => {
    await start();
    const nowhere = await ada.get("/settings/nowhere");
    assert.deepEqual([nowhere.status, nowhere.headers["content-type"]], [404, "text/html; charset=utf-8"]);
    const fields = fieldsOf(await ada.get("/settings/webhooks/new"), "/settings/webhooks/new");
    const large = await ada.post("/settings/webhooks/new", { ...fields, name: "x".repeat(300_000) });
    assert.equal(large.status, 413);
    assert.match(large.text, /The form holds more than we take/);
    app.hookline.ctx.registry.all = () => Promise.reject(new Error("a fault of ours"));
    const failed = await ada.get("/settings/webhooks");
    assert.equal(failed.status, 500);
    assert.match(failed.text, /it has been logged/);
    assert.ok(!failed.text.includes("a fault of ours"));
  });

  it("who isn't signed in comes back to the page after signing in", async () => {
    await start();
    const stranger = new Browser(app.url);
    const to = "/settings/deliveries?view=attention&when=7d";
    const away = await stranger.get(to);
    assert.equal(away.headers.location, `/sign-in?return_to=${encodeURIComponent(to)}`);
    const page = await stranger.get(away.headers.location as string);
    const back = await stranger.post("/sign-in", { ...fieldsOf(page), email: "ada@acme.example", password });
    assert.equal(back.headers.location, to);
  });

  describe("a form that comes after the session has ended", () => {
    const own = { "sec-fetch-site": "same-origin" };
    const typed = { target_url: "https://example.com/kept", name: 'A "name" & more', events: ["deal.won", "deal.lost"], intent: "save" };
    const path = "/settings/webhooks/new";
    async function late(headers: Record<string, string> = own) {
      await start();
      const fields = fieldsOf(await ada.get(path), path);
      await app.hookline.ctx.db.collection("sessions").deleteMany({});
      return { page: await ada.post(path, { ...fields, ...typed }, headers), fields };
    }

    it("is kept through the sign-in, wrong passwords too, looked over, and saved", async () => {
      const { page } = await late();
      assert.equal(page.status, 401);
      assert.match(page.text, /Your session had ended\. Nothing was saved yet; what you typed is kept/);
      assert.match(page.headers["content-security-policy"] ?? "", /frame-ancestors 'none'/);
      const wrong = await ada.post("/sign-in", { ...fieldsOf(page), email: "ada@acme.example", password: "not it" });
      assert.equal(wrong.status, 401);
      const on = await ada.post("/sign-in", { ...fieldsOf(wrong), email: "ada@acme.example", password });
      assert.match(on.text, /What you typed is kept/);
      const form = await ada.post(path, { ...fieldsOf(on, path), events: typed.events });
      assert.equal(form.status, 200);
      assert.match(form.text, /value="https:\/\/example\.com\/kept"/);
      assert.match(form.text, /value="A &quot;name&quot; &amp; more"/);
      assert.match(form.text, /value="deal\.lost" checked/);
      assert.equal((await app.api.get("/v1/hooks")).body.data.length, 0, "nothing is saved until it is looked over");
    });

    it("is kept where a new session began in another tab", async () => {
      await start();
      const fields = fieldsOf(await ada.get(path), path);
      await ada.signIn("ada@acme.example", password);
      const page = await ada.post(path, { ...fields, ...typed }, own);
      assert.equal(page.status, 403);
      assert.match(page.text, /What you typed is kept/);
    });

    it("is not kept when it comes from another site, or from nobody knows where", async () => {
      for (const headers of [{ "sec-fetch-site": "cross-site" }, { "sec-fetch-site": "same-site" }, {}] as Record<string, string>[]) {
        const { page } = await late(headers);
        assert.equal(page.status, 403);
        assert.ok(!page.text.includes("example.com/kept"));
        await app.stop();
      }
      await start();
    });

    it("is forgotten when somebody else signs in, and nothing but a form of Settings is carried along", async () => {
      const { page } = await late();
      const other = await ada.post("/sign-in", { ...fieldsOf(page), email: "bo@acme.example", password });
      assert.equal(other.status, 303);
      const signIn = await ada.get("/sign-in");
      for (const action of ["https://evil.example/x", "//evil.example/settings/x", "/oauth/authorize", "/settings/ x"]) {
        const kept = JSON.stringify({ action, fields: [["as", "tonic-desk:acme/ada"]] });
        const answer = await ada.post("/sign-in", { ...fieldsOf(signIn), email: "ada@acme.example", password, kept });
        assert.notEqual(answer.status, 200, action);
      }
    });
  });
});
