import assert from "node:assert/strict";
import { addKey, operatorProduct } from "../../server/accounts/add-key.ts";
import { Browser } from "../helpers/browser.ts";
import {
  addPeople,
  authorize,
  authorizePath,
  type Client,
  connect,
  exchange,
  newClient,
  password,
  redirectUri,
  refresh,
} from "../helpers/oauth-app.ts";
import { Api, type Json, startTestApp, type TestApp } from "../helpers/test-app.ts";

describe("the operator's side of apps", () => {
  let app: TestApp;
  let operator: Api;
  before(async () => {
    app = await startTestApp();
    await addPeople(app);
    operator = new Api(app.url, (await addKey(app.hookline.ctx, { product: operatorProduct, name: "Operator" })).key);
  });
  after(() => app.stop());

  it("registers an app from a platform's preset, asking only for what nobody can know", async () => {
    const make = (body: Json) => operator.post("/v1/operator/apps", body);
    const { body } = await make({ product: "tonic-desk", platform: "make" }).expect(201);
    assert.deepEqual(
      [body.name, body.redirect_uris, body.kind, body.pkce, body.verified],
      ["Make", ["https://www.make.com/oauth/cb/app"], "confidential", "optional", true],
    );
    assert.match(body.client_secret, /^hl_cs_/);
    const missing = await make({ product: "tonic-desk", platform: "zapier" }).expect(422);
    assert.equal(missing.body.errors[0].field, "redirect_uris");
    assert.match(missing.body.errors[0].message, /Zapier shows the exact redirect address/);
    await make({ platform: "zapier", redirect_uris: ["https://zapier.com/dashboard/auth/oauth/return/App1CLIAPI/"] }).expect(201);
    for (const [bad, field] of [
      [{}, "name"],
      [{ name: "x" }, "redirect_uris"],
      [{ platform: "nope" }, "platform"],
      [{ platform: "make", product: "nope" }, "product"],
      [{ name: "x", redirect_uris: ["http://plain.example"] }, "redirect_uris.0"],
      [{ name: "x", redirect_uris: ["https://a.example/#f"] }, "redirect_uris.0"],
    ] as const) {
      assert.equal((await make(bad).expect(422)).body.errors[0].field, field, JSON.stringify(bad));
    }
    const listed = (await operator.get("/v1/operator/apps").expect(200)).body.data;
    assert.ok(
      listed.length >= 2 &&
        listed.every((item: Json) => item.client_secret === undefined && item.secrets.every((secret: Json) => secret.hash === undefined)),
    );
  });

  it("rotates a secret with a week's overlap", async () => {
    const client = await newClient(app);
    const { body } = await operator.post(`/v1/operator/apps/${client.id}/rotate-secret`).expect(200);
    const renewed: Client = { ...client, secret: body.client_secret };
    for (const each of [client, renewed]) await exchange(app, each, (await authorize(app, client)).code).expect(200);
    app.clock.advance({ days: 7 });
    await exchange(app, client, (await authorize(app, client)).code).expect(401);
    await exchange(app, renewed, (await authorize(app, client)).code).expect(200);
  });

  it("disables an app at once for everybody, and lists and introspects", async () => {
    const client = await newClient(app);
    const { api, tokens } = await connect(app, client);
    const introspect = async (token: string) => (await operator.post("/v1/operator/introspect", { token }).expect(200)).body;
    assert.deepEqual(
      [(await introspect(tokens.access_token)).active, (await introspect(tokens.refresh_token)).client_id],
      [true, client.id],
    );
    assert.ok((await operator.get("/v1/operator/installs").expect(200)).body.data.some(({ app: of }: Json) => of.client_id === client.id));
    await operator.patch(`/v1/operator/apps/${client.id}`, { disabled: true }).expect(200);
    await api.get("/v1/me").expect(401);
    await refresh(app, client, tokens.refresh_token).expect(401);
    assert.deepEqual(await introspect(tokens.access_token), { active: false });
    await assert.rejects(authorize(app, client));
    await operator.patch(`/v1/operator/apps/${client.id}`, { disabled: false }).expect(200);
    await connect(app, client);
  });

  it("shows an app's icon on the consent page, and takes nothing but PNG", async () => {
    const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
    const wanted = { name: "Pictured", product: "tonic-desk", redirect_uris: [redirectUri], pkce: "optional" };
    for (const icon of [
      "data:image/svg+xml;base64,PHN2Zz4=",
      "https://evil.example/x.png",
      "data:image/png;base64,PHN2Zz4=",
      `data:image/png;base64,iVBORw0KGgo${"A".repeat(60_000)}`,
    ]) {
      const { body } = await operator.post("/v1/operator/apps", { ...wanted, icon }).expect(422);
      assert.equal(body.errors[0].field, "icon");
    }
    const { body } = await operator.post("/v1/operator/apps", { ...wanted, icon: `data:image/png;base64,${png}` }).expect(201);
    assert.equal(body.has_icon, true);
    const browser = new Browser(app.url);
    await browser.signIn("ada@acme.example", password);
    const page = await browser.get(authorizePath({ id: body.client_id, secret: undefined, app: body }));
    const [, source = ""] = /<img class="badge" src="([^"]+)"/.exec(page.text) ?? [];
    const picture = await fetch(app.url + source);
    assert.deepEqual(
      [picture.status, picture.headers.get("content-type"), Buffer.from(await picture.arrayBuffer()).toString("base64")],
      [200, "image/png", png],
    );
    await operator.patch(`/v1/operator/apps/${body.client_id}`, { icon: null }).expect(200);
    assert.equal((await fetch(app.url + source)).status, 404);
    assert.match((await browser.get(authorizePath({ id: body.client_id, secret: undefined, app: body }))).text, /aria-hidden="true">P</);
  });

  it("changes redirect addresses", async () => {
    const client = await newClient(app);
    await operator.patch(`/v1/operator/apps/${client.id}`, { redirect_uris: ["https://moved.example/cb"] }).expect(200);
    await assert.rejects(authorize(app, client, { redirect_uri: redirectUri }));
    await operator.patch("/v1/operator/apps/app_unknown", { name: "x" }).expect(404);
  });
});
