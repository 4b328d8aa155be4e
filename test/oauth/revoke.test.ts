import assert from "node:assert/strict";
import supertest from "supertest";
import { Browser, fieldsOf } from "../helpers/browser.ts";
import { eventually } from "../helpers/eventually.ts";
import { addPeople, type Client, connect, newClient, password, refresh } from "../helpers/oauth-app.ts";
import { type Api, type Json, startTestApp, type TestApp } from "../helpers/test-app.ts";

describe("taking an install back", () => {
  let app: TestApp;
  let client: Client;
  let api: Api;
  let tokens: Json;
  let install: string;
  let hook: Json;
  beforeEach(async () => {
    app = await startTestApp();
    await addPeople(app);
    client = await newClient(app, { platform: "zapier" });
    ({ api, tokens, install } = await connect(app, client));
    app.receiver.respondWith(500);
    hook = await api.subscribe({ event: "deal.won", target_url: app.receiver.url, platform: "zapier" });
    await app.publish("deal.won");
    await api.attempted(hook.id, 1);
  });
  afterEach(() => app.stop());

  async function assertGone(reason: RegExp): Promise<void> {
    await api.get("/v1/me").expect(401);
    await refresh(app, client, tokens.refresh_token).expect(400);
    assert.match((await app.api.get(`/v1/hooks/${hook.id}`).expect(404)).body.detail, reason);
    const [delivery] = await app.api.deliveries(hook.id);
    assert.equal(delivery.status, "cancelled");
    assert.match(delivery.reason, reason);
    // Zapier pauses the Zap when its target URL gets a DELETE.
    const goodbye = await eventually(
      () => app.receiver.requests.find(({ method }) => method === "DELETE"),
      (found) => found !== undefined,
    );
    assert.equal(goodbye?.path, "/hook");
    await app.publish("deal.won");
    app.clock.advance({ hours: 1 });
    await new Promise((done) => setTimeout(done, 50));
    assert.equal(app.receiver.requests.filter(({ method }) => method === "POST").length, 1);
    const revocations = (await app.api.get("/v1/audit?limit=100").expect(200)).body.data.filter(
      ({ action }: Json) => action === "install.revoked",
    );
    assert.equal(revocations.length, 1);
    assert.match(revocations[0].details.reason, reason);
    await supertest(app.url)
      .post("/oauth/revoke")
      .type("form")
      .send({ client_id: client.id, client_secret: client.secret, token: tokens.access_token })
      .expect((res) => assert.ok([200, 401].includes(res.status)));
  }

  it("by the app, with either token (RFC 7009); unknown tokens are no error, wrong clients change nothing", async () => {
    const revoke = (body: Record<string, string>) => supertest(app.url).post("/oauth/revoke").type("form").send(body);
    const mine = { client_id: client.id, client_secret: client.secret as string };
    await revoke({ ...mine, token: "unknown" }).expect(200);
    await revoke({ ...mine, client_secret: "wrong", token: tokens.refresh_token }).expect(401);
    const other = await newClient(app);
    await revoke({ client_id: other.id, client_secret: other.secret as string, token: tokens.refresh_token }).expect(200);
    await api.get("/v1/me").expect(200);
    await revoke({ ...mine, token: tokens.refresh_token }).expect(200);
    await assertGone(/Disconnected by the app/);
  });

  it("by the person on the page; a member sees and takes back only their own", async () => {
    const bo = new Browser(app.url);
    await bo.signIn("bo@acme.example", password);
    const empty = await bo.get("/settings/apps");
    assert.match(empty.text, /No apps are connected/);
    assert.equal((await bo.post(`/settings/apps/${install}/disconnect`, fieldsOf(empty, "/sign-out"))).status, 404);
    const ada = new Browser(app.url);
    await ada.signIn("ada@acme.example", password);
    const page = await ada.get("/settings/apps");
    for (const part of ["Platform", "Acme Corporation", "1 webhook", "See the webhooks it has set up"])
      assert.ok(page.text.includes(part), part);
    assert.equal((await ada.post(`/settings/apps/${install}/disconnect`, {})).status, 403);
    const done = await ada.post(`/settings/apps/${install}/disconnect`, fieldsOf(page, "/sign-out"));
    assert.equal(done.headers.location, "/settings/apps");
    assert.match((await ada.get("/settings/apps")).text, /Disconnected\. Its webhooks are gone/);
    await assertGone(/Disconnected by Ada/);
  });

  it("through the API, by the company", async () => {
    await app.other.delete(`/v1/installs/${install}`).expect(404);
    const listed = (await app.api.get("/v1/installs").expect(200)).body.data;
    assert.deepEqual([listed[0].id, listed[0].app.name, listed[0].user_id], [install, "Platform", "ada"]);
    await app.api.delete(`/v1/installs/${install}`).expect(200);
    await app.api.delete(`/v1/installs/${install}`).expect(200);
    await assertGone(/through the API/);
  });

  it("by disabling the app, and the app can't be connected again", async () => {
    const { disableApp } = await import("../../server/oauth/disable-app.ts");
    assert.equal(await disableApp(app.hookline.ctx, client.id), 1);
    await api.get("/v1/me").expect(401);
    await assert.rejects(connect(app, client));
    assert.match((await app.api.get(`/v1/hooks/${hook.id}`).expect(404)).body.detail, /operator turned the app off/);
  });

  it("by removing the person", async () => {
    await app.backend.delete("/v1/companies/acme/users/ada").expect(200);
    await assertGone(/was removed/);
    await app.backend.delete("/v1/companies/acme/users/ada").expect(200);
  });

  it("a subscribe that races the revocation leaves no hook behind", async () => {
    const race = await Promise.all([
      ...Array.from({ length: 10 }, (_, i) => api.post("/v1/hooks", { event: "deal.lost", target_url: `${app.receiver.url}/${i}` })),
      app.api.delete(`/v1/installs/${install}`),
      ...Array.from({ length: 10 }, (_, i) => api.post("/v1/hooks", { event: "deal.lost", target_url: `${app.receiver.url}/late${i}` })),
    ]);
    assert.ok(race.every(({ status }) => status < 500));
    const left = (await app.api.get("/v1/hooks?limit=100").expect(200)).body.data;
    assert.deepEqual(
      left.map(({ id }: Json) => id),
      [],
    );
  });

  it("an app sees the hooks and deliveries of its own install and nobody else's", async () => {
    const own = await app.api.subscribe({ event: "deal.won", target_url: `${app.receiver.url}/own`, name: "By hand" });
    const second = await connect(app, await newClient(app), "bo@acme.example");
    const theirs = await second.api.subscribe({ event: "deal.won", target_url: app.receiver.url });
    assert.notEqual(theirs.id, hook.id, "the same subscription of another install is another hook");
    await app.publish("deal.won");
    await app.api.settled(own.id, "succeeded");
    assert.deepEqual(
      (await api.get("/v1/hooks")).body.data.map(({ id }: Json) => id),
      [hook.id],
    );
    assert.equal((await app.api.get("/v1/hooks")).body.data.length, 3);
    for (const id of [own.id, theirs.id]) {
      await api.get(`/v1/hooks/${id}`).expect(404);
      await api.delete(`/v1/hooks/${id}`).expect(404);
      await api.patch(`/v1/hooks/${id}`, { name: "x" }).expect(404);
      await api.get(`/v1/hooks/${id}/deliveries`).expect(404);
    }
    const [foreign] = await app.api.deliveries(own.id);
    await api.get(`/v1/deliveries/${foreign.id}`).expect(404);
    await api.post(`/v1/deliveries/${foreign.id}/retry`).expect(404);
    assert.ok((await api.get("/v1/deliveries")).body.data.every((delivery: Json) => delivery.hook_id === hook.id));
    assert.deepEqual(
      (await api.get("/v1/installs")).body.data.map(({ id }: Json) => id),
      [install],
    );
    await api.get("/v1/audit").expect(403);
  });
});
