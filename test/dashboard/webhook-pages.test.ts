import assert from "node:assert/strict";
import { deliveries } from "../../server/deliveries/delivery.ts";
import { hooks } from "../../server/hooks/hook.ts";
import { Browser, fieldsOf, type Page, submit, wordsOf } from "../helpers/browser.ts";
import { eventually } from "../helpers/eventually.ts";
import { addPeople, connect, newClient, password } from "../helpers/oauth-app.ts";
import { startTestApp, type TestApp } from "../helpers/test-app.ts";

/** Forms and links only, as a browser without a script uses them. */
describe("the pages of webhooks", () => {
  let app: TestApp;
  let ada: Browser;
  beforeEach(async () => {
    app = await startTestApp();
    await addPeople(app);
    ada = new Browser(app.url);
    await ada.signIn("ada@acme.example", password);
  });
  afterEach(() => app.stop());

  const form = { target_url: "", name: "Billing", events: ["deal.won"], secret_kind: "made", secret: "" };
  async function add(browser: Browser, changes: Record<string, string | string[]> = {}) {
    const page = await browser.get("/settings/webhooks/new");
    return submit(browser, page, "/settings/webhooks/new", { ...form, target_url: app.receiver.url, ...changes });
  }
  const idIn = (page: { path: string }) => /\/settings\/webhooks\/(hook_[a-z0-9]+)/.exec(page.path)?.[1] ?? "";
  const text = (page: Pick<Page, "text">) => wordsOf(page);

  it("an empty list says what to do next", async () => {
    const page = await ada.get("/settings/webhooks");
    assert.match(text(page), /No webhooks yet/);
    assert.match(page.text, /href="\/settings\/webhooks\/new"/);
    assert.match(text(page), /Using Zapier, Make or n8n\?/);
  });

  it("adding one sends a signed test, shows its answer, and the secret once", async () => {
    const page = await add(ada);
    const [test] = await app.receiver.received(1);
    const secret = /whsec_[A-Za-z0-9+/=]+/.exec(page.text)?.[0] as string;
    assert.ok(secret, "the secret is shown");
    assert.ok(test?.headers["webhook-signature"]);
    assert.match(text(page), /Webhook added/);
    const id = idIn(page);
    const again = await eventually(
      () => ada.get(page.path),
      (one) => /Test of deal\.won: Delivered 200 OK/.test(text(one)),
      "the answer to the test",
    );
    assert.ok(!again.text.includes(secret), "and never again");
    const stored = await hooks(app.hookline.ctx.db).findById(id).lean();
    assert.deepEqual([stored?.createdBy, stored?.name, stored?.status], ["tonic-desk:acme/ada", "Billing", "active"]);
    const sessions = await app.hookline.ctx.db.collection("sessions").find().toArray();
    assert.ok(!JSON.stringify(sessions).includes(secret), "no session holds it in the clear");
    for (const language of ["Python", "Node.js", "PHP", "Ruby", "Go", "Java", "C#"]) assert.ok(page.text.includes(language), language);
  });

  it("a bad form comes back with what was typed, each mistake beside its field, and stores nothing", async () => {
    const typed = {
      target_url: "http://10.0.0.1/hook",
      name: "Über <b>bold</b>",
      events: ["deal.won", "deal.lost"],
      condition_path: "data.amount",
      condition_operator: "gte",
      condition_value: "a lot",
      secret_kind: "own",
      secret: "whsec_short",
    };
    const page = await add(ada, typed);
    assert.equal(page.status, 422);
    for (const name of ["secret", "target_url", "filter"]) assert.match(page.text, new RegExp(`id="${name}-problem"`), name);
    assert.match(text(page), /3 things have to be mended\. Nothing you typed is lost/);
    assert.match(page.text, /value="http:\/\/10\.0\.0\.1\/hook"/);
    assert.match(page.text, /value="Über &lt;b>bold&lt;\/b>"/);
    assert.match(page.text, /value="deal\.lost" checked/);
    assert.match(page.text, /value="a lot"/);
    assert.match(text(page), /data\.amount\.gte must be number/);
    assert.match(text(page), /10\.0\.0\.1 is not a public address/);
    assert.match(page.text, /aria-invalid="true"[^>]*aria-describedby="target_url-problem/);
    const noEvents = await add(ada, { events: [] });
    assert.match(text(noEvents), /Choose at least one/);
    assert.equal(await hooks(app.hookline.ctx.db).countDocuments(), 0);
  });

  it("a condition is added, filled in and removed without a script, and says how many events would match", async () => {
    for (const amount of [500, 1_500, 2_500]) await app.publish("deal.won", { amount });
    const start = await ada.get("/settings/webhooks/new?event=deal.won");
    assert.match(text(start), /Of your latest 3 such events, 3 would have been sent/);
    const fields = { ...fieldsOf(start, "/settings/webhooks/new"), ...form, target_url: "https://example.com/kept" };
    const more = await ada.post("/settings/webhooks/new", { ...fields, intent: "add-condition" });
    assert.match(more.text, /name="condition_path"/);
    assert.match(more.text, /https:\/\/example\.com\/kept/);
    const condition = { condition_path: "data.amount", condition_operator: "gte", condition_value: "1000" };
    const counted = await ada.post("/settings/webhooks/new", { ...fields, ...condition, intent: "refresh" });
    assert.match(text(counted), /Of your latest 3 such events, 2 would have been sent/);
    const removed = await ada.post("/settings/webhooks/new", { ...fields, ...condition, intent: "remove-0" });
    assert.ok(!removed.text.includes('name="condition_path"'));
    const saved = await add(ada, condition);
    const stored = await hooks(app.hookline.ctx.db).findById(idIn(saved)).lean();
    assert.deepEqual(stored?.filter, { "data.amount": { gte: 1000 } });
  });

  it("an address is checked while typing, and reached on demand", async () => {
    const check = async (url: string) => text(await ada.get(`/settings/check-url?url=${encodeURIComponent(url)}`, { "x-fragment": "1" }));
    assert.match(await check("not a url"), /It is not a URL/);
    assert.match(await check("https://192.168.0.1/x"), /not a public address/);
    assert.match(await check(app.receiver.url), /plain HTTP/);
    const start = await ada.get("/settings/webhooks/new");
    const reach = async (target_url: string) =>
      text(
        await ada.post("/settings/webhooks/new", { ...fieldsOf(start, "/settings/webhooks/new"), ...form, target_url, intent: "check" }),
      );
    app.receiver.respondWith(405);
    assert.match(await reach(app.receiver.url), /Something answers there \(405 Method Not Allowed to a HEAD request/);
    assert.match(await reach("http://127.0.0.1:1/"), /can’t be reached: Connection refused/);
    assert.match(await reach("https://169.254.169.254/latest"), /not a public address/);
    assert.equal(app.receiver.requests.length, 1);
  });

  it("changing one keeps what isn't shown, and a change that can't be is refused beside its field", async () => {
    const hook = await app.api.subscribe({
      event: "deal.won",
      target_url: app.receiver.url,
      filter: { "data.amount": { gt: 10, lt: 90 } },
    });
    const path = `/settings/webhooks/${hook.id}/edit`;
    const page = await ada.get(path);
    assert.match(page.text, /value="gt" selected/);
    const conditions = { condition_path: ["data.amount", "data.amount"], condition_operator: ["gt", "lt"], condition_value: ["10", "90"] };
    const typed = { target_url: app.receiver.url, name: "Renamed", events: ["deal.won", "deal.lost"], ...conditions };
    const saved = await submit(ada, page, path, typed);
    assert.match(text(saved), /Saved/);
    const stored = await hooks(app.hookline.ctx.db).findById(hook.id).lean();
    assert.deepEqual(
      [stored?.name, stored?.events, stored?.filter],
      ["Renamed", ["deal.won", "deal.lost"], { "data.amount": { gt: 10, lt: 90 } }],
    );
    await app.api.subscribe({ event: "deal.lost", target_url: app.receiver.url });
    const clash = await submit(ada, await ada.get(path), path, {
      ...typed,
      events: ["deal.lost"],
      condition_path: [],
      condition_operator: [],
      condition_value: [],
    });
    assert.equal(clash.status, 422);
    assert.match(text(clash), /Another webhook already sends these events/);
  });

  it("saving a change sends a test where it changes what arrives, and shows the answer", async () => {
    const hook = await app.api.subscribe({ event: "deal.won", target_url: app.receiver.url, name: "Bot" });
    const path = `/settings/webhooks/${hook.id}/edit`;
    const save = async (changes: Record<string, string | string[]>) =>
      submit(ada, await ada.get(path), path, { target_url: app.receiver.url, name: "Bot", events: ["deal.won"], ...changes });
    assert.ok(!text(await save({ name: "Renamed" })).includes("Test of"), "another name changes nothing about what arrives");
    app.receiver.respondWith(500);
    const page = await save({ events: ["deal.lost"] });
    assert.match(text(page), /Saved\. .*Test of deal\.lost: (Retrying|Failed) 500 Internal Server Error/);
    const [test] = await app.receiver.received(1);
    assert.deepEqual([test?.body.event, app.receiver.requests.length], ["deal.lost", 1]);
    await app.api.patch(`/v1/hooks/${hook.id}`, { status: "paused" }).expect(200);
    assert.ok(!text(await save({ events: ["deal.won"] })).includes("Test of"), "a paused webhook is left alone");
  });

  it("pauses, shows what is held, resumes oldest first, or drops it after asking", async () => {
    const hook = await app.api.subscribe({ event: "deal.won", target_url: app.receiver.url, name: "Bot" });
    const here = `/settings/webhooks/${hook.id}`;
    const act = async (what: string) => submit(ada, await ada.get(here), `${here}/${what}`);
    assert.match(text(await act("pause")), /Paused\. What happens meanwhile is held/);
    for (const name of ["one", "two"]) await app.publish("deal.won", { name });
    const held = await eventually(
      () => ada.get(here),
      (page) => /2 held\. Resume sends them, oldest first/.test(text(page)),
      "two held",
    );
    assert.match(text(held), /By Ada/);
    assert.match(text(await ada.get("/settings/webhooks")), /2 held/);
    await act("resume");
    const sent = await app.receiver.received(2);
    assert.deepEqual(
      sent.map(({ body }) => body.data.name),
      ["one", "two"],
    );
    await act("pause");
    await app.publish("deal.won", { name: "three" });
    await eventually(
      () => app.api.deliveries(hook.id, "?status=held"),
      ({ length }) => length === 1,
      "one held",
    );
    const ask = await ada.get(`${here}/drop`);
    assert.match(text(ask), /1 held delivery will not be sent/);
    await submit(ada, ask, `${here}/drop`);
    assert.equal((await app.api.deliveries(hook.id, "?status=cancelled")).length, 1);
    assert.equal(app.receiver.requests.length, 2);
  });

  it("rotates the secret: the new one is shown once, the old one signs too", async () => {
    const hook = await app.api.subscribe({ event: "deal.won", target_url: app.receiver.url, secret: "the old secret" });
    const path = `/settings/webhooks/${hook.id}/rotate`;
    const page = await submit(ada, await ada.get(path), path, { secret: "" });
    assert.match(page.text, /whsec_/);
    assert.match(text(page), /The old secret signs too for 24 hours/);
    await app.publish("deal.won");
    const [request] = await app.receiver.received(1);
    assert.ok(request?.headers["x-webhook-signature-previous"]);
    const bad = await submit(ada, await ada.get(path), path, { secret: "whsec_x" });
    assert.equal(bad.status, 422);
    assert.match(bad.text, /value="whsec_x"/);
  });

  it("sends a test of the event that is chosen", async () => {
    const hook = await app.api.subscribe({ events: ["deal.won", "deal.lost"], target_url: app.receiver.url });
    const here = `/settings/webhooks/${hook.id}`;
    const page = await submit(ada, await ada.get(here), `${here}/test`, { event: "deal.lost" });
    assert.match(text(page), /Test of deal\.lost: Delivered 200 OK/);
    assert.equal(app.receiver.requests[0]?.body.event, "deal.lost");
  });

  it("deletes one only after saying what that means", async () => {
    const hook = await app.api.subscribe({ event: "deal.won", target_url: app.receiver.url, name: "Old" });
    app.receiver.respondWith(500);
    await app.publish("deal.won");
    await app.api.attempted(hook.id, 1);
    const path = `/settings/webhooks/${hook.id}/delete`;
    const ask = await ada.get(path);
    assert.match(text(ask), /Delete Old\?.*1 waiting delivery will not be sent/);
    const done = await submit(ada, ask, path);
    assert.match(text(done), /Webhook deleted/);
    const [delivery] = await deliveries(app.hookline.ctx.db).find({ hook: hook.id }).lean();
    assert.equal(delivery?.status, "cancelled");
    app.clock.advance({ minutes: 5 });
    assert.equal(app.receiver.requests.length, 1);
  });

  it("tells in words how each one does, the team's and the apps' apart", async () => {
    const client = await newClient(app, { name: "Zapier", platform: "zapier" });
    const { api: zap } = await connect(app, client);
    const failing = await app.api.subscribe({ event: "deal.won", target_url: app.receiver.url, name: "Failing one" });
    const other = await app.newReceiver();
    await zap.subscribe({ event: "deal.won", target_url: other.url, platform: "zapier", name: "New deal" });
    const gone = await app.newReceiver();
    await zap.subscribe({ event: "deal.won", target_url: gone.url, platform: "zapier", name: "Gone" });
    app.receiver.alwaysRespond(503);
    gone.alwaysRespond(410);
    await app.publish("deal.won");
    await app.api.attempted(failing.id, 1);
    const page = await eventually(
      () => ada.get("/settings/webhooks"),
      (one) => /unsubscribed \(410\)/.test(text(one)),
      "the gone one",
    );
    const words = text(page);
    assert.match(
      words,
      /Failing one is failing\. Its endpoint has answered 503 since \d\d:\d\d\. 1 delivery is waiting and none are lost\. Next try in 15 s/,
    );
    assert.match(
      words,
      /Created by your team.*Failing one.*503 since.*1 sent · 100% failed.*Created by connected apps.*New deal Zapier.*Active.*Gone Zapier.*Turned off.*Zapier unsubscribed \(410\)/,
    );
    assert.match(text(await ada.get("/settings/webhooks?q=zapier")), /New deal/);
    assert.ok(!text(await ada.get("/settings/webhooks?q=zapier")).includes("Failing one 127"), "the search leaves others out");
    app.receiver.alwaysRespond(200);
    app.clock.advance({ seconds: 15 });
    await app.api.settled(failing.id, "succeeded");
    assert.match(text(await ada.get("/settings/webhooks")), /2 sent · 50% failed/);
  });

  it("one that was turned off says why, and is turned on again", async () => {
    const hook = await app.api.subscribe({ event: "deal.won", target_url: app.receiver.url, name: "Dead" });
    app.receiver.alwaysRespond(500);
    await app.publish("deal.won");
    await app.api.attempted(hook.id, 1);
    app.clock.advance({ days: 6 });
    await eventually(
      () => app.api.get(`/v1/hooks/${hook.id}`),
      ({ body }) => body.status === "disabled",
      "turned off",
    );
    const here = `/settings/webhooks/${hook.id}`;
    const page = await ada.get(here);
    assert.match(text(page), /Turned off\. every attempt since .* UTC has failed/i);
    assert.match(text(await submit(ada, page, `${here}/resume`)), /Turned on\. Replay missed events/);
  });

  it("replays what was missed, with progress and a summary", async () => {
    for (const name of ["before one", "before two"]) await app.publish("deal.won", { name });
    app.clock.advance({ minutes: 5 });
    const hook = await app.api.subscribe({ event: "deal.won", target_url: app.receiver.url });
    const path = `/settings/webhooks/${hook.id}/replay`;
    const page = await ada.get(path);
    const since = /name="since"[^>]*value="([^"]+)"/.exec(page.text)?.[1] as string;
    assert.match(since, /^\d{4}-\d\d-\d\dT\d\d:\d\d$/);
    const started = await submit(ada, page, path, { since, until: "" });
    assert.match(started.path, /^\/settings\/batches\/bat_/);
    await app.receiver.received(2);
    const done = await eventually(
      () => ada.get(started.path),
      (one) => /2 deliveries delivered, 0 failed again/.test(text(one)),
      "the summary",
    );
    assert.match(text(done), /Done/);
    const wrong = await submit(ada, await ada.get(path), path, { since: "", until: "" });
    assert.equal(wrong.status, 422);
    assert.match(text(wrong), /Give a date and a time/);
    await app.backend
      .put("/v1/companies/globex/users/gil", { email: "gil@globex.example", name: "Gil", role: "admin", password })
      .expect(201);
    const gil = new Browser(app.url);
    await gil.signIn("gil@globex.example", password);
    assert.equal((await gil.get(started.path)).status, 404);
  });

  it("other companies' webhooks don't exist, and members change only their own", async () => {
    const foreign = await app.other.subscribe({ event: "deal.won", target_url: app.receiver.url, name: "Foreign" });
    assert.ok(!text(await ada.get("/settings/webhooks")).includes("Foreign"));
    for (const path of ["", "/edit", "/delete", "/rotate", "/replay"])
      assert.equal((await ada.get(`/settings/webhooks/${foreign.id}${path}`)).status, 404, path);
    const fields = fieldsOf(await ada.get("/settings/webhooks/new"), "/settings/webhooks/new");
    for (const action of ["pause", "resume", "test", "delete", "rotate", "drop", "replay", "edit"])
      assert.equal((await ada.post(`/settings/webhooks/${foreign.id}/${action}`, fields)).status, 404, action);
    const adas = idIn(await add(ada));
    const bo = new Browser(app.url);
    await bo.signIn("bo@acme.example", password);
    const page = await bo.get(`/settings/webhooks/${adas}`);
    assert.equal(page.status, 200);
    assert.ok(!page.text.includes(`/settings/webhooks/${adas}/delete`), "nothing is offered that would be refused");
    const bos = fieldsOf(await bo.get("/settings/webhooks/new"), "/settings/webhooks/new");
    for (const action of ["pause", "resume", "test", "delete", "rotate", "drop", "replay", "edit"])
      assert.equal((await bo.post(`/settings/webhooks/${adas}/${action}`, bos)).status, 403, action);
    const own = idIn(await add(bo, { target_url: `${app.receiver.url}/bo` }));
    assert.equal((await bo.post(`/settings/webhooks/${own}/pause`, bos)).status, 303);
  });

  it("every form needs the session's token", async () => {
    const hook = await app.api.subscribe({ event: "deal.won", target_url: app.receiver.url });
    for (const action of ["pause", "resume", "test", "delete", "rotate", "drop", "replay", "edit"])
      assert.equal((await ada.post(`/settings/webhooks/${hook.id}/${action}`, {})).status, 403, action);
    assert.equal((await ada.post("/settings/webhooks/new", form)).status, 403);
  });
});
