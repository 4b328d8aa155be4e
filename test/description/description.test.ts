import assert from "node:assert/strict";
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import supertest from "supertest";
import { createApp } from "../../server/app.ts";
import { operations } from "../../server/description/operations.ts";
import { type Json, startTestApp, type TestApp } from "../helpers/test-app.ts";

type Layer = { name: string; route?: { path: string; methods: Record<string, boolean> }; handle: { stack?: Layer[] } };

/** Every route that Express has mounted under /v1. */
function mountedRoutes(stack: Layer[]): string[] {
  return stack.flatMap(({ route, handle }) =>
    route ? Object.keys(route.methods).map((method) => `${method} /v1${route.path}`) : handle.stack ? mountedRoutes(handle.stack) : [],
  );
}

describe("the API's description", () => {
  let app: TestApp;
  let description: Json;
  const ajv = new Ajv2020({ strict: false });
  formats.default(ajv);
  before(async () => {
    app = await startTestApp({ product: "tesoro" });
    description = (await supertest(app.url).get("/openapi.json").expect(200)).body;
    ajv.addSchema({ $id: "openapi", components: description.components });
  });
  after(() => app.stop());

  it("lists exactly the routes that there are", () => {
    const express = createApp(app.hookline.ctx) as unknown as { router: { stack: Layer[] } };
    const v1 = express.router.stack.find(({ handle }) => handle.stack && mountedRoutes(handle.stack).includes("get /v1/me"));
    const mounted = mountedRoutes(v1?.handle.stack ?? []).sort();
    assert.ok(mounted.length > 20);
    assert.deepEqual(operations.map(({ method, path }) => `${method} ${path}`).sort(), mounted);
    const ids = Object.values(description.paths as Json).flatMap((path: Json) =>
      Object.values(path).map(({ operationId }: Json) => operationId),
    );
    assert.equal(new Set(ids).size, operations.length);
  });

  it("has a webhook for every event type, whose schema its examples meet", () => {
    assert.equal(Object.keys(description.webhooks).length, 39);
    for (const [name, { post }] of Object.entries(description.webhooks as Record<string, Json>)) {
      const { schema } = post.requestBody.content["application/json"];
      for (const example of schema.examples) assert.ok(ajv.compile({ ...schema, $id: `${schema.$id}:${Math.random()}` })(example), name);
    }
  });

  /** Holds an answer against what the description says of it. */
  function assertDescribed(method: string, path: string, { status, body }: { status: number; body: Json }): void {
    const operation = description.paths[path]?.[method];
    assert.ok(operation, `${method} ${path}`);
    const answer = operation.responses[status];
    assert.ok(answer, `${method} ${path} may not answer ${status}`);
    const schema = answer.$ref ? { $ref: "openapi#/components/schemas/Problem" } : answer.content["application/json"].schema;
    const local = JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"openapi#/components'));
    const validate = ajv.compile(local);
    assert.ok(validate(body), `${method} ${path} ${status}: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(body)}`);
  }

  it("is what the calls really answer", async () => {
    const { api, backend } = app;
    assertDescribed("get", "/v1/me", await api.get("/v1/me"));
    assertDescribed("get", "/v1/me", await backend.get("/v1/me"));
    assertDescribed("get", "/v1/event-types", await api.get("/v1/event-types"));
    assertDescribed("get", "/v1/event-types/{type}", await api.get("/v1/event-types/deal.won"));
    assertDescribed("get", "/v1/event-types/{type}", await api.get("/v1/event-types/nope"));
    assertDescribed("get", "/v1/event-types/{type}/samples", await api.get("/v1/event-types/deal.won/samples"));
    assertDescribed(
      "get",
      "/v1/event-types/{type}/fields/{path}/values",
      await api.get("/v1/event-types/deal.won/fields/data.status/values"),
    );
    const hook = await api.post("/v1/hooks", { name: "x", event: "deal.won", target_url: app.receiver.url, secret: true });
    assertDescribed("post", "/v1/hooks", hook);
    assertDescribed("post", "/v1/hooks", await api.post("/v1/hooks", { event: "nope" }));
    assertDescribed("post", "/v1/hooks/{type}", await api.post("/v1/hooks/deal.lost", { name: "x", target_url: app.receiver.url }));
    assertDescribed("get", "/v1/hooks", await api.get("/v1/hooks"));
    const path = `/v1/hooks/${hook.body.id}`;
    assertDescribed("get", "/v1/hooks/{id}", await api.get(path));
    assertDescribed("patch", "/v1/hooks/{id}", await api.patch(path, { name: "y" }));
    assertDescribed("post", "/v1/hooks/{id}/rotate-secret", await api.post(`${path}/rotate-secret`));
    assertDescribed("post", "/v1/hooks/{id}/test", await api.post(`${path}/test`));
    await api.settled(hook.body.id, "succeeded");
    app.receiver.respondWith(500);
    const { data, previous_data } = app.example("deal.won");
    const event = { event: "deal.won", company_id: "acme", data, previous_data };
    assertDescribed("post", "/v1/events", await backend.post("/v1/events", event));
    assertDescribed("post", "/v1/events", await backend.post("/v1/events", [event, {}]));
    assertDescribed("post", "/v1/events", await backend.post("/v1/events", {}));
    const delivery = await api.attempted(hook.body.id, 1);
    assertDescribed("get", "/v1/deliveries", await api.get("/v1/deliveries"));
    assertDescribed("get", "/v1/hooks/{id}/deliveries", await api.get(`${path}/deliveries`));
    assertDescribed("get", "/v1/deliveries/{id}", await api.get(`/v1/deliveries/${delivery.id}`));
    assertDescribed("post", "/v1/deliveries/{id}/retry", await api.post(`/v1/deliveries/${delivery.id}/retry`));
    const replay = await api.post(`${path}/replay`, { since: "2026-01-01", only: "failed" });
    assertDescribed("post", "/v1/hooks/{id}/replay", replay);
    assertDescribed("get", "/v1/hooks/{id}/replays/{replay}", await api.get(`${path}/replays/${replay.body.id}`));
    assertDescribed("delete", "/v1/hooks/{id}", await api.delete(path));
    assertDescribed("get", "/v1/hooks/{id}", await api.get(path));
    assertDescribed("put", "/v1/companies/{id}", await backend.put("/v1/companies/new", { name: "New" }));
    assertDescribed("get", "/v1/companies/{id}", await backend.get("/v1/companies/new"));
    assertDescribed(
      "put",
      "/v1/companies/{id}/users/{user}",
      await backend.put("/v1/companies/new/users/u", { name: "U", email: "u@new.example" }),
    );
    const key = await backend.post("/v1/companies/new/keys", { name: "K" });
    assertDescribed("post", "/v1/companies/{id}/keys", key);
    assertDescribed("get", "/v1/companies/{id}/keys", await backend.get("/v1/companies/new/keys"));
    assertDescribed("delete", "/v1/companies/{id}/keys/{key}", await backend.delete(`/v1/companies/new/keys/${key.body.id}`));
  });

  it("is rendered at /docs from our own origin, under a policy that lets no other script in", async () => {
    const page = await supertest(app.url).get("/docs").expect(200).expect("content-type", /html/);
    assert.match(page.headers["content-security-policy"] as string, /script-src 'self'/);
    const sources = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, source]) => source as string);
    assert.ok(sources.length >= 4 && sources.every((source) => source.startsWith("/")));
    for (const source of sources) await supertest(app.url).get(source).expect(200);
  });
});

