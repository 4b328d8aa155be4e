import assert from "node:assert/strict";
import { hooks } from "../../server/hooks/hook.ts";
import { startTestApp, type TestApp } from "../helpers/test-app.ts";

/** A change of a hook could not be read (the store was away), so that the company's hooks are no longer in memory. */
describe("deliveries of a company whose hooks had to be forgotten", () => {
  let app: TestApp;
  beforeEach(async () => {
    app = await startTestApp();
  });
  afterEach(() => app.stop());

  it("are sent, not taken for those of a deleted webhook, also in the middle of a backlog", async () => {
    const hook = await app.api.subscribe({ event: "deal.won", target_url: app.receiver.url });
    await app.api.patch(`/v1/hooks/${hook.id}`, { status: "paused" }).expect(200);
    const { db, registry } = app.hookline.ctx;
    for (let i = 0; i < 450; i += 50) {
      const { data } = app.example("deal.won");
      await app.backend
        .post(
          "/v1/events",
          Array.from({ length: 50 }, () => ({ event: "deal.won", company_id: "acme", data })),
        )
        .expect(202);
    }
    // While the backlog is worked off, what the registry has is dropped again and again, as a failed reload does.
    let forgets = 0;
    app.receiver.alwaysRespond((res) => {
      if (forgets++ % 20 === 0) registry.clear();
      res.end();
    });
    await app.api.patch(`/v1/hooks/${hook.id}`, { status: "active" }).expect(200);
    await app.receiver.received(450);
    assert.equal((await app.api.deliveries(hook.id, "?status=cancelled")).length, 0);
    assert.equal((await hooks(db).findById(hook.id).lean())?.status, "active");
  });
});
