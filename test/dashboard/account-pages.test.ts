import assert from "node:assert/strict";
import { addKey, operatorProduct } from "../../server/accounts/add-key.ts";
import { apiKeys } from "../../server/accounts/api-key.ts";
import { Browser, fieldsOf, submit, wordsOf } from "../helpers/browser.ts";
import { addPeople, connect, newClient, password } from "../helpers/oauth-app.ts";
import { Api, startTestApp, type TestApp } from "../helpers/test-app.ts";

describe("the pages of a company and of the operator", () => {
  let app: TestApp;
  let ada: Browser;
  let bo: Browser;
  beforeEach(async () => {
    app = await startTestApp();
    await addPeople(app);
    ada = new Browser(app.url);
    bo = new Browser(app.url);
    await ada.signIn("ada@acme.example", password);
    await bo.signIn("bo@acme.example", password);
  });
  afterEach(() => app.stop());

  const read = async (path: string, browser = ada) => wordsOf(await browser.get(path));

  it("an API key is made with chosen scopes, shown once, and revoked after asking", async () => {
    const path = "/settings/keys";
    const bad = await submit(ada, await ada.get(path), path, { name: "", scopes: [] });
    assert.equal(bad.status, 422);
    const page = await submit(ada, await ada.get(path), path, { name: "Exporter", scopes: ["events:read"] });
    const key = /hl_ck_[A-Za-z0-9_-]+/.exec(page.text)?.[0] as string;
    const api = new Api(app.url, key);
    await api.get("/v1/deliveries").expect(200);
    await api.get("/v1/hooks").expect(403);
    assert.ok(!(await ada.get(path)).text.includes(key));
    const record = await apiKeys(app.hookline.ctx.db).findOne({ name: "Exporter" }).hint({ $natural: 1 }).lean();
    const ask = await ada.get(`${path}/${record?._id}/revoke`);
    assert.match(wordsOf(ask), /Programs that use it are refused from this moment/);
    await submit(ada, ask, `${path}/${record?._id}/revoke`);
    await api.get("/v1/deliveries").expect(401);
    assert.equal((await bo.get(path)).status, 403, "members see none");
    const foreign = await apiKeys(app.hookline.ctx.db).findOne({ name: "Globex key" }).hint({ $natural: 1 }).lean();
    assert.equal((await ada.get(`${path}/${foreign?._id}/revoke`)).status, 404);
  });

  it("people are invited, given a role and removed by admins, who can't do it to themselves", async () => {
    const path = "/settings/people";
    const twice = await submit(ada, await ada.get(path), path, { name: "Bo", email: "BO@acme.example", role: "member" });
    assert.match(wordsOf(twice), /belongs to somebody who is here already/);
    const page = await submit(ada, await ada.get(path), path, { name: "Cy", email: "cy@acme.example", role: "member" });
    const link = /http:\/\/localhost:\d+(\/links\/[A-Za-z0-9_-]+)/.exec(page.text)?.[1] as string;
    assert.ok(!(await ada.get(path)).text.includes(link), "the link is shown once");
    const cy = new Browser(app.url);
    const invited = await cy.get(link);
    await cy.post(link, { ...fieldsOf(invited, link), password });
    assert.match(await read(path, cy), /Cy You cy@acme\.example Member/);
    await submit(ada, await ada.get(path), `${path}/bo/role`, { role: "admin" });
    assert.equal((await bo.get("/settings/audit")).status, 200);
    await submit(ada, await ada.get(`${path}/bo/remove`), `${path}/bo/remove`);
    assert.equal((await bo.get(path)).status, 303, "signed out at once");
    const fields = fieldsOf(await ada.get(path), path);
    for (const action of ["role", "remove"]) assert.equal((await ada.post(`${path}/ada/${action}`, fields)).status, 409, action);
    for (const action of ["role", "remove", "link"])
      assert.equal((await cy.post(`${path}/ada/${action}`, fieldsOf(await cy.get("/settings/apps"), "/sign-out"))).status, 403, action);
  });

  it("the audit log tells who did what in words, page by page, to admins", async () => {
    const hook = await app.api.subscribe({ event: "deal.won", target_url: app.receiver.url, name: "Billing" });
    await submit(ada, await ada.get(`/settings/webhooks/${hook.id}`), `/settings/webhooks/${hook.id}/pause`);
    const page = await read("/settings/audit");
    assert.match(page, /Ada changed a webhook Billing url: 127\.0\.0\.1:\d+ status: paused/);
    assert.match(page, /API key “Acme key” added a webhook/);
    assert.equal((await bo.get("/settings/audit")).status, 403);
  });

  it("an app is disconnected after saying what stops", async () => {
    const client = await newClient(app, { name: "Zapier", platform: "zapier" });
    const { api, install } = await connect(app, client);
    await api.subscribe({ event: "deal.won", target_url: app.receiver.url, name: "Zap" });
    app.receiver.alwaysRespond(500);
    await app.publish("deal.won");
    await app.receiver.received(1);
    assert.match(await read("/settings/apps"), /Zapier.*Connected by Ada.*See the webhooks it has set up.*1 webhook: Zap/);
    const path = `/settings/apps/${install}/disconnect`;
    assert.equal((await bo.get(path)).status, 404);
    const ask = await ada.get(path);
    assert.match(wordsOf(ask), /Disconnect Zapier\?.*1 webhook stops and 1 waiting delivery is discarded/);
    assert.match(wordsOf(await submit(ada, ask, path)), /Disconnected\..*No apps are connected yet/);
    await api.get("/v1/me").expect(401);
    for (const platform of ["Make", "n8n", "Activepieces", "Pipedream", "Power Automate"])
      assert.ok((await read("/settings/apps")).includes(platform), platform);
  });

  it("who belongs to two companies works in the one that the page shows, whatever other tabs do", async () => {
    await app.backend
      .put("/v1/companies/globex/users/ada2", { email: "ada@acme.example", name: "Ada G", role: "admin", password })
      .expect(201);
    const both = new Browser(app.url);
    await both.signIn("ada@acme.example", password);
    const acmes = await both.get("/settings/webhooks/new");
    assert.match(wordsOf(acmes), /Switch to Globex/);
    const switchForm = { ...fieldsOf(acmes, "/settings/company") };
    await both.post("/settings/company", switchForm);
    assert.match(wordsOf(await both.get("/settings/webhooks")), /Globex Ada G|Settings Globex/);
    // The form that was opened before still means Acme.
    const form = {
      ...fieldsOf(acmes, "/settings/webhooks/new"),
      target_url: app.receiver.url,
      name: "From the old tab",
      events: "deal.won",
      secret_kind: "none",
    };
    assert.equal((await both.post("/settings/webhooks/new", form)).status, 303);
    assert.ok((await app.api.get("/v1/hooks").expect(200)).body.data.some(({ name }: { name: string }) => name === "From the old tab"));
    assert.equal((await app.other.get("/v1/hooks").expect(200)).body.data.length, 0);
  });

  it("times are in the zone that was chosen", async () => {
    const path = "/settings/time-zone";
    const page = await ada.get(path);
    assert.match(wordsOf(await submit(ada, page, path, { zone: "Asia/Kolkata" })), /Times are in Asia\/Kolkata \(UTC\+5:30\)/);
    assert.match(wordsOf(await submit(ada, await ada.get(path), path, { zone: "Nowhere/Land" })), /There is no such time zone/);
  });

  it("the operator's pages open with an operator's key only, and shut when it is revoked", async () => {
    const { ctx } = app.hookline;
    const operator = new Browser(app.url);
    for (const path of ["/operator", "/operator/apps", "/operator/companies"])
      assert.equal((await operator.get(path)).headers.location, "/operator/sign-in", path);
    const signIn = async (key: string) =>
      operator.post("/operator/sign-in", { ...fieldsOf(await operator.get("/operator/sign-in"), "/operator/sign-in"), key });
    assert.equal((await signIn(app.api.key)).status, 401);
    assert.equal((await signIn("hl_op_wrong")).status, 401);
    const { key, record } = await addKey(ctx, { product: operatorProduct, name: "Operator" });
    assert.equal((await signIn(key)).headers.location, "/operator");
    assert.match(await read("/operator", operator), /Health.*Processes.*This one.*Lanes and queue.*Owned/);
    assert.match(await read("/operator/companies?q=glob", operator), /Globex tonic-desk · globex/);
    const page = await submit(operator, await operator.get("/operator/apps"), "/operator/apps", {
      product: "tonic-desk",
      platform: "make",
      name: "",
      redirect_uris: "",
    });
    assert.match(page.text, /hl_cs_/);
    assert.match(wordsOf(page), /Make is registered/);
    const bad = await submit(operator, await operator.get("/operator/apps"), "/operator/apps", {
      platform: "zapier",
      name: "",
      redirect_uris: "",
    });
    assert.match(wordsOf(bad), /is needed: the address is/);
    const id = /\/operator\/apps\/(app_[a-z0-9]+)\/disable/.exec(page.text)?.[1];
    await submit(operator, await operator.get(`/operator/apps/${id}/disable`), `/operator/apps/${id}/disable`);
    assert.match(await read("/operator/apps", operator), /Make make Off/);
    await apiKeys(ctx.db).updateOne({ _id: record._id }, { $set: { revokedAt: new Date() } });
    assert.equal((await operator.get("/operator")).headers.location, "/operator/sign-in");
  });
});