describe("health and metrics", () => {
  it("healthz answers, readyz tells of store and lanes, metrics count what happened", async () => {
    const app = await startTestApp();
    try {
      await supertest(app.url).get("/healthz").expect(200);
      const ready = await supertest(app.url).get("/readyz").expect(200);
      assert.deepEqual([ready.body.status, ready.body.store, ready.body.lanes], ["ok", "ok", "ok"]);
      const hook = await app.api.subscribe({ event: "deal.won", target_url: app.receiver.url });
      app.receiver.respondWith(500);
      await app.publish("deal.won");
      await app.api.attempted(hook.id, 1);
      const { text } = await supertest(app.url).get("/metrics").expect(200);
      assert.match(text, /hookline_events_accepted_total\{product="tonic-desk"\} 1/);
      assert.match(text, /hookline_attempts_total\{product="tonic-desk",outcome="failed",trigger="event"\} 1/);
      assert.match(text, /hookline_lanes_owned 8/);
    } finally {
      await app.stop();
    }
  });

  it("metrics are shut in production without a token, and ask for it where there is one", async () => {
    const shut = await startTestApp({ config: { production: true } });
    const guarded = await startTestApp({ config: { production: true, metricsToken: "m3trics" } });
    try {
      await supertest(shut.url).get("/metrics").expect(403);
      await supertest(guarded.url).get("/metrics").expect(401);
      await supertest(guarded.url).get("/metrics").set("authorization", "Bearer m3tric").expect(401);
      await supertest(guarded.url).get("/metrics").set("authorization", "Bearer m3trics").expect(200);
    } finally {
      await shut.stop();
      await guarded.stop();
    }
  });
});
