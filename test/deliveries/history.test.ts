import assert from "node:assert/strict";
import { eventually } from "../helpers/eventually.ts";
import { type Json, startTestApp, type TestApp } from "../helpers/test-app.ts";

describe("history, retry by hand and replay", () => {
  let app: TestApp;
  beforeEach(async () => {
    app = await startTestApp();
  });
  afterEach(() => app.stop());

  const allSettled = (hook: string, count: number) =>
    eventually(
      () => app.api.deliveries(hook),
      (list) => list.length === count && list.every(({ status }) => status !== "pending"),
      `${count} settled deliveries`,
    );
  const replayDone = (location: string) =>
    eventually(
      async () => (await app.api.get(new URL(location).pathname).expect(200)).body,
      ({ status }) => status === "completed",
      "the replay's end",
    );

  it("lists by hook, status, event, time and text, newest first, page by page", async () => {
    const hook = await app.api.subscribe({ events: ["deal.won", "deal.lost"], target_url: app.receiver.url });
    const times: string[] = [];
    for (let i = 0; i < 6; i++) {
      app.clock.advance({ minutes: 1 });
      times.push(app.clock.now().toISOString());
      await app.publish(i % 2 ? "deal.lost" : "deal.won", { name: `Deal number ${i}`, id: 100 + i });
    }
    await allSettled(hook.id, 6);
    const list = async (query: string): Promise<Json> => (await app.api.get(`/v1/deliveries?${query}`).expect(200)).body;
    const names = (body: Json) => body.data.map(({ record }: Json) => record.name.at(-1)).join("");
    assert.equal(names(await list("")), "543210");
    assert.equal(names(await list("event=deal.lost")), "531");
    assert.equal(names(await list("status=failed")), "");
    assert.equal(names(await list(`since=${times[4]}`)), "54");
    assert.equal(names(await list(`since=${times[1]}&until=${times[3]}`)), "21");
    assert.equal(names(await list("q=NUMBER%202")), "2");
    assert.equal(names(await list("q=104")), "4");
    assert.equal(names(await list(`q=${(await list("q=104")).data[0].event_id}`)), "4");
    assert.equal(names(await list(`hook=${hook.id}&limit=4`)), "5432");
    const first = await list("limit=4");
    assert.equal(names(await list(`limit=4&cursor=${first.next}`)), "10");
    for (const [query, field] of [
      ["status=won", "status"],
      ["since=yesterday", "since"],
      ["page=1", "page"],
      ["cursor=abc", "cursor"],
    ]) {
      const { body } = await app.api.get(`/v1/deliveries?${query}`).expect(422);
      assert.equal(body.errors[0].field, field);
    }
  });

  it("a retry by hand is one more attempt now; the schedule stays as it was planned", async () => {
    app.receiver.alwaysRespond(500);
    const hook = await app.api.subscribe({ event: "deal.won", target_url: app.receiver.url });
    await app.publish("deal.won");
    const { id, next_attempt_at: planned } = await app.api.attempted(hook.id, 1);
    await app.api.post(`/v1/deliveries/${id}/retry`).expect(202);
    const second = await app.api.attempted(hook.id, 2);
    assert.deepEqual([second.attempts[1].trigger, second.status, second.next_attempt_at], ["manual", "pending", planned]);
    // The attempt by hand used up none of the schedule's.
    for (const [i, seconds] of [15, 60, 240].entries()) {
      app.clock.advance({ seconds });
      await app.api.attempted(hook.id, 3 + i);
    }
    assert.equal((await app.api.settled(hook.id, "failed")).attempts.length, 5);
  });

  it("a retry by hand that succeeds settles the delivery, whether it was pending or failed", async () => {
    const hook = await app.api.subscribe({ event: "deal.won", target_url: app.receiver.url });
    app.receiver.respondWith(500);
    await app.publish("deal.won");
    const { id } = await app.api.attempted(hook.id, 1);
    await app.api.post(`/v1/deliveries/${id}/retry`).expect(202);
    const settled = await app.api.settled(hook.id, "succeeded");
    assert.equal(settled.next_attempt_at, null);
    app.clock.advance({ hours: 1 });
    await new Promise((done) => setTimeout(done, 50));
    assert.equal(app.receiver.requests.length, 2);
  });

  it('of a delivered one it is "send again", with the same id and bytes', async () => {
    const hook = await app.api.subscribe({ event: "deal.won", target_url: app.receiver.url });
    await app.publish("deal.won");
    const { id } = await app.api.settled(hook.id, "succeeded");
    app.receiver.respondWith(500);
    await app.api.post(`/v1/deliveries/${id}/retry`).expect(202);
    const again = await app.api.attempted(hook.id, 2);
    assert.equal(again.status, "succeeded", "it was delivered, whatever came of sending it again");
    const [first, second] = await app.receiver.received(2);
    assert.equal(first?.headers["webhook-id"], second?.headers["webhook-id"]);
    assert.ok(second && first?.raw.equals(second.raw));
  });

  it("a removed hook's deliveries stay readable and can't be retried", async () => {
    const hook = await app.api.subscribe({ event: "deal.won", target_url: app.receiver.url });
    await app.publish("deal.won");
    const { id } = await app.api.settled(hook.id, "succeeded");
    await app.api.delete(`/v1/hooks/${hook.id}`).expect(200);
    assert.equal((await app.api.deliveries(hook.id)).length, 1);
    assert.match((await app.api.post(`/v1/deliveries/${id}/retry`).expect(409)).body.detail, /removed/);
  });

  it("replays everything that failed, with progress, and nothing else", async () => {
    app.receiver.alwaysRespond(500);
    const hook = await app.api.subscribe({ event: "deal.won", target_url: app.receiver.url });
    for (let i = 0; i < 25; i++) await app.publish("deal.won", { id: i });
    for (const [i, seconds] of [15, 60, 240].entries()) {
      await app.receiver.received(25 * (i + 1));
      await eventually(
        () => app.api.deliveries(hook.id),
        (list) => list.length === 25 && list.every(({ attempts_count }) => attempts_count === i + 1),
      );
      app.clock.advance({ seconds });
    }
    await eventually(
      () => app.api.deliveries(hook.id, "?status=failed"),
      (list) => list.length === 25,
    );
    app.receiver.alwaysRespond(200);
    await app.publish("deal.won", { id: 99 });
    await app.receiver.received(101);
    app.clock.advance({ seconds: 1 });
    const answer = await app.api.post(`/v1/hooks/${hook.id}/replay`, { since: new Date(0).toISOString(), only: "failed" }).expect(202);
    const replay = await replayDone(answer.headers.location as string);
    assert.deepEqual([replay.queued, replay.only], [25, "failed"]);
    await app.receiver.received(126);
    const list = await allSettled(hook.id, 26);
    assert.ok(list.every(({ status }) => status === "succeeded"));
    assert.equal(app.receiver.requests.length, 126);
  });

  it("replays what is missing: events that match and were never meant for the hook", async () => {
    for (let i = 0; i < 5; i++) await app.publish("deal.won", { id: i, amount: i * 100 });
    app.clock.advance({ seconds: 1 });
    const hook = await app.api.subscribe({ event: "deal.won", target_url: app.receiver.url, filter: { "data.amount": { gte: 200 } } });
    await app.publish("deal.won", { id: 5, amount: 500 });
    await app.receiver.received(1);
    app.clock.advance({ seconds: 1 });
    for (const expected of [3, 0]) {
      const answer = await app.api.post(`/v1/hooks/${hook.id}/replay`, { since: new Date(0).toISOString(), only: "missing" }).expect(202);
      assert.equal((await replayDone(answer.headers.location as string)).queued, expected);
    }
    const requests = await app.receiver.received(4);
    assert.deepEqual(requests.map(({ body }) => body.data.id).sort(), [2, 3, 4, 5]);
    assert.ok((await allSettled(hook.id, 4)).every(({ status }) => status === "succeeded"));
  });

  it("replays by the list's filters: delivered ones are sent again", async () => {
    const hook = await app.api.subscribe({ events: ["deal.won", "deal.lost"], target_url: app.receiver.url });
    await app.publish("deal.won", { id: 1 });
    await app.publish("deal.lost", { id: 2 });
    await allSettled(hook.id, 2);
    app.clock.advance({ seconds: 1 });
    const answer = await app.api.post(`/v1/hooks/${hook.id}/replay`, { since: new Date(0).toISOString(), event: "deal.lost" }).expect(202);
    assert.equal((await replayDone(answer.headers.location as string)).queued, 1);
    const requests = await app.receiver.received(3);
    assert.equal(requests[2]?.body.data.id, 2);
  });

  it("refuses a replay without a beginning, with a bad time, or with contradicting choices", async () => {
    const hook = await app.api.subscribe({ event: "deal.won", target_url: app.receiver.url });
    for (const [body, field] of [
      [{}, "since"],
      [{ since: "x" }, "since"],
      [{ since: "2026-01-01", only: "all" }, "only"],
      [{ since: "2026-01-01", only: "failed", q: "x" }, "only"],
    ] as const) {
      const answer = await app.api.post(`/v1/hooks/${hook.id}/replay`, body).expect(422);
      assert.equal(answer.body.errors[0].field, field);
    }
  });
});
