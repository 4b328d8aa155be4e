import assert from "node:assert/strict";
import { loadPlatformProfiles } from "../../server/deliveries/platform-profile.ts";
import { eventually } from "../helpers/eventually.ts";
import { addPeople, connect, newClient } from "../helpers/oauth-app.ts";
import { type Json, startTestApp, type TestApp } from "../helpers/test-app.ts";

/** What the platforms say of their receivers: status, its body, and what a delivery then is. */
const answers: Record<string, [number, string, "succeeded" | "pending" | "failed" | "gone"][]> = {
  zapier: [
    [200, "", "succeeded"],
    [404, "", "pending"],
    [410, "", "gone"],
    [413, "", "failed"],
    [429, "", "pending"],
  ],
  make: [
    [200, "Accepted", "succeeded"],
    [400, "Queue is full.", "pending"],
    [404, "", "pending"],
    [410, "", "gone"],
    [413, "", "failed"],
    [429, "", "pending"],
  ],
  n8n: [
    [200, "", "succeeded"],
    [202, "", "succeeded"],
    [404, "The requested webhook is not registered.", "pending"],
    [410, "", "gone"],
    [413, "", "failed"],
    [429, "", "pending"],
  ],
  activepieces: [
    [200, "", "succeeded"],
    [404, "", "pending"],
    [410, "", "gone"],
    [413, "", "failed"],
    [429, "", "pending"],
  ],
  pipedream: [
    [200, "", "succeeded"],
    [404, "", "pending"],
    [410, "", "gone"],
    [413, "", "failed"],
    [429, "", "pending"],
  ],
  "power-automate": [
    [200, "", "succeeded"],
    [202, "", "succeeded"],
    [400, "", "pending"],
    [404, "", "pending"],
    [410, "", "gone"],
    [413, "", "failed"],
    [429, "", "pending"],
  ],
};

describe("each platform as a receiver", () => {
  const profiles = loadPlatformProfiles();
  let app: TestApp;
  before(async () => {
    // Tesoro counts nothing but 200 as delivered, so that what a profile adds shows.
    app = await startTestApp({ product: "tesoro" });
  });
  after(() => app.stop());

  it("every platform has a profile, and each is played here", () => {
    assert.deepEqual([...profiles.keys()], Object.keys(answers).sort());
  });

  for (const [platform, table] of Object.entries(answers)) {
    for (const [status, body, outcome] of table) {
      it(`${platform} answers ${status}${body ? ` "${body}"` : ""}: ${outcome}`, async () => {
        const receiver = await app.newReceiver();
        receiver.respondWith({ status, body });
        const hook = await app.api.subscribe({ event: "deal.won", target_url: receiver.url, platform });
        await app.publish("deal.won");
        const delivery = await app.api.attempted(hook.id, 1);
        assert.equal(delivery.status, outcome === "gone" ? "failed" : outcome);
        if (outcome === "pending" || outcome === "failed") {
          const says = profiles
            .get(platform)
            ?.answers.find((answer) => answer.status === String(status) && body.includes(answer.body ?? ""));
          assert.ok(delivery.reason.includes(says?.says.replace(/\.$/, "")), delivery.reason);
        }
        await app.api.get(`/v1/hooks/${hook.id}`).expect(outcome === "gone" ? 404 : 200);
        await app.api.delete(`/v1/hooks/${hook.id}`);
      });
    }
  }

  it("a receiver that is throttled is not counted as failing, and is left alone until it asks again", async () => {
    const receiver = await app.newReceiver();
    receiver.respondWith({ status: 429, headers: { "retry-after": "2" } });
    const hook = await app.api.subscribe({ event: "lead.created", target_url: receiver.url, platform: "make" });
    await app.publish("lead.created", { name: "First" });
    await app.api.attempted(hook.id, 1);
    const throttledAt = performance.now();
    assert.equal((await app.api.get(`/v1/hooks/${hook.id}`)).body.failing_since, null);
    await app.publish("lead.created", { name: "Second" });
    const [, second] = await receiver.received(2);
    assert.equal(second?.body.data.name, "Second");
    assert.ok(performance.now() - throttledAt > 1_500, `${performance.now() - throttledAt} ms`);
  });

  it("no more goes out than a platform takes: Pipedream gets ten, and the rest at ten a second", async () => {
    const receiver = await app.newReceiver();
    const arrivals: number[] = [];
    receiver.alwaysRespond((res) => {
      arrivals.push(performance.now());
      res.writeHead(200).end();
    });
    await app.api.subscribe({ event: "lead.deleted", target_url: receiver.url, platform: "pipedream" });
    const quick = await app.newReceiver();
    await app.api.subscribe({ event: "lead.deleted", target_url: quick.url });
    const { data } = app.example("lead.deleted");
    await app.backend
      .post(
        "/v1/events",
        Array.from({ length: 18 }, () => ({ event: "lead.deleted", company_id: "acme", data })),
      )
      .expect(202);
    await quick.received(18);
    await receiver.received(18);
    // Nothing but the rate makes the last one wait; a busy machine can only add to it.
    assert.ok(
      (arrivals[17] as number) - (arrivals[0] as number) > 700,
      `${arrivals.map((at) => Math.round(at - (arrivals[0] as number)))}`,
    );
  });
});

