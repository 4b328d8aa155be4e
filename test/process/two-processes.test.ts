import assert from "node:assert/strict";
import { eventually } from "../helpers/eventually.ts";
import { Api, startTestApp, type TestApp } from "../helpers/test-app.ts";

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
