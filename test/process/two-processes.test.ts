import assert from "node:assert/strict";
import { eventually } from "../helpers/eventually.ts";
import { Api, type Json, startTestApp, type TestApp } from "../helpers/test-app.ts";

describe("two processes on one store", () => {
  let one: TestApp;
  let two: TestApp;
  let apiTwo: Api;
  let backendTwo: Api;
  before(async () => {
    one = await startTestApp({ realClock: true });
    two = await startTestApp({ realClock: true, uri: one.config.mongodbUri as string });
    apiTwo = new Api(two.url, one.api.key);
    backendTwo = new Api(two.url, one.backend.key);
    // Both have to know of each other before the questions below mean anything.
    await eventually(
      () => [one, two].map(({ hookline }) => hookline.ctx.engine.state.workers),
      (counts) => counts.every((count) => count === 2),
    );
  });
  after(async () => {
    await two.stop();
    await one.stop();
  });

  const event = () => ({ event: "deal.won", company_id: "acme", data: one.example("deal.won").data });

  it("a subscribe answered by one is seen by the next event that the other takes", async () => {
    for (let i = 0; i < 5; i++) {
      const receiver = await one.newReceiver();
      const { id } = await one.api.subscribe({ event: "deal.won", target_url: receiver.url });
      await backendTwo.post("/v1/events", event()).expect(202);
      await receiver.received(1);
      await one.api.delete(`/v1/hooks/${id}`).expect(200);
    }
  });

  it("after an unsubscribe answered by one, the other sends nothing more", async () => {
    for (let i = 0; i < 5; i++) {
      const receiver = await one.newReceiver();
      const { id } = await apiTwo.subscribe({ event: "deal.won", target_url: receiver.url });
      await one.backend.post("/v1/events", event()).expect(202);
      await receiver.received(1);
      await apiTwo.delete(`/v1/hooks/${id}`).expect(200);
      await one.backend.post("/v1/events", event()).expect(202);
      await backendTwo.post("/v1/events", event()).expect(202);
      await new Promise((done) => setTimeout(done, 100));
      assert.equal(receiver.requests.length, 1);
    }
  });

  it("each delivery is made once, whichever process took the event", async () => {
    const receiver = await one.newReceiver();
    const { id } = await one.api.subscribe({ event: "deal.won", target_url: receiver.url });
    await Promise.all(Array.from({ length: 40 }, (_, i) => (i % 2 ? one.backend : backendTwo).post("/v1/events", event()).expect(202)));
    await receiver.received(40);
    await eventually(
      () => apiTwo.deliveries(id, "?limit=100"),
      (list) => list.length === 40 && list.every(({ status }) => status === "succeeded"),
    );
    assert.equal(receiver.requests.length, 40);
    assert.equal(new Set(receiver.requests.map(({ body }) => body.id)).size, 40);
  });

  it("the lanes are shared out, and move over when one stops", async () => {
    const lanes = () => [one, two].map(({ hookline }) => hookline.ctx.engine.state.lanes);
    await eventually(lanes, ([a, b]) => a === 4 && b === 4, "four lanes each");
    await two.hookline.ctx.engine.stop(1_000);
    await eventually(lanes, ([a]) => a === 8, "all lanes with the one that is left");
    const receiver = await one.newReceiver();
    for (let i = 0; i < 4; i++) await one.api.subscribe({ event: "deal.won", target_url: `${receiver.url}/${i}` });
    await one.backend.post("/v1/events", event()).expect(202);
    await receiver.received(4);
  }).timeout(40_000);
});

describe("a process that takes requests and one that sends", () => {
  let api: TestApp;
  let worker: TestApp | undefined;
  before(async () => {
    api = await startTestApp({ realClock: true, config: { role: "api" } });
  });
  after(async () => {
    await worker?.stop();
    await api.stop();
  });
  const startWorker = () => startTestApp({ realClock: true, uri: api.config.mongodbUri as string, config: { role: "worker", port: 0 } });

  it("what is accepted while nothing sends waits, and says so; a worker then sends it", async () => {
    const hook = await api.api.subscribe({ event: "deal.won", target_url: api.receiver.url });
    await api.publish("deal.won", { name: "Early" });
    const ready = (await api.api.get("/readyz").expect(200)).body as Json;
    assert.deepEqual([ready.lanes_owned, ready.status], [0, "ok"]);
    assert.match(ready.lanes, /no process sends at present/);
    await eventually(
      () => api.api.deliveries(hook.id),
      ([delivery]) => delivery?.status === "pending",
      "a delivery that waits",
    );
    assert.equal(api.receiver.requests.length, 0);
    worker = await startWorker();
    const [request] = await api.receiver.received(1);
    assert.equal(request?.body.data.name, "Early");
    await eventually(
      async () => (await api.api.get("/readyz")).body as Json,
      ({ lanes }) => lanes === "ok",
      "the API knows of the worker",
    );
  });

  it("the worker has every lane, the API process none; tests, retries and pauses made at the API hold at the worker", async () => {
    const { engine } = (worker as TestApp).hookline.ctx;
    await eventually(
      async () => engine.state.lanes,
      (lanes) => lanes === 8,
      "all lanes",
    );
    assert.equal(api.hookline.ctx.engine.state.lanes, 0);
    const receiver = await api.newReceiver();
    const hook = await api.api.subscribe({ event: "deal.won", target_url: receiver.url });
    await api.api.post(`/v1/hooks/${hook.id}/test`, {}).expect(202);
    await receiver.received(1);
    await api.api.patch(`/v1/hooks/${hook.id}`, { status: "paused" }).expect(200);
    await api.publish("deal.won");
    await eventually(
      () => api.api.deliveries(hook.id, "?status=held"),
      ({ length }) => length === 1,
      "held by the worker",
    );
    assert.equal(receiver.requests.length, 1);
    await api.api.patch(`/v1/hooks/${hook.id}`, { status: "active" }).expect(200);
    await receiver.received(2);
  });

  it("a worker answers for its health and metrics, and for nothing else", async () => {
    const { api: strange } = worker as TestApp;
    await strange.get("/healthz").expect(200);
    await strange.get("/readyz").expect(200);
    assert.match((await strange.get("/metrics").expect(200)).text, /hookline_lanes_owned 8/);
    for (const path of ["/v1/hooks", "/settings/webhooks", "/oauth/token", "/docs", "/"]) await strange.get(path).expect(404);
  });

  it("two workers share the lanes; when one stops, the other has them all", async () => {
    const second = await startWorker();
    const engines = [worker as TestApp, second].map(({ hookline }) => hookline.ctx.engine);
    await eventually(
      async () => engines.map(({ state }) => state.lanes),
      (lanes) => lanes.join() === "4,4",
      "four lanes each",
      20_000,
    );
    await second.stop();
    await eventually(
      async () => engines[0]?.state.lanes,
      (lanes) => lanes === 8,
      "all lanes again",
      20_000,
    );
  }).timeout(45_000);
});
