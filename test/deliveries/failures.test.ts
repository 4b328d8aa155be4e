import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { createServer, type Server } from "node:net";
import { eventually } from "../helpers/eventually.ts";
import { type Json, startTestApp, type TestApp } from "../helpers/test-app.ts";

describe("receivers that misbehave", () => {
  let app: TestApp;
  const servers: Server[] = [];
  before(async () => {
    app = await startTestApp({ product: "tesoro" });
  });
  after(async () => {
    await app.stop();
    for (const server of servers) server.close();
  });

  /** A server below HTTP, for answers that no HTTP library gives. */
  async function rawServer(answer: (socket: import("node:net").Socket) => void): Promise<string> {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => answer(socket));
    });
    servers.push(server);
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }

  async function firstAttempt(target_url: string): Promise<Json> {
    const hook = await app.api.subscribe({ event: "deal.won", target_url });
    await app.publish("deal.won");
    const delivery = await app.api.attempted(hook.id, 1);
    await app.api.delete(`/v1/hooks/${hook.id}`);
    return { ...delivery.attempts[0], reason: delivery.reason };
  }

  it("nobody listening: the history says so in words and a code", async () => {
    const receiver = await app.newReceiver();
    const { url } = receiver;
    await receiver.stop();
    const attempt = await firstAttempt(url);
    assert.deepEqual(attempt.error, { code: "ECONNREFUSED", message: "Connection refused" });
    assert.equal(attempt.response, null);
    assert.equal(attempt.reason, "Connection refused");
  });

  it("a reset connection and an answer that is not HTTP", async () => {
    const reset = await firstAttempt(await rawServer((socket) => socket.resetAndDestroy()));
    assert.match(reset.error.message, /reset|closed/);
    const garbage = await firstAttempt(await rawServer((socket) => socket.end("SSH-2.0-OpenSSH_9.2\r\n")));
    assert.equal(garbage.error.message, "The answer was not HTTP");
  });

  it("an endless answer is cut and its status stands", async () => {
    const url = await rawServer((socket) => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n");
      const timer = setInterval(() => socket.write("x".repeat(64 * 1024)), 1);
      socket.on("close", () => clearInterval(timer));
    });
    const attempt = await firstAttempt(url);
    assert.equal(attempt.outcome, "succeeded");
    assert.equal(attempt.response.truncated, true);
    assert.equal(attempt.response.body.length, 64 * 1024);
  });

  it("no answer within the product's time: timed out after 5 s", async () => {
    const attempt = await firstAttempt(await rawServer(() => {}));
    assert.deepEqual(attempt.error, { code: "TIMEOUT", message: "Timed out after 5 s" });
    assert.ok(attempt.duration_ms >= 4_900 && attempt.duration_ms < 8_000, `${attempt.duration_ms} ms`);
  }).timeout(15_000);

  it("a name that turns to a private address after the subscribe is blocked at connect", async () => {
    let address = "93.184.216.34";
    const rebinding = await startTestApp({ product: "tesoro", resolver: async () => [{ address, family: 4 }] });
    try {
      const hook = await rebinding.api.subscribe({ event: "deal.won", target_url: "https://rebind.example.com/" });
      address = "169.254.169.254";
      await rebinding.publish("deal.won");
      const delivery = await rebinding.api.attempted(hook.id, 1);
      assert.equal(delivery.attempts[0].error.code, "BLOCKED_TARGET");
      assert.match(delivery.reason, /Blocked: rebind\.example\.com resolves to 169\.254\.169\.254/);
    } finally {
      await rebinding.stop();
    }
  });

  it("410 unsubscribes at once, cancels what is pending, and says so", async () => {
    const receiver = await app.newReceiver();
    const hook = await app.api.subscribe({ event: "deal.lost", target_url: receiver.url });
    receiver.respondWith(500, 410);
    await app.publish("deal.lost", { name: "Pending" });
    await app.api.attempted(hook.id, 1);
    await app.publish("deal.lost", { name: "Gone" });
    const found: Json[] = await eventually(
      () => app.api.deliveries(hook.id),
      (list) => list.length === 2 && list.every(({ status }) => status !== "pending"),
    );
    const byName = Object.fromEntries(found.map((delivery) => [delivery.record.name, delivery]));
    assert.equal(byName.Gone.status, "failed");
    assert.match(byName.Gone.reason, /410 Gone/);
    assert.equal(byName.Pending.status, "cancelled");
    assert.match(byName.Pending.reason, /410 Gone/);
    const { body } = await app.api.get(`/v1/hooks/${hook.id}`).expect(404);
    assert.match(body.detail, /410 Gone/);
    await app.publish("deal.lost");
    app.clock.advance({ hours: 3 });
    await new Promise((done) => setTimeout(done, 80));
    assert.equal(receiver.requests.length, 2);
  });

  it("a hook whose every attempt has failed for five days is turned off, with the reason", async () => {
    const receiver = await app.newReceiver();
    receiver.alwaysRespond(500);
    const hook = await app.api.subscribe({ event: "note.x".replace("note.x", "activity.note_created"), target_url: receiver.url });
    await app.publish("activity.note_created");
    await app.api.attempted(hook.id, 1);
    assert.ok((await app.api.get(`/v1/hooks/${hook.id}`)).body.failing_since);
    app.clock.advance({ days: 5 });
    const disabled = await eventually(
      async () => (await app.api.get(`/v1/hooks/${hook.id}`)).body,
      ({ status }) => status === "disabled",
    );
    assert.match(disabled.reason, /every attempt since .* has failed/);
    const [cancelled] = await eventually(
      () => app.api.deliveries(hook.id),
      ([delivery]) => delivery.status === "cancelled",
    );
    assert.match(cancelled.reason, /Turned off/);
    const sent = receiver.requests.length;
    await app.publish("activity.note_created");
    await new Promise((done) => setTimeout(done, 50));
    assert.equal(receiver.requests.length, sent);
    // Turned on again, it gets what comes; what it missed can be replayed.
    receiver.alwaysRespond(200);
    await app.api.patch(`/v1/hooks/${hook.id}`, { status: "active" }).expect(200);
    const replay = await app.api.post(`/v1/hooks/${hook.id}/replay`, { since: new Date(0).toISOString(), only: "missing" }).expect(202);
    await receiver.received(sent + 1);
    const done = await eventually(
      async () => (await app.api.get(new URL(replay.headers.location as string).pathname).expect(200)).body,
      ({ status }) => status === "completed",
    );
    assert.equal(done.queued, 1);
  });

  it("a success ends the count of failing days", async () => {
    const receiver = await app.newReceiver();
    const hook = await app.api.subscribe({ event: "meeting.created", target_url: receiver.url });
    receiver.respondWith(500, 200);
    await app.publish("meeting.created");
    await app.api.attempted(hook.id, 1);
    app.clock.advance({ minutes: 1 });
    await app.api.settled(hook.id, "succeeded");
    const { body } = await app.api.get(`/v1/hooks/${hook.id}`);
    assert.equal(body.failing_since, null);
  });
});

describe("an attempt that takes long", () => {
  it("is in the history while it is under way, and once when it has ended", async () => {
    const app = await startTestApp();
    try {
      let release = () => {};
      app.receiver.respondWith((res) => {
        release = () => res.writeHead(200).end();
      });
      const hook = await app.api.subscribe({ event: "deal.won", target_url: app.receiver.url });
      await app.publish("deal.won");
      const [waiting] = await eventually(
        () => app.api.deliveries(hook.id),
        (list) => list.length === 1,
      );
      assert.deepEqual([waiting.status, waiting.attempts_count, waiting.reason], ["pending", 0, "Waiting for the answer."]);
      release();
      const settled = await app.api.settled(hook.id, "succeeded");
      assert.equal(settled.attempts.length, 1);
      app.clock.advance({ hours: 1 });
      await new Promise((done) => setTimeout(done, 60));
      assert.equal(app.receiver.requests.length, 1);
      assert.equal((await app.api.deliveries(hook.id)).length, 1);
    } finally {
      await app.stop();
    }
  });
});
