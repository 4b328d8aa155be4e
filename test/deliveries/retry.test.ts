import assert from "node:assert/strict";
import { type Json, type ProductId, startTestApp, type TestApp } from "../helpers/test-app.ts";

const schedules: Record<ProductId, number[]> = { "tonic-desk": [15, 60, 240], tesoro: [60, 300, 1800, 7200] };

for (const product of ["tonic-desk", "tesoro"] as const) {
  describe(`retries of ${product}`, () => {
    let app: TestApp;
    before(async () => {
      app = await startTestApp({ product });
    });
    after(() => app.stop());

    it("follow the schedule exactly, then the delivery has failed; bodies and ids are the same on all attempts", async () => {
      const receiver = await app.newReceiver();
      receiver.alwaysRespond(500);
      const hook = await app.api.subscribe({ event: "deal.won", target_url: receiver.url, secret: "s" });
      const publishedAt = app.clock.now().getTime();
      await app.publish("deal.won");
      let expectedAt = publishedAt;
      for (const [i, seconds] of (schedules[product] as number[]).entries()) {
        await receiver.received(i + 1);
        const delivery = await app.api.attempted(hook.id, i + 1);
        assert.equal(delivery.status, "pending");
        expectedAt += seconds * 1000;
        assert.equal(Date.parse(delivery.next_attempt_at), expectedAt, `attempt ${i + 2} is planned ${seconds} s after attempt ${i + 1}`);
        // Just before it is due nothing goes out, and at the moment it does.
        app.clock.advance({ ms: seconds * 1000 - 1 });
        await new Promise((done) => setTimeout(done, 60));
        assert.equal(receiver.requests.length, i + 1);
        app.clock.advance({ ms: 1 });
      }
      const attempts = (schedules[product] as number[]).length + 1;
      const requests = await receiver.received(attempts);
      const failed = await app.api.settled(hook.id, "failed");
      assert.equal(failed.next_attempt_at, null);
      assert.equal(failed.retries_count, attempts - 1);
      assert.match(failed.reason, /answered 500; \d attempts were made and no more follow/);
      assert.deepEqual(
        failed.attempts.map(({ status, trigger }: Json) => [status, trigger]),
        [[500, "event"], ...Array(attempts - 1).fill([500, "retry"])],
      );
      assert.equal(new Set(requests.map(({ raw }) => raw.toString("hex"))).size, 1);
      assert.equal(new Set(requests.map(({ headers }) => headers["webhook-id"])).size, 1);
      assert.ok(failed.attempts.every(({ request }: Json) => request.body === requests[0]?.raw.toString("utf8")));
      app.clock.advance({ days: 1 });
      await new Promise((done) => setTimeout(done, 60));
      assert.equal(receiver.requests.length, attempts);
    });

    it("end with the first success, and the history keeps both attempts whole", async () => {
      const receiver = await app.newReceiver();
      receiver.respondWith({ status: 503, headers: { "x-why": "deploying" }, body: "<b>not now</b>" }, { status: 200, body: "thanks" });
      const hook = await app.api.subscribe({ event: "deal.lost", target_url: receiver.url, secret: "s" });
      await app.publish("deal.lost");
      await app.api.attempted(hook.id, 1);
      app.clock.advance({ seconds: schedules[product][0] as number });
      const delivery = await app.api.settled(hook.id, "succeeded");
      const [first, second] = delivery.attempts;
      assert.deepEqual([first.status, first.outcome, second.status, second.outcome], [503, "failed", 200, "succeeded"]);
      assert.equal(first.response.headers["x-why"], "deploying");
      assert.equal(first.response.body, "<b>not now</b>");
      assert.equal(second.response.body, "thanks");
      assert.match(first.request.headers["X-Webhook-Signature"], /^[0-9a-f]{64}$/);
      assert.ok(Number.isInteger(first.duration_ms) && first.timings.waiting_ms >= 0);
      assert.equal(Date.parse(second.at) - Date.parse(first.at), (schedules[product][0] as number) * 1000);
    });

    it("wait longer where a 429 or 503 asks for it with Retry-After, never less", async () => {
      const [first] = schedules[product] as [number];
      for (const [status, retryAfter, expected] of [
        [429, "900", 900],
        [503, "1", first],
        [500, "900", first],
      ] as const) {
        const receiver = await app.newReceiver();
        receiver.respondWith({ status, headers: { "retry-after": retryAfter } });
        const hook = await app.api.subscribe({ event: "contact.created", target_url: receiver.url });
        await app.publish("contact.created");
        const delivery = await app.api.attempted(hook.id, 1);
        assert.equal(
          Date.parse(delivery.next_attempt_at) - app.clock.now().getTime(),
          expected * 1000,
          `${status} with Retry-After: ${retryAfter}`,
        );
        await app.api.delete(`/v1/hooks/${hook.id}`);
      }
    });

    it("understand a date in Retry-After", async () => {
      const receiver = await app.newReceiver();
      const date = new Date(Math.ceil(app.clock.now().getTime() / 1000) * 1000 + 3_600_000);
      receiver.respondWith({ status: 429, headers: { "retry-after": date.toUTCString() } });
      const hook = await app.api.subscribe({ event: "contact.deleted", target_url: receiver.url });
      await app.publish("contact.deleted");
      assert.equal(Date.parse((await app.api.attempted(hook.id, 1)).next_attempt_at), date.getTime());
    });
  });
}

describe("what counts as delivered", () => {
  const cases: [ProductId, string | undefined, number, string][] = [
    ["tonic-desk", undefined, 204, "succeeded"],
    ["tonic-desk", undefined, 302, "pending"],
    ["tonic-desk", "zapier", 413, "failed"],
    ["tesoro", undefined, 200, "succeeded"],
    ["tesoro", undefined, 201, "pending"],
    ["tesoro", "power-automate", 202, "succeeded"],
    ["tesoro", "make", 400, "pending"],
    ["tesoro", "n8n", 404, "pending"],
  ];
  const apps = new Map<ProductId, TestApp>();
  before(async () => {
    for (const product of ["tonic-desk", "tesoro"] as const) apps.set(product, await startTestApp({ product }));
  });
  after(async () => {
    for (const app of apps.values()) await app.stop();
  });

  for (const [product, platform, answer, status] of cases) {
    it(`${product}${platform ? ` on ${platform}` : ""}: ${answer} is ${status}`, async () => {
      const app = apps.get(product) as TestApp;
      const receiver = await app.newReceiver();
      receiver.respondWith({ status: answer, headers: answer === 302 ? { location: app.receiver.url } : {} });
      const hook = await app.api.subscribe({ event: "deal.won", target_url: receiver.url, ...(platform ? { platform } : {}) });
      await app.publish("deal.won");
      const delivery = await app.api.attempted(hook.id, 1);
      assert.equal(delivery.status, status);
      assert.equal(app.receiver.requests.length, 0, "redirects are not followed");
      await app.api.delete(`/v1/hooks/${hook.id}`);
    });
  }

  it("what is too large for a platform is not sent, and says so", async () => {
    const app = apps.get("tonic-desk") as TestApp;
    const receiver = await app.newReceiver();
    const hook = await app.api.subscribe({ event: "activity.created", target_url: receiver.url, platform: "pipedream" });
    await app.publish("activity.created", { body: "x".repeat(600 * 1024) });
    const delivery = await app.api.settled(hook.id, "failed");
    assert.match(delivery.reason, /Pipedream takes at most 524288/);
    assert.equal(receiver.requests.length, 0);
  });
});
