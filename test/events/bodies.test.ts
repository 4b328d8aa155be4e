import assert from "node:assert/strict";
import { startTestApp } from "../helpers/test-app.ts";

describe("the body on the wire", () => {
  it("of Tesoro has the full record, what it was before, and the company", async () => {
    const app = await startTestApp({ product: "tesoro" });
    try {
      const hook = await app.api.subscribe({ event: "lead.status_changed", target_url: app.receiver.url });
      const { data } = app.example("lead.status_changed");
      await app.backend
        .post("/v1/events", {
          event: "lead.status_changed",
          company_id: "acme",
          timestamp: "2026-04-01T10:00:00Z",
          data: { ...data, status: "qualified" },
          previous_data: { status: "contacted" },
        })
        .expect(202);
      const [request] = await app.receiver.received(1);
      assert.deepEqual(Object.keys(request?.body ?? {}), ["id", "event", "timestamp", "data", "previous_data", "company_id"]);
      assert.equal(request?.body.company_id, "acme");
      assert.deepEqual(request?.body.previous_data, { status: "contacted" });
      assert.equal(request?.body.timestamp, "2026-04-01T10:00:00Z");
      assert.deepEqual(request?.body.data, { ...data, status: "qualified" });
      assert.equal(request?.headers["content-type"], "application/json");
      const { body } = await app.backend.post("/v1/events", { event: "lead.status_changed", company_id: "acme", data }).expect(422);
      assert.equal(body.errors[0].field, "previous_data", "a change says what was before");
      await app.api.delete(`/v1/hooks/${hook.id}`);
    } finally {
      await app.stop();
    }
  });

  it("of Tonic Desk has event, timestamp, data and the id; a stage change has previous_stage in its data", async () => {
    const app = await startTestApp({ product: "tonic-desk" });
    try {
      await app.api.subscribe({ event: "deal.stage_changed", target_url: app.receiver.url });
      await app.publish("deal.stage_changed");
      const [request] = await app.receiver.received(1);
      assert.deepEqual(Object.keys(request?.body ?? {}), ["id", "event", "timestamp", "data"]);
      assert.equal(request?.body.data.previous_stage, "Proposal");
    } finally {
      await app.stop();
    }
  });
});
