import assert from "node:assert/strict";
import { Browser, submit, wordsOf } from "../helpers/browser.ts";
import { eventually } from "../helpers/eventually.ts";
import { addPeople, password } from "../helpers/oauth-app.ts";
import { type Json, startTestApp, type TestApp } from "../helpers/test-app.ts";

describe("the pages of events", () => {
  let app: TestApp;
  let ada: Browser;
  beforeEach(async () => {
    app = await startTestApp();
    await addPeople(app);
    ada = new Browser(app.url);
    await ada.signIn("ada@acme.example", password);
  });
  afterEach(() => app.stop());

  const read = async (path: string) => wordsOf(await ada.get(path));
  const subscribe = (body: Json = {}) => app.api.subscribe({ event: "deal.won", target_url: app.receiver.url, name: "Billing", ...body });

  it("lists what was received with what became of it, by type and time", async () => {
    const hook = await subscribe();
    await app.publish("deal.won", { name: "Northwind" });
    await app.publish("contact.created");
    await app.api.settled(hook.id, "succeeded");
    const page = await read("/settings/events");
    assert.match(page, /contact\.created No webhook wanted it.*Northwind deal\.won Delivered/);
    assert.ok(!(await read("/settings/events?type=deal.won")).includes("contact.created No"));
    app.clock.advance({ days: 3 });
    assert.match(await read("/settings/events"), /No events in this time/);
    assert.match(await read("/settings/events?when=7d"), /Northwind/);
  });

  it("shows one event: its data as sent, where it went and where it didn't", async () => {
    const hook = await subscribe();
    await app.api.subscribe({ event: "deal.lost", target_url: `${app.receiver.url}/lost`, name: "Lost deals" });
    const { id } = await app.publish("deal.won", { name: "<b>Northwind</b>" });
    await app.api.settled(hook.id, "succeeded");
    const page = await ada.get(`/settings/events/${id}`);
    assert.match(wordsOf(page), /Sent to Billing 200 Delivered Not sent to Lost deals Why not\?/);
    assert.ok(!page.text.includes("<b>Northwind"), "data is never markup");
  });

  describe("why didn't it fire?", () => {
    const why = (hook: Json, id: string) => read(`/settings/why?hook=${hook.id}&event=${id}`);

    it("type not selected", async () => {
      const hook = await subscribe({ event: "deal.lost" });
      const { id } = await app.publish("deal.won");
      assert.match(await why(hook, id), /It stopped here: This webhook isn't subscribed to deal\.won; it gets deal\.lost\./);
    });

    it("filter not matched, with the clause and the value", async () => {
      const hook = await subscribe({ filter: { "data.amount": { gte: 1000 }, "data.currency": "EUR" } });
      const { id } = await app.publish("deal.won", { amount: 450 });
      assert.match(
        await why(hook, id),
        /The filter held it back: data\.amount is 450, it must be at least 1000; and data\.currency is “USD”, it must be “EUR”/,
      );
    });

    it("paused", async () => {
      const hook = await subscribe();
      await app.api.patch(`/v1/hooks/${hook.id}`, { status: "paused" }).expect(200);
      const { id } = await app.publish("deal.won");
      await app.api.settled(hook.id, "held");
      assert.match(await why(hook, id), /It is on its way: The webhook is paused\. This delivery is held/);
    });

    it("refused by the receiver for good, and still to be retried", async () => {
      const hook = await subscribe();
      app.receiver.alwaysRespond(500);
      const { id } = await app.publish("deal.won");
      await app.api.attempted(hook.id, 1);
      assert.match(await why(hook, id), /It is on its way: The receiver answered 500\. It is still to be retried/);
      for (const [i, seconds] of [15, 60, 240].entries()) {
        await app.api.attempted(hook.id, i + 1);
        app.clock.advance({ seconds });
      }
      await app.api.settled(hook.id, "failed");
      assert.match(await why(hook, id), /It stopped here: The receiver answered 500; 4 attempts were made/);
    });

    it("throttled", async () => {
      const hook = await subscribe({ platform: "zapier" });
      app.receiver.respondWith(429);
      const { id } = await app.publish("deal.won");
      await app.api.attempted(hook.id, 1);
      assert.match(await why(hook, id), /asked us to slow down \(429\)/);
    });

    it("turned off, unsubscribed, and delivered after all", async () => {
      const hook = await subscribe();
      app.receiver.respondWith(410);
      const first = await app.publish("deal.won");
      await app.api.attempted(hook.id, 1).catch(() => undefined);
      const gone = await eventually(
        () => why(hook, first.id),
        (page) => page.includes("410"),
        "the reason",
      );
      assert.match(gone, /It stopped here: The receiver answered 410 Gone: it unsubscribed/);
      const other = await subscribe({ target_url: `${app.receiver.url}/2` });
      const second = await app.publish("deal.won");
      await app.api.settled(other.id, "succeeded");
      assert.match(await why(other, second.id), /It did fire: it was delivered/);
    });

    it("added later: says so, and sends it now", async () => {
      const { id } = await app.publish("deal.won", { name: "Early" });
      app.clock.advance({ minutes: 1 });
      const hook = await subscribe();
      const page = await ada.get(`/settings/why?hook=${hook.id}&event=${id}`);
      assert.match(wordsOf(page), /The webhook was added after this event/);
      await submit(ada, page, "/settings/why/send");
      const [request] = await app.receiver.received(1);
      assert.equal(request?.body.id, id);
      assert.match(
        await eventually(
          () => why(hook, id),
          (one) => one.includes("It did fire"),
          "delivered",
        ),
        /It did fire/,
      );
    });

    it("not received, or refused because it broke its schema", async () => {
      await subscribe();
      assert.match(await read("/settings/why?event=none"), /it wasn’t received\. None was refused lately either/);
      const bad = { event: "deal.won", company_id: "acme", data: { ...app.example("deal.won").data, amount: "a lot" } };
      await app.backend.post("/v1/events", bad).expect(422);
      const page = await eventually(
        () => read("/settings/why?id=evt_unknown"),
        (one) => one.includes("refused"),
        "the refusal",
      );
      assert.match(
        page,
        /there is no event with this id.*1 event was refused because the data didn’t fit the catalogue deal\.won of record 42, .*data\.amount must be/,
      );
      await app.backend
        .put("/v1/companies/globex/users/gil", { email: "gil@globex.example", name: "Gil", role: "admin", password })
        .expect(201);
      const gil = new Browser(app.url);
      await gil.signIn("gil@globex.example", password);
      assert.match(wordsOf(await gil.get("/settings/why?event=none")), /None was refused lately/);
    });
  });

  it("the catalogue has every event with sample, fields and schema, and sends a test", async () => {
    const hook = await subscribe();
    const list = await read("/settings/catalogue");
    for (const type of app.hookline.ctx.catalogue.get(app.product)?.eventTypes.keys() ?? []) assert.ok(list.includes(type), type);
    const page = await ada.get("/settings/catalogue/deal.won");
    assert.match(wordsOf(page), /From the catalogue; you had no such event yet.*data\.amount number, or null.*JSON Schema/);
    await submit(ada, page, `/settings/webhooks/${hook.id}/test`, { event: "deal.won" });
    const [request] = await app.receiver.received(1);
    assert.equal(request?.body.event, "deal.won");
    await app.publish("deal.won", { name: "Real one" });
    assert.match(await read("/settings/catalogue/deal.won"), /Your latest real event of this type\..*Real one/);
    assert.equal((await ada.get("/settings/catalogue/nothing.such")).status, 404);
  });
});
