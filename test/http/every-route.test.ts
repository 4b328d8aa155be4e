import assert from "node:assert/strict";
import supertest from "supertest";
import { addKey, operatorProduct } from "../../server/accounts/add-key.ts";
import { operations } from "../../server/description/operations.ts";
import { addPeople, connect, newClient } from "../helpers/oauth-app.ts";
import { Api, startTestApp, type TestApp } from "../helpers/test-app.ts";

/** The description lists exactly the mounted routes (test/description), so this walks all there are. */
describe("every route of the API", () => {
  let app: TestApp;
  let operator: Api;
  before(async () => {
    app = await startTestApp();
    const { key } = await addKey(app.hookline.ctx, { product: operatorProduct, name: "Operator" });
    operator = new Api(app.url, key);
  });
  after(() => app.stop());

  const call = (api: Api, method: string, path: string) =>
    method === "get" || method === "delete" ? api[method](path) : api[method as "post"](path, {});

  for (const { method, path, scope } of operations) {
    const concrete = path.replace(":type", "deal.won").replace(":path", "data.id").replace(/:\w+/g, "x");
    it(`${method.toUpperCase()} ${path} refuses a missing and an unknown token with 401${scope ? `, and one without ${scope} with 403` : ""}`, async () => {
      await supertest(app.url)
        [method](concrete)
        .expect(401)
        .expect("www-authenticate", /^Bearer /);
      await call(new Api(app.url, "hl_ck_unknown"), method, concrete).expect(401);
      await call(new Api(app.url, "hl_at_unknown"), method, concrete).expect(401);
      if (!scope) return;
      const withoutScope = [app.api, app.backend, operator];
      let refused = 0;
      for (const api of withoutScope) {
        const scopes: string[] = (await api.get("/v1/me").expect(200)).body.scopes;
        if (scopes.includes(scope)) continue;
        const answer = await call(api, method, concrete).expect(403);
        assert.match(answer.body.detail, new RegExp(scope));
        refused++;
      }
      assert.ok(refused >= 2);
    });
  }

  it("that names a record answers 404 for another company's, and another product's, record", async () => {
    await addPeople(app);
    const { install } = await connect(app, await newClient(app));
    const hook = await app.api.subscribe({ event: "deal.won", target_url: app.receiver.url });
    await app.publish("deal.won");
    const delivery = await app.api.settled(hook.id, "succeeded");
    const replay = (await app.api.post(`/v1/hooks/${hook.id}/replay`, { since: "2026-01-01", only: "failed" }).expect(202)).body;
    const key = (await app.backend.post("/v1/companies/acme/keys", { name: "k" }).expect(201)).body;
    const tesoro = await startTestApp({ product: "tesoro", uri: app.config.mongodbUri as string });
    const bodies: Record<string, object> = {
      patch: { name: "x" },
      "/replay": { since: "2026-01-01" },
      "/keys": { name: "x" },
      "/links": { purpose: "reset" },
      "/users/:user": { email: "x@y.example", name: "x" },
    };
    try {
      // Tesoro has a company "acme" too; Tonic Desk's must stay out of its sight all the same.
      await app.backend.put("/v1/companies/only-tonic", { name: "Only Tonic" }).expect(201);
      let walked = 0;
      for (const { method, path } of operations) {
        if (!/:(id|replay|user|key)\b/.test(path) || path.startsWith("/v1/operator/") || (method === "put" && path === "/v1/companies/:id"))
          continue;
        const ofProduct = path.startsWith("/v1/companies/");
        const id = ofProduct
          ? "only-tonic"
          : path.startsWith("/v1/deliveries/")
            ? delivery.id
            : path.startsWith("/v1/installs/")
              ? install
              : hook.id;
        const concrete = path.replace(":id", id).replace(":replay", replay.id).replace(":user", "ada").replace(":key", key.id);
        const body = Object.entries(bodies).find(([part]) => method === part || path.endsWith(part))?.[1] ?? {};
        const api = ofProduct ? tesoro.backend : app.other;
        const answer = method === "get" || method === "delete" ? await api[method](concrete) : await api[method](concrete, body);
        // Deleting a person or listing keys where there is nobody tells nothing: an empty answer, whoever asks.
        const tellsNothing = (method === "delete" && path.endsWith("/users/:user")) || (method === "get" && path.endsWith("/keys"));
        if (tellsNothing) assert.ok(answer.status === 200 && JSON.stringify(answer.body.data ?? []) === "[]", `${method} ${concrete}`);
        else assert.equal(answer.status, 404, `${method} ${concrete} answered ${answer.status} ${answer.text}`);
        walked++;
      }
      assert.ok(walked >= 16, String(walked));
      assert.equal((await app.api.get(`/v1/hooks/${hook.id}`).expect(200)).body.status, "active");
    } finally {
      await tesoro.stop();
    }
  });
});
