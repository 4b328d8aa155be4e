import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { Browser, fieldsOf } from "../helpers/browser.ts";
import { addPeople, authorizePath, newClient, password } from "../helpers/oauth-app.ts";
import { Api, type Json, startTestApp, type TestApp } from "../helpers/test-app.ts";

describe("people", () => {
  let app: TestApp;
  beforeEach(async () => {
    app = await startTestApp();
    await addPeople(app);
  });
  afterEach(() => app.stop());

  const isSignedIn = async (browser: Browser) => (await browser.get("/settings/apps")).status === 200;

  it("sign in with email and password; a wrong one and an unknown address get the same answer", async () => {
    const browser = new Browser(app.url);
    const wrong = await browser.signIn("ada@acme.example", "wrong password");
    const unknown = await browser.signIn("nobody@acme.example", "wrong password");
    const plain = (text: string) => text.replace(/value="[^"]*"/g, "");
    assert.deepEqual([wrong.status, unknown.status], [401, 401]);
    assert.equal(plain(wrong.text), plain(unknown.text));
    assert.match(wrong.text, /Email or password is wrong/);
    assert.match(wrong.text, /value="ada@acme\.example"/, "what was typed stays");
    assert.ok(!(await isSignedIn(browser)));
    const right = await browser.signIn(" ADA@acme.example", password);
    assert.deepEqual([right.status, right.headers.location], [303, "/settings/webhooks"]);
    assert.ok(await isSignedIn(browser));
  });

  it("a sign-in gets a new session, whose cookie scripts and other sites can't use", async () => {
    const browser = new Browser(app.url);
    await browser.get("/sign-in");
    const before = browser.cookies;
    const answer = await browser.signIn("ada@acme.example", password);
    assert.notEqual(browser.cookies, before);
    const [cookie] = answer.headers["set-cookie"] as unknown as string[];
    for (const attribute of [/HttpOnly/, /SameSite=Lax/, /Path=\//]) assert.match(cookie as string, attribute);
    // Whoever knew the old session id has nothing.
    const planted = new Browser(app.url);
    planted.get = Browser.prototype.get;
    const thief = await (await fetch(`${app.url}/settings/apps`, { headers: { cookie: before }, redirect: "manual" })).status;
    assert.equal(thief, 303);
    const secure = await startTestApp({ config: { publicUrl: "https://hooks.example" } });
    try {
      const page = await fetch(`${secure.url}/sign-in`, { headers: { "x-forwarded-proto": "https" } });
      assert.match(page.headers.get("set-cookie") ?? "", /Secure/);
    } finally {
      await secure.stop();
    }
  });

  it("too many attempts for one address are refused for a while, also with the right password", async () => {
    const browser = new Browser(app.url);
    for (let i = 0; i < 10; i++) assert.equal((await browser.signIn("ada@acme.example", "wrong password")).status, 401);
    const refused = await browser.signIn("ada@acme.example", password);
    assert.equal(refused.status, 429);
    assert.match(refused.text, /Too many attempts\. Try again in \d+ min/);
    assert.ok(Number(refused.headers["retry-after"]) > 0);
    assert.equal((await new Browser(app.url).signIn("bo@acme.example", password)).status, 303, "others are not locked out");
    app.clock.advance({ minutes: 15 });
    assert.equal((await browser.signIn("ada@acme.example", password)).status, 303);
  });

  it("the way back leads to this site only", async () => {
    for (const [returnTo, expected] of [
      ["/settings/apps?x=1", "/settings/apps?x=1"],
      ["//evil.example", "/settings/webhooks"],
      ["/\\evil.example", "/settings/webhooks"],
      ["https://evil.example", "/settings/webhooks"],
      ["javascript:alert(1)", "/settings/webhooks"],
      ["/\tevil", "/settings/webhooks"],
    ] as const) {
      assert.equal((await new Browser(app.url).signIn("ada@acme.example", password, returnTo)).headers.location, expected, returnTo);
    }
  });

  it("forms from elsewhere are refused", async () => {
    const browser = new Browser(app.url);
    assert.equal((await browser.post("/sign-in", { email: "ada@acme.example", password })).status, 403);
    await browser.signIn("ada@acme.example", password);
    assert.equal((await browser.post("/sign-out", {})).status, 403);
    assert.ok(await isSignedIn(browser));
  });

  it("signing out everywhere ends every session; a removed person's sessions end at once", async () => {
    const [here, there, bo] = [new Browser(app.url), new Browser(app.url), new Browser(app.url)];
    await here.signIn("ada@acme.example", password);
    await there.signIn("ada@acme.example", password);
    await bo.signIn("bo@acme.example", password);
    await here.post("/sign-out", { ...fieldsOf(await here.get("/settings/apps"), "/sign-out"), everywhere: "yes" });
    assert.deepEqual([await isSignedIn(here), await isSignedIn(there), await isSignedIn(bo)], [false, false, true]);
    await app.backend.delete("/v1/companies/acme/users/bo").expect(200);
    assert.ok(!(await isSignedIn(bo)));
  });

  it("a portal link signs a person in, once and for two minutes", async () => {
    const make = async (body: Json = {}) =>
      (await app.backend.post("/v1/portal-links", { company_id: "acme", user_id: "bo", ...body }).expect(201)).body;
    const { url, expires_at } = await make();
    assert.equal(Date.parse(expires_at) - app.clock.now().getTime(), 120_000);
    const path = new URL(url).pathname;
    const browser = new Browser(app.url);
    assert.equal((await browser.get(path)).headers.location, "/settings/webhooks");
    assert.ok(await isSignedIn(browser));
    const second = new Browser(app.url);
    assert.equal((await second.get(path)).status, 404);
    assert.ok(!(await isSignedIn(second)));
    const late = new URL((await make()).url).pathname;
    app.clock.advance({ seconds: 121 });
    assert.equal((await second.get(late)).status, 404);
    await app.backend.post("/v1/portal-links", { company_id: "acme", user_id: "nobody" }).expect(404);
    await app.backend.post("/v1/portal-links", { company_id: "acme", user_id: "bo", return_to: "//evil.example" }).expect(422);
    await app.api.post("/v1/portal-links", { company_id: "acme", user_id: "bo" }).expect(403);
  });

  it("an invitation and a reset let a person choose a password, once; a reset ends the old sessions", async () => {
    await app.backend.put("/v1/companies/acme/users/new", { email: "new@acme.example", name: "New" }).expect(201);
    const { body } = await app.backend.post("/v1/companies/acme/users/new/links", { purpose: "invitation", send: true }).expect(201);
    assert.equal(body.sent, false, "no mail is configured, so the product delivers the link");
    const browser = new Browser(app.url);
    const path = new URL(body.url).pathname;
    const page = await browser.get(path);
    assert.match(page.text, /Welcome: choose a password/);
    assert.equal((await browser.post(path, { ...fieldsOf(page), password: "short" })).status, 422);
    assert.equal((await browser.post(path, { ...fieldsOf(page), password: "a password of mine" })).status, 303);
    assert.ok(await isSignedIn(browser));
    assert.equal((await browser.get(path)).status, 404);
    const reset = await app.backend.post("/v1/companies/acme/users/new/links", { purpose: "reset" }).expect(201);
    const other = new Browser(app.url);
    const resetPath = new URL(reset.body.url).pathname;
    await other.post(resetPath, { ...fieldsOf(await other.get(resetPath)), password: "another password" });
    assert.deepEqual([await isSignedIn(other), await isSignedIn(browser)], [true, false]);
    assert.equal((await new Browser(app.url).signIn("new@acme.example", "a password of mine")).status, 401);
    assert.equal((await new Browser(app.url).signIn("new@acme.example", "another password")).status, 303);
    const stored = JSON.stringify(await app.hookline.ctx.db.collection("onetimelinks").find().toArray());
    assert.ok(!stored.includes(path.slice("/links/".length)));
  });

  it("mail goes out where SMTP is configured", async () => {
    const lines: string[] = [];
    const server = createServer((socket) => {
      let inData = false;
      socket.write("220 test\r\n");
      socket.on("error", () => {});
      socket.on("data", (chunk) => {
        for (const line of chunk.toString().split("\r\n")) {
          lines.push(line);
          if (inData) {
            if (line === ".") {
              inData = false;
              socket.write("250 kept\r\n");
            }
          } else if (/^(EHLO|HELO|MAIL|RCPT)/.test(line)) socket.write("250 ok\r\n");
          else if (line === "DATA") {
            inData = true;
            socket.write("354 go on\r\n");
          } else if (line === "QUIT") socket.end("221 bye\r\n");
        }
      });
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const mailing = await startTestApp({
      config: { smtpUrl: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`, mailFrom: "hooks@acme.example" },
    });
    try {
      await addPeople(mailing);
      const { body } = await mailing.backend.post("/v1/companies/acme/users/bo/links", { purpose: "reset", send: true }).expect(201);
      assert.equal(body.sent, true);
      const text = lines.join("\n").replaceAll("=\n", "").replaceAll("=3D", "=");
      assert.match(text, /RCPT TO:<bo@acme\.example>/);
      assert.ok(text.includes(new URL(body.url).pathname));
    } finally {
      await mailing.stop();
      server.close();
    }
  });

  it("members manage what they made, admins everything; the audit log tells who did what, to admins", async () => {
    const keyOf = async (user: string) =>
      new Api(app.url, (await app.backend.post("/v1/companies/acme/keys", { name: `${user}'s`, user_id: user }).expect(201)).body.key);
    const [ada, bo] = [await keyOf("ada"), await keyOf("bo")];
    const own = await bo.subscribe({ event: "deal.won", target_url: app.receiver.url });
    const adas = await ada.subscribe({ event: "deal.lost", target_url: app.receiver.url });
    await bo.get(`/v1/hooks/${adas.id}`).expect(200);
    for (const call of [
      bo.patch(`/v1/hooks/${adas.id}`, { name: "x" }),
      bo.delete(`/v1/hooks/${adas.id}`),
      bo.post(`/v1/hooks/${adas.id}/test`),
      bo.post(`/v1/hooks/${adas.id}/rotate-secret`),
    ]) {
      assert.match((await call.expect(403)).body.detail, /Only admins/);
    }
    // Nor by subscribing again to the same, which would take over a name or a secret.
    const again = { event: "deal.lost", target_url: app.receiver.url };
    await bo.post("/v1/hooks", { ...again, secret: "taken over" }).expect(403);
    assert.equal((await bo.post("/v1/hooks", again).expect(200)).body.id, adas.id);
    await app.publish("deal.lost");
    const delivery = await ada.settled(adas.id, "succeeded");
    assert.equal(app.receiver.requests[0]?.headers["x-webhook-signature"], undefined);
    await bo.post(`/v1/deliveries/${delivery.id}/retry`).expect(403);
    await ada.post(`/v1/deliveries/${delivery.id}/retry`).expect(202);
    await bo.patch(`/v1/hooks/${own.id}`, { name: "Mine" }).expect(200);
    await ada.delete(`/v1/hooks/${own.id}`).expect(200);
    await bo.get("/v1/audit").expect(403);
    const browser = new Browser(app.url);
    await browser.signIn("ada@acme.example", password);
    const entries = (await ada.get("/v1/audit?limit=100").expect(200)).body.data;
    const seen = entries.map(({ actor, action }: Json) => `${action} by ${actor}`);
    for (const expected of [
      "hook.created by tonic-desk:acme/bo",
      "hook.changed by tonic-desk:acme/bo",
      "hook.removed by tonic-desk:acme/ada",
      "user.signed_in by tonic-desk:acme/ada",
    ])
      assert.ok(seen.includes(expected), `${expected} in ${seen.join(", ")}`);
    assert.ok(entries.some(({ action, address }: Json) => action === "key.created" && address));
    const first = await ada.get("/v1/audit?limit=2").expect(200);
    const second = await ada.get(`/v1/audit?limit=2&cursor=${first.body.next}`).expect(200);
    assert.deepEqual(
      [...first.body.data, ...second.body.data].map(({ id }: Json) => id),
      entries.slice(0, 4).map(({ id }: Json) => id),
    );
    assert.deepEqual((await app.other.get("/v1/audit").expect(200)).body.data, []);
  });

  it("pages say so when something is wrong, in words and with the right status", async () => {
    const browser = new Browser(app.url);
    const gone = await browser.get("/links/hl_ln_unknown");
    assert.equal(gone.status, 404);
    assert.match(gone.text, /This link can&#39;t be used|This link can't be used/);
    const client = await newClient(app);
    const page = await browser.get(authorizePath(client, { redirect_uri: "https://evil.example" }));
    assert.match(page.text, /not one that Platform registered/);
    assert.match(page.headers["content-type"] as string, /html/);
  });
});
