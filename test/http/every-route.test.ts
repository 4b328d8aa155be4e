import assert from "node:assert/strict";
import supertest from "supertest";
import { addKey, operatorProduct } from "../../server/accounts/add-key.ts";
import { operations } from "../../server/description/operations.ts";
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
});
