import assert from "node:assert/strict";
import supertest from "supertest";
import { Api, type Json, startTestApp, type TestApp } from "../helpers/test-app.ts";

describe("keys, companies and who may see what", () => {
  let app: TestApp;
  before(async () => {
    app = await startTestApp();
  });
  after(() => app.stop());

  it("GET /v1/me says who is calling", async () => {
    const { body } = await app.api.get("/v1/me").expect(200);
    const { id, ...rest } = body;
    assert.match(id, /^key_/);
    assert.deepEqual(rest, {
      email: null,
      name: "Acme key",
      company: { id: "acme", name: "Acme Corporation" },
      product: "tonic-desk",
      scopes: ["hooks:read", "hooks:write", "events:read"],
    });
    assert.equal((await app.backend.get("/v1/me").expect(200)).body.company, null);
  });

  it("a missing, malformed or unknown credential is 401 with WWW-Authenticate", async () => {
    const url = "/v1/me";
    for (const header of [undefined, "", "Bearer", "Bearer ", "Basic abc", "Bearer x y", "Bearer hl_ck_unknown"]) {
      const call = supertest(app.url).get(url);
      if (header !== undefined) call.set("authorization", header);
      const answer = await call.expect(401).expect("content-type", /problem\+json/);
      assert.match(answer.headers["www-authenticate"] as string, /^Bearer realm="hookline"/);
    }
    await supertest(app.url).get(`/v1/me?access_token=${app.api.key}`).expect(401);
  });

  const companyRoutes: [string, string, string][] = [
    ["get", "/v1/hooks", "hooks:read"],
    ["get", "/v1/hooks/x", "hooks:read"],
    ["post", "/v1/hooks", "hooks:write"],
    ["post", "/v1/hooks/deal.won", "hooks:write"],
    ["patch", "/v1/hooks/x", "hooks:write"],
    ["delete", "/v1/hooks/x", "hooks:write"],
    ["post", "/v1/hooks/x/test", "hooks:write"],
    ["post", "/v1/hooks/x/rotate-secret", "hooks:write"],
    ["post", "/v1/hooks/x/replay", "hooks:write"],
    ["get", "/v1/hooks/x/replays/y", "hooks:read"],
    ["get", "/v1/hooks/x/deliveries", "events:read"],
    ["get", "/v1/deliveries", "events:read"],
    ["get", "/v1/deliveries/x", "events:read"],
    ["post", "/v1/deliveries/x/retry", "hooks:write"],
    ["get", "/v1/event-types/deal.won/samples", "events:read"],
    ["get", "/v1/event-types/deal.won/fields/data.id/values", "events:read"],
  ];
  const productRoutes: [string, string, string][] = [
    ["post", "/v1/events", "events:write"],
    ["put", "/v1/companies/x", "companies:write"],
    ["get", "/v1/companies/x", "companies:write"],
    ["put", "/v1/companies/x/users/y", "companies:write"],
    ["post", "/v1/companies/x/keys", "companies:write"],
    ["get", "/v1/companies/x/keys", "companies:write"],
    ["delete", "/v1/companies/x/keys/y", "companies:write"],
  ];
  const call = (api: Api, method: string, path: string) =>
    method === "get" || method === "delete" ? api[method](path) : api[method as "post"](path, {});

  for (const [method, path, scope] of [...companyRoutes, ...productRoutes]) {
    it(`${method.toUpperCase()} ${path} needs a credential with ${scope}`, async () => {
      await supertest(app.url)[method as "get"](path).expect(401);
      const wrong = productRoutes.some(([, route]) => route === path) ? app.api : app.backend;
      const { body } = await call(wrong, method, path).expect(403);
      assert.match(body.detail, new RegExp(scope));
    });
  }

  it("a key with some scopes may do just those", async () => {
    const { body } = await app.backend.post("/v1/companies/acme/keys", { name: "Reader", scopes: ["hooks:read"] }).expect(201);
    const reader = new Api(app.url, body.key);
    await reader.get("/v1/hooks").expect(200);
    await reader.post("/v1/hooks", { target_url: app.receiver.url, event: "deal.won" }).expect(403);
    await reader.get("/v1/deliveries").expect(403);
  });

  it("another company's records don't exist: 404, never 403", async () => {
    const { id } = await app.api.subscribe({ event: "deal.won", target_url: app.receiver.url });
    await app.publish("deal.won");
    const delivery = await app.api.settled(id, "succeeded");
    const replay = await app.api.post(`/v1/hooks/${id}/replay`, { since: "2026-01-01", only: "failed" }).expect(202);
    const attempts: [string, string, object?][] = [
      ["get", `/v1/hooks/${id}`],
      ["patch", `/v1/hooks/${id}`, { name: "Mine now" }],
      ["delete", `/v1/hooks/${id}`],
      ["post", `/v1/hooks/${id}/test`],
      ["post", `/v1/hooks/${id}/rotate-secret`],
      ["post", `/v1/hooks/${id}/replay`, { since: "2026-01-01" }],
      ["get", `/v1/hooks/${id}/replays/${replay.body.id}`],
      ["get", `/v1/hooks/${id}/deliveries`],
      ["get", `/v1/deliveries/${delivery.id}`],
      ["post", `/v1/deliveries/${delivery.id}/retry`],
    ];
    for (const [method, path, body] of attempts) {
      const answer = body ? await app.other[method as "post"](path, body) : await app.other[method as "get"](path);
      assert.equal(answer.status, 404, `${method} ${path} answered ${answer.status}`);
      assert.match(answer.headers["content-type"] as string, /problem\+json/);
    }
    assert.deepEqual((await app.other.get("/v1/hooks").expect(200)).body.data, []);
    assert.deepEqual((await app.other.get(`/v1/deliveries?hook=${id}`).expect(200)).body.data, []);
    assert.equal((await app.other.get("/v1/event-types/deal.won/samples").expect(200)).headers["hookline-sample-source"], "catalogue");
    assert.equal((await app.api.get(`/v1/hooks/${id}`).expect(200)).body.name, "Test");
  });

  it("the product's backend makes companies, people and keys; a revoked key is dead at once", async () => {
    const made = await app.backend.put("/v1/companies/initech", { name: "Initech" }).expect(201);
    assert.deepEqual([made.body.id, made.body.name, made.body.product], ["initech", "Initech", "tonic-desk"]);
    assert.equal((await app.backend.put("/v1/companies/initech", { name: "Initech Ltd" }).expect(200)).body.name, "Initech Ltd");
    const user = { email: "Ada@initech.example", name: "Ada", role: "admin", password: "a long enough one" };
    const person = await app.backend.put("/v1/companies/initech/users/u1", user).expect(201);
    assert.deepEqual([person.body.email, person.body.role, person.body.password], ["ada@initech.example", "admin", undefined]);
    assert.equal(
      (await app.backend.put("/v1/companies/initech/users/u1", { email: user.email, name: "Ada L." }).expect(200)).body.role,
      "admin",
    );
    await app.backend.put("/v1/companies/initech/users/u2", { email: "ADA@initech.example", name: "Bo" }).expect(409);
    await app.backend.put("/v1/companies/nobody/users/u1", { email: user.email, name: "Ada" }).expect(404);

    const { body: key } = await app.backend.post("/v1/companies/initech/keys", { name: "Ada's", user_id: "u1" }).expect(201);
    const ada = new Api(app.url, key.key);
    const me = (await ada.get("/v1/me").expect(200)).body;
    assert.deepEqual([me.id, me.email, me.name, me.company.id], ["u1", "ada@initech.example", "Ada L.", "initech"]);
    const listed = (await app.backend.get("/v1/companies/initech/keys").expect(200)).body.data;
    assert.deepEqual(
      listed.map(({ id, key: secret }: Json) => [id, secret]),
      [[key.id, undefined]],
    );
    await app.backend.delete(`/v1/companies/initech/keys/${key.id}`).expect(200);
    await ada.get("/v1/me").expect(401);

    const stored = JSON.stringify([
      await app.hookline.ctx.db.collection("apikeys").find().toArray(),
      await app.hookline.ctx.db.collection("users").find().toArray(),
    ]);
    for (const secret of [key.key, app.api.key, user.password]) assert.ok(!stored.includes(secret), "kept as a hash only");
    assert.match(stored, /\$argon2id\$/);
  });

  it("refuses bad ids and bodies by name", async () => {
    for (const [path, body, field] of [
      ["/v1/companies/a%20b", { name: "x" }, "id"],
      ["/v1/companies/ok", {}, "name"],
      ["/v1/companies/ok", { name: "x", plan: 1 }, "plan"],
      ["/v1/companies/acme/users/u", { name: "x", email: "nope" }, "email"],
      ["/v1/companies/acme/users/u", { name: "x", email: "a@b.example", password: "short" }, "password"],
      ["/v1/companies/acme/users/u", { name: "x", email: "a@b.example", role: "owner" }, "role"],
    ] as const) {
      const answer = await app.backend.put(path, body).expect(422);
      assert.equal(answer.body.errors[0].field, field, JSON.stringify(answer.body));
    }
    assert.equal(
      (await app.backend.post("/v1/companies/acme/keys", { name: "x", scopes: ["events:write"] }).expect(422)).body.errors[0].field,
      "scopes.0",
    );
  });

  it("one product's keys see nothing of the other's companies", async () => {
    const uri = app.config.mongodbUri as string;
    const tesoro = await startTestApp({ product: "tesoro", uri });
    try {
      await tesoro.backend.put("/v1/companies/only-tesoro", { name: "Only Tesoro" }).expect(201);
      await app.backend.get("/v1/companies/only-tesoro").expect(404);
      assert.equal((await tesoro.api.get("/v1/me")).body.product, "tesoro");
      const event = { event: "deal.won", company_id: "only-tesoro", data: app.example("deal.won").data };
      assert.equal((await app.backend.post("/v1/events", event).expect(422)).body.errors[0].field, "company_id");
    } finally {
      await tesoro.stop();
    }
  });

  it("an unknown route and a malformed path are problems too", async () => {
    assert.match((await app.api.get("/v1/nope").expect(404)).body.detail, /GET \/v1\/nope/);
    await app.api
      .get("/v1/hooks/%E0%A4%A")
      .expect(400)
      .expect("content-type", /problem\+json/);
    await app.api.post("/v1/hooks").set("content-type", "application/json").send("[").expect(400);
    await app.api.post("/v1/hooks", { target_url: "x".repeat(300 * 1024), event: "deal.won" }).expect(413);
  });
});