describe("what a platform is told", () => {
  let app: TestApp;
  before(async () => {
    app = await startTestApp();
    await addPeople(app);
  });
  after(() => app.stop());

  const deletes = (requests: { method: string }[]) => requests.filter(({ method }) => method === "DELETE").length;

  it("Zapier hears of a webhook that a person removed, not of one that it removed itself", async () => {
    const { api } = await connect(app, await newClient(app, { platform: "zapier" }));
    const own = await app.newReceiver();
    const mine = await api.subscribe({ event: "deal.won", target_url: own.url, platform: "zapier" });
    await api.delete(`/v1/hooks/${mine.id}`).expect(200);
    const byPerson = await app.newReceiver();
    const theirs = await api.subscribe({ event: "deal.won", target_url: byPerson.url, platform: "zapier" });
    await app.api.delete(`/v1/hooks/${theirs.id}`).expect(200);
    await eventually(
      () => byPerson.requests,
      (requests) => deletes(requests) === 1,
    );
    assert.equal(deletes(own.requests), 0);
  });

  it("Make is not: its webhooks have no such call", async () => {
    const receiver = await app.newReceiver();
    const make = await app.api.subscribe({ event: "deal.won", target_url: receiver.url, platform: "make" });
    const zapier = await app.api.subscribe({ event: "deal.lost", target_url: receiver.url, platform: "zapier" });
    await app.api.delete(`/v1/hooks/${make.id}`).expect(200);
    await app.api.delete(`/v1/hooks/${zapier.id}`).expect(200);
    await eventually(
      () => receiver.requests,
      (requests) => deletes(requests) > 0,
    );
    assert.equal(deletes(receiver.requests), 1);
  });

  it("Zapier is asked to subscribe again in 30 days, and each time anew; others are not", async () => {
    const inDays = (hook: Json) => Math.round((Date.parse(hook.renew_by) - app.clock.now().getTime()) / 86_400_000);
    const wanted = { event: "task.created", target_url: app.receiver.url, platform: "zapier" };
    assert.equal(inDays(await app.api.subscribe(wanted)), 30);
    app.clock.advance({ days: 29 });
    const again = await app.api.subscribe(wanted);
    assert.equal(inDays(again), 30);
    assert.equal(inDays((await app.api.get(`/v1/hooks/${again.id}`).expect(200)).body), 30);
    assert.equal((await app.api.subscribe({ ...wanted, platform: "make", event: "task.completed" })).renew_by, null);
  });
});
