import assert from "node:assert/strict";
import { eventually } from "../helpers/eventually.ts";
import { type Json, startTestApp, type TestApp } from "../helpers/test-app.ts";

describe("changing, pausing and removing hooks", () => {
  let app: TestApp;
  beforeEach(async () => {
    app = await startTestApp();
  });
  afterEach(() => app.stop());

  const statuses = async (hook: string): Promise<string[]> => (await app.api.deliveries(hook)).map(({ status }) => status);

  it("PATCH changes URL, events, filter and name, for the very next event", async () => {
    const other = await app.newReceiver();
    const { id } = await app.api.subscribe({ event: "deal.won", target_url: app.receiver.url });
    const changes = { target_url: other.url, events: ["deal.lost", "deal.won"], filter: { "data.amount": { gt: 5 } }, name: "Large deals" };
    const { body } = await app.api.patch(`/v1/hooks/${id}`, changes).expect(200);
    assert.deepEqual({ target_url: body.target_url, events: body.events, filter: body.filter, name: body.name }, changes);
    await app.publish("deal.lost", { amount: 5 });
    await app.publish("deal.lost", { amount: 6 });
    const requests = await other.received(1);
    assert.equal(requests[0]?.body.data.amount, 6);
    assert.equal(app.receiver.requests.length, 0);
  });

  it("refuses changes that don't fit, naming the field, and leaves the hook as it was", async () => {
    const before = await app.api.subscribe({ event: "deal.won", target_url: app.receiver.url, filter: { "data.amount": { gt: 5 } } });
    const path = `/v1/hooks/${before.id}`;
    for (const [changes, field] of [
      [{}, ""],
      [{ url: "x" }, "url"],
      [{ status: "off" }, "status"],
      [{ events: ["nope"] }, "events"],
      [{ target_url: "http://10.0.0.1" }, "target_url"],
      [{ events: ["contact.created"] }, "events: the present filter.data.amount"],
      [{ held: "drop" }, "held"],
      [{ status: "active", paused: true }, "paused"],
    ] as const) {
      const { body } = await app.api.patch(path, changes).expect(422);
      assert.equal(body.errors[0].field, field, JSON.stringify(changes));
    }
    assert.deepEqual((await app.api.get(path)).body, { ...before, updated_at: before.updated_at });
    const second = await app.api.subscribe({ event: "deal.lost", target_url: app.receiver.url, filter: { "data.amount": { gt: 5 } } });
    await app.api.patch(`/v1/hooks/${second.id}`, { events: ["deal.won"] }).expect(409);
  });

  it("a paused hook holds its deliveries; resuming sends them, oldest first", async () => {
    const { id } = await app.api.subscribe({ event: "deal.won", target_url: app.receiver.url });
    app.receiver.respondWith(500);
    await app.publish("deal.won", { id: 1 });
    await app.api.attempted(id, 1);
    assert.equal((await app.api.patch(`/v1/hooks/${id}`, { status: "paused" }).expect(200)).body.status, "paused");
    for (let i = 2; i <= 12; i++) await app.publish("deal.won", { id: i });
    await eventually(
      () => statuses(id),
      (seen) => seen.length === 12 && seen.every((status) => status === "held"),
    );
    app.clock.advance({ hours: 1 });
    await new Promise((done) => setTimeout(done, 60));
    assert.equal(app.receiver.requests.length, 1);

    await app.api.patch(`/v1/hooks/${id}`, { status: "active" }).expect(200);
    const requests = await app.receiver.received(13);
    assert.deepEqual(
      requests.slice(1).map(({ body }) => body.data.id),
      Array.from({ length: 12 }, (_, i) => i + 1),
    );
    await eventually(
      () => statuses(id),
      (seen) => seen.every((status) => status === "succeeded"),
    );
  });

  it("resuming drops what was held if asked to", async () => {
    const { id } = await app.api.subscribe({ event: "deal.won", target_url: app.receiver.url });
    await app.api.patch(`/v1/hooks/${id}`, { paused: true }).expect(200);
    await app.publish("deal.won");
    await eventually(
      () => statuses(id),
      ([status]) => status === "held",
    );
    await app.api.patch(`/v1/hooks/${id}`, { paused: false, held: "drop" }).expect(200);
    const [dropped] = await app.api.deliveries(id);
    assert.equal(dropped.status, "cancelled");
    assert.match(dropped.reason, /Dropped/);
    await app.publish("deal.won", { id: 2 });
    const [request] = await app.receiver.received(1);
    assert.equal(request?.body.data.id, 2);
  });

  it("a held delivery can be sent by hand", async () => {
    const { id } = await app.api.subscribe({ event: "deal.won", target_url: app.receiver.url });
    await app.api.patch(`/v1/hooks/${id}`, { status: "paused" }).expect(200);
    await app.publish("deal.won");
    const held = await app.api.settled(id, "held");
    await app.api.post(`/v1/deliveries/${held.id}/retry`).expect(202);
    await app.api.settled(id, "succeeded");
    await app.api.patch(`/v1/hooks/${id}`, { status: "active" }).expect(200);
    await new Promise((done) => setTimeout(done, 50));
    assert.equal(app.receiver.requests.length, 1);
  });

  it("DELETE cancels what is pending, sends nothing more, and may be said twice", async () => {
    app.receiver.alwaysRespond(500);
    const { id } = await app.api.subscribe({ event: "deal.won", target_url: app.receiver.url });
    await app.publish("deal.won");
    await app.api.attempted(id, 1);
    assert.deepEqual((await app.api.delete(`/v1/hooks/${id}`).expect(200)).body, {});
    assert.deepEqual((await app.api.delete(`/v1/hooks/${id}`).expect(200)).body, {});
    const cancelled = await app.api.settled(id, "cancelled");
    assert.equal(cancelled.reason, "The webhook was deleted.");
    await app.publish("deal.won");
    app.clock.advance({ hours: 1 });
    await new Promise((done) => setTimeout(done, 60));
    assert.equal(app.receiver.requests.length, 1);
    for (const call of [
      app.api.get(`/v1/hooks/${id}`),
      app.api.patch(`/v1/hooks/${id}`, { name: "x" }),
      app.api.post(`/v1/hooks/${id}/test`),
      app.api.post(`/v1/hooks/${id}/rotate-secret`),
    ]) {
      const { body } = await call.expect(404).expect("content-type", /problem\+json/);
      assert.match(body.detail, /gone/);
    }
    await app.api.delete("/v1/hooks/hook_unknown").expect(404);
    const anew = await app.api.post("/v1/hooks", { event: "deal.won", target_url: app.receiver.url }).expect(201);
    assert.notEqual(anew.body.id, id);
  });

  it("a slow attempt that was on the wire when the hook was deleted is still history", async () => {
    let release = () => {};
    app.receiver.respondWith((res) => {
      release = () => res.writeHead(200).end();
    });
    const { id } = await app.api.subscribe({ event: "deal.won", target_url: app.receiver.url });
    await app.publish("deal.won");
    await app.receiver.received(1);
    await app.api.delete(`/v1/hooks/${id}`).expect(200);
    release();
    const delivery = await app.api.settled(id, "succeeded");
    assert.equal(delivery.attempts.length, 1);
  });

  it("a test sends the example of one of the hook's event types and is recorded as a test", async () => {
    const { id } = await app.api.subscribe({
      events: ["deal.won", "deal.lost"],
      target_url: app.receiver.url,
      secret: "s",
      filter: { "data.amount": { gt: 1e9 } },
    });
    const answer = await app.api.post(`/v1/hooks/${id}/test`, { event: "deal.lost" }).expect(202);
    const [request] = await app.receiver.received(1);
    assert.equal(request?.body.event, "deal.lost");
    assert.deepEqual(request?.body.data, app.example("deal.lost").data);
    assert.equal(request?.body.id, answer.body.event_id);
    const delivery = await app.api.settled(id, "succeeded");
    assert.deepEqual([delivery.id, delivery.trigger], [answer.body.delivery_id, "test"]);
    assert.equal((await app.api.post(`/v1/hooks/${id}/test`, { event: "task.created" }).expect(422)).body.errors[0].field, "event");
  });

  it("a test that fails is not retried, and a paused hook can be tested", async () => {
    const { id } = await app.api.subscribe({ event: "deal.won", target_url: app.receiver.url });
    await app.api.patch(`/v1/hooks/${id}`, { status: "paused" }).expect(200);
    app.receiver.respondWith(500);
    await app.api.post(`/v1/hooks/${id}/test`).expect(202);
    const failed: Json = await app.api.settled(id, "failed");
    assert.match(failed.reason, /Tests are not retried/);
    app.clock.advance({ hours: 1 });
    await new Promise((done) => setTimeout(done, 50));
    assert.equal(app.receiver.requests.length, 1);
  });
});
