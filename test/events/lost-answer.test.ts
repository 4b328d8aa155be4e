import assert from "node:assert/strict";
import { MongoNetworkError, MongoServerSelectionError } from "mongodb";
import { events } from "../../server/events/event.ts";
import { type Json, startTestApp, type TestApp } from "../helpers/test-app.ts";

/** The store stored an event, and its answer got lost: its process was killed, or the network failed. */
describe("an event whose storing was not answered", () => {
  let app: TestApp;
  beforeEach(async () => {
    app = await startTestApp();
  });
  afterEach(() => app.stop());

  /** The next inserts of events fail so, after the store has done its part or instead of it. */
  function fail(errors: Error[], { stored }: { stored: boolean }): void {
    const { collection } = events(app.hookline.ctx.db) as unknown as { collection: { insertMany(...args: unknown[]): Promise<unknown> } };
    const insertMany = collection.insertMany.bind(collection);
    collection.insertMany = async (...args) => {
      const error = errors.shift();
      if (!error) return insertMany(...args);
      if (stored) await insertMany(...args).catch(() => undefined);
      throw error;
    };
  }
  const lost = () => new MongoNetworkError("connection closed");
  const event = (id?: string): Json => ({
    event: "deal.won",
    company_id: "acme",
    data: app.example("deal.won").data,
    ...(id ? { id } : {}),
  });

  for (const stored of [true, false])
    it(`is sent once, ${stored ? "when it was stored" : "when it was not"}`, async () => {
      const hook = await app.api.subscribe({ event: "deal.won", target_url: app.receiver.url });
      fail([lost(), lost()], { stored });
      const { body } = await app.backend.post("/v1/events", event("once")).expect(202);
      const [request] = await app.receiver.received(1);
      assert.equal(request?.body.id, "once");
      assert.equal(body.duplicate ?? false, false);
      const again = await app.backend.post("/v1/events", event("once"));
      assert.equal(again.body.id, "once");
      assert.equal((await app.api.deliveries(hook.id)).length, 1);
      assert.equal(await events(app.hookline.ctx.db).countDocuments({ company: "tonic-desk:acme", key: "once" }), 1);
    });

  it("is told from one that came before under the same id", async () => {
    await app.api.subscribe({ event: "deal.won", target_url: app.receiver.url });
    await app.backend.post("/v1/events", event("first")).expect(202);
    await app.receiver.received(1);
    fail([lost()], { stored: true });
    const { body } = await app.backend.post("/v1/events", [event("first"), event("second")]).expect(202);
    assert.deepEqual(
      body.data.map(({ id }: Json) => id),
      ["first", "second"],
    );
    const requests = await app.receiver.received(2);
    assert.deepEqual(
      requests.map(({ body: sent }) => sent.id),
      ["first", "second"],
    );
  });

  it("where the store was never reached, nothing was stored, and whoever published is told at once", async () => {
    fail([new MongoServerSelectionError("nobody there", {} as never)], { stored: false });
    await app.backend.post("/v1/events", event("never")).expect(503);
    assert.equal(await events(app.hookline.ctx.db).countDocuments({ company: "tonic-desk:acme", key: "never" }), 0);
  });
});
