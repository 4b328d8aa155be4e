import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { schemasFolder } from "../../server/config.ts";
import { type ProductId, startTestApp } from "../helpers/test-app.ts";

const fixtures = fileURLToPath(new URL("../../../test/fixtures/products", import.meta.url));

describe("a third product", () => {
  it("is a folder and nothing else: its event goes all the way by its own rules", async () => {
    const app = await startTestApp({ product: "larder" as ProductId, config: { schemaFolders: [schemasFolder, fixtures] } });
    try {
      assert.deepEqual(
        (await app.api.get("/v1/event-types").expect(200)).body.data.map(({ id }: { id: string }) => id),
        ["item.low"],
      );
      app.receiver.respondWith(200, 201);
      const hook = await app.api.subscribe({
        event: "item.low",
        target_url: app.receiver.url,
        secret: "s",
        filter: { "data.left": { lt: 3 } },
      });
      await app.backend.post("/v1/events", { event: "item.low", company_id: "acme", data: { id: "oil", left: 3 } }).expect(202);
      await app.backend.post("/v1/events", { event: "item.low", company_id: "acme", data: { id: "flour", left: 2 } }).expect(202);
      const first = await app.api.attempted(hook.id, 1);
      assert.equal(first.status, "pending", "this product's receivers answer 201");
      assert.equal(Date.parse(first.next_attempt_at) - app.clock.now().getTime(), 7_000);
      app.clock.advance({ seconds: 7 });
      await app.api.settled(hook.id, "succeeded");
      const [request] = app.receiver.requests;
      assert.deepEqual(Object.keys(request?.body ?? {}), ["id", "event", "company_id", "timestamp", "data"]);
      assert.deepEqual(request?.body.data, { id: "flour", left: 2, name: null });
      assert.match(String(request?.headers["x-larder-signature"]), /^[0-9a-f]{64}$/);
      assert.equal(request?.headers["x-webhook-signature"], undefined);
    } finally {
      await app.stop();
    }
  });
});
