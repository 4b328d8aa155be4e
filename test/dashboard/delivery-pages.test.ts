import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { csvLine } from "../../server/dashboard/deliveries/csv.ts";
import { curlCommand, shellQuote } from "../../server/dashboard/deliveries/curl.ts";
import { timeInZone } from "../../server/dashboard/deliveries/history-filters.ts";
import { searchHistory } from "../../server/deliveries/search-history.ts";
import { hooks } from "../../server/hooks/hook.ts";
import { Browser, fieldsOf, submit, wordsOf } from "../helpers/browser.ts";
import { eventually } from "../helpers/eventually.ts";
import { addPeople, password } from "../helpers/oauth-app.ts";
import { type Json, startTestApp, type TestApp } from "../helpers/test-app.ts";

describe("the pages of deliveries", () => {
  let app: TestApp;
  let ada: Browser;
  let hook: Json;
  beforeEach(async () => {
    app = await startTestApp();
    await addPeople(app);
    ada = new Browser(app.url);
    await ada.signIn("ada@acme.example", password);
    hook = await app.api.subscribe({ event: "deal.won", target_url: app.receiver.url, name: "Billing", secret: "it's a secret" });
  });
  afterEach(() => app.stop());

  const read = async (path: string) => wordsOf(await ada.get(path));
  /** One delivered, one retrying, one failed for good. */
  async function threeKinds() {
    await app.publish("deal.won", { name: "Good one" });
    await app.api.settled(hook.id, "succeeded");
    app.receiver.alwaysRespond({ status: 503, body: "<h1>Down</h1>" });
    await app.publish("deal.won", { name: "Lost one" });
    for (const [i, seconds] of [15, 60, 240].entries()) {
      await app.api.attempted(hook.id, i + 1);
      app.clock.advance({ seconds });
    }
    await app.api.settled(hook.id, "failed");
    await app.publish("deal.won", { name: "Trying one" });
    await app.api.attempted(hook.id, 1);
  }

  it("lists what was sent with state, answer and what happens next; tabs count and filter", async () => {
    await threeKinds();
    const all = await read("/settings/deliveries");
    assert.match(all, /All 3 Needs attention 2 In progress 0 Delivered 1 Held or not sent 0/);
    assert.match(all, /Retrying Trying one deal\.won Billing 503 next in 15 s 1 of 4/);
    assert.match(all, /Failed Lost one deal\.won Billing 503 gave up \d\d:\d\d 4 of 4/);
    assert.match(all, /Delivered Good one deal\.won Billing 200 \d+ ms 1/);
    const attention = await read("/settings/deliveries?view=attention");
    assert.ok(!attention.includes("Good one"));
    assert.match(attention, /503 Service Unavailable from Billing · 2 deliveries since/);
    assert.match(await read("/settings/deliveries?q=lost+one"), /Lost one/);
    const [newest] = await app.api.deliveries(hook.id);
    for (const id of [newest.id, newest.event_id]) {
      const found = await read(`/settings/deliveries?q=${id}`);
      assert.ok(found.includes("Trying one") && !found.includes("Lost one"), id);
    }
    const nothing = await read("/settings/deliveries?q=nowhere");
    assert.match(nothing, /Nothing matches\. Clear filters/);
    assert.match(await read("/settings/deliveries?event=deal.lost"), /Nothing matches/);
    app.clock.advance({ days: 2 });
    assert.match(await read("/settings/deliveries"), /No deliveries in the last 24 hours/);
    assert.match(await read("/settings/deliveries?when=7d"), /Good one/);
  });

  it("shows the events that a webhook didn't get, each with its reason, apart from what was held or cancelled", async () => {
    const filtered = await app.api.subscribe({
      event: "deal.won",
      target_url: app.receiver.url,
      name: "Big deals",
      filter: { "data.amount": { gte: 1000 } },
    });
    await app.publish("deal.won", { name: "Small one", amount: 450 });
    await app.publish("deal.won", { name: "Big one", amount: 4_500 });
    await app.receiver.received(3);
    const path = `/settings/webhooks/${filtered.id}?view=waiting`;
    const page = await ada.get(path);
    assert.match(
      wordsOf(page),
      /Events it didn’t get.*Not sent Small one deal\.won The filter held it back: data\.amount is 450, it must be at least 1000/,
    );
    assert.ok(!wordsOf(page).includes("Big one"));
    const why = /href="(\/settings\/why\?event=[^"]+)"/.exec(page.text)?.[1]?.replaceAll("&amp;", "&") as string;
    assert.match(await read(why), /It stopped here: The filter held it back/);
    assert.match(await read(`/settings/deliveries?view=waiting&hook=${filtered.id}`), /Not sent Small one/);
    assert.ok(!(await read(`/settings/deliveries?view=waiting&hook=${hook.id}`)).includes("Not sent Small one"), "this one got it");
    assert.match(await read("/settings/deliveries?view=waiting"), /shown here when you choose that webhook/);
    assert.ok(!(await read(`/settings/deliveries?view=waiting&event=deal.lost&hook=${filtered.id}`)).includes("Small one"));
    await app.api.post(`/v1/hooks/${filtered.id}/test`, {}).expect(202);
    assert.match(await read(path), /Not sent Small one/);
    // Sent by hand all the same it is a delivery, and no longer among them.
    await app.api.patch(`/v1/hooks/${filtered.id}`, { filter: { "data.amount": { gte: 400 } } }).expect(200);
    const again = await ada.get(why);
    await submit(ada, again, "/settings/why/send");
    assert.match(await read(path), /No event of its types was held back/);
  });

  it("a webhook of another company's is not looked through", async () => {
    const other = await app.api.subscribe({ event: "deal.won", target_url: app.receiver.url, filter: { "data.amount": { gte: 1000 } } });
    await hooks(app.hookline.ctx.db).updateOne({ _id: other.id }, { $set: { company: "tonic-desk:other" } });
    assert.ok(!(await ada.get(`/settings/deliveries?view=waiting&hook=${other.id}`)).text.includes("Events it didn"));
  });

  it("an empty history offers a test, and says whether there was ever anything", async () => {
    const here = `/settings/webhooks/${hook.id}`;
    const empty = await ada.get(here);
    assert.match(wordsOf(empty), /No deliveries yet\. Send a test event/);
    assert.match(await read("/settings/deliveries"), /No deliveries yet\. Billing Send a test event/);
    const tested = await submit(ada, await ada.get("/settings/deliveries"), "/settings/test", { hook: hook.id });
    assert.match(wordsOf(tested), /Test of deal\.won: Delivered 200 OK/);
    app.clock.advance({ days: 2 });
    assert.match(await read(here), /No deliveries in the last 24 hours\. Send a test event Look at 30 days/);
    await app.api.delete(`/v1/hooks/${hook.id}`).expect(200);
    app.clock.advance({ days: 31 });
    assert.match(await read("/settings/deliveries"), /There is no webhook yet\. Add one/);
  });

  it("headers are copied as text, and an answer in HTML is indented", async () => {
    app.receiver.respondWith({ status: 502, body: "<html><head><title>502</title></head><body><h1>Bad Gateway</h1></body></html>" });
    await app.publish("deal.won");
    await app.api.attempted(hook.id, 1);
    const [{ id }] = (await app.api.deliveries(hook.id)) as [Json];
    const { text } = await ada.get(`/settings/deliveries/${id}`);
    const copied = /data-copy="([^"]*)"[^>]*aria-label="Copy the headers of the request"/.exec(text)?.[1] ?? "";
    assert.match(copied, /^content-type: application\/json/im);
    assert.match(copied, /\nwebhook-id: evt_/i);
    assert.match(text, /Copy the headers of the answer/);
    assert.match(
      text.replaceAll("&lt;", "<"),
      /<html>\n {2}<head>\n {4}<title>502<\/title>\n {2}<\/head>\n {2}<body>\n {4}<h1>Bad Gateway<\/h1>/,
    );
  });

  it("pages by cursor, both ways, within the filters", async () => {
    for (let i = 0; i < 60; i++) await app.publish("deal.won", { name: `Deal ${String(i).padStart(2, "0")}` });
    await app.receiver.received(60);
    await eventually(
      () => read("/settings/deliveries"),
      (page) => page.includes("Delivered 60"),
      "all sent",
    );
    const first = await ada.get("/settings/deliveries?view=delivered&when=7d");
    assert.match(wordsOf(first), /Deal 59.*Deal 10.*Showing 50 of 60/);
    const older = /rel="next" href="([^"]+)"/.exec(first.text)?.[1]?.replaceAll("&amp;", "&") as string;
    assert.match(older, /view=delivered&when=7d&before=dlv_/);
    const second = await ada.get(older);
    assert.match(wordsOf(second), /Deal 09.*Deal 00.*Showing 10/);
    const newer = /rel="prev" href="([^"]+)"/.exec(second.text)?.[1]?.replaceAll("&amp;", "&") as string;
    assert.match(wordsOf(await ada.get(newer)), /Deal 59.*Deal 10.*Showing 50/);
  });

  it("tells a delivery's story: what went wrong, what to do, what happens next, every attempt", async () => {
    await threeKinds();
    const [trying, lost] = await app.api.deliveries(hook.id);
    const page = await read(`/settings/deliveries/${trying.id}`);
    assert.match(
      page,
      /The endpoint answered 503 Service Unavailable\. We’ll try again in 15 s \(at \d\d:\d\d\), then up to 2 times more until \d\d:\d\d\./,
    );
    assert.match(page, /Retry now sends attempt 2 at once\. If it fails too, the later attempts go ahead as planned/);
    assert.match(page, /Something went wrong inside the endpoint\..*Look into its log/);
    assert.match(page, /<h1>Down<\/h1>/);
    assert.match(page, /1 of 3 in this filter/);
    assert.match(await read(`/settings/deliveries/${lost.id}?view=attention`), /2 of 2 in this filter/);
    assert.ok(!(await read(`/settings/deliveries/${lost.id}?q=lost`)).includes("in this filter"), "a search is not counted");
    const failed = await read(`/settings/deliveries/${lost.id}?attempt=2`);
    assert.match(failed, /We tried 4 times and gave up/);
    assert.match(failed, /Attempt 2 · \d+ bytes · body unchanged since attempt 1/);
    assert.ok(!(await ada.get(`/settings/deliveries/${lost.id}`)).text.includes("it's a secret"));
  });

  it("a retry by hand is honest about what it does, and a delivered one is sent again with the same id", async () => {
    await threeKinds();
    const [trying] = await app.api.deliveries(hook.id);
    app.receiver.alwaysRespond(200);
    const path = `/settings/deliveries/${trying.id}`;
    const queued = await submit(ada, await ada.get(path), `${path}/retry`);
    assert.match(wordsOf(queued), /Queued\. This page will show the answer/);
    await eventually(
      () => read(path),
      (page) => /Delivered in \d+ ms, at attempt 2/.test(page),
      "delivered",
    );
    const before = app.receiver.requests.length;
    assert.match(await read(path), /Your endpoint already accepted this\. Send again gives it the same webhook-id/);
    await submit(ada, await ada.get(path), `${path}/retry`);
    const requests = await app.receiver.received(before + 1);
    assert.equal(requests.at(-1)?.headers["webhook-id"], trying.event_id);
  });

  it("retries everything that matches, not the page: asks with the number, then shows progress and a summary", async () => {
    app.receiver.alwaysRespond(500);
    for (let i = 0; i < 60; i++) await app.publish("deal.won", { name: `Deal ${i}` });
    await eventually(
      () => read("/settings/deliveries"),
      (page) => page.includes("Needs attention 60"),
      "sixty failing",
    );
    app.receiver.alwaysRespond(200);
    const ask = await ada.get("/settings/repeat?view=attention");
    assert.match(wordsOf(ask), /Retry 60 deliveries to 1 webhook\?.*Any delivered meanwhile are skipped/);
    const started = await submit(ada, ask, "/settings/repeat?view=attention");
    const done = await eventually(
      () => read(started.path),
      (page) => /60 deliveries delivered, 0 failed again/.test(page),
      "the summary",
    );
    assert.match(done, /Done/);
    assert.match(await read("/settings/deliveries"), /Needs attention 0/);
    const delivered = await ada.get("/settings/deliveries?view=delivered&q=deal");
    assert.match(delivered.text, /href="\/settings\/repeat\?view=delivered&(amp;)?q=deal"/);
    const again = await ada.get("/settings/repeat?view=delivered");
    assert.match(wordsOf(again), /Send 60 deliveries again to 1 webhook\?.*accepted them already/);
    assert.match(await read("/settings/repeat?view=attention"), /Nothing to send again/);
  });

  it("a member retries many only of a webhook of their own; nobody reaches another company's", async () => {
    await threeKinds();
    const [trying] = await app.api.deliveries(hook.id);
    const bo = new Browser(app.url);
    await bo.signIn("bo@acme.example", password);
    const fields = fieldsOf(await bo.get("/settings/webhooks/new"), "/settings/webhooks/new");
    assert.equal((await bo.post("/settings/repeat?view=attention", fields)).status, 403);
    assert.equal((await bo.post(`/settings/repeat?view=attention&hook=${hook.id}`, fields)).status, 403);
    assert.equal((await bo.post(`/settings/deliveries/${trying.id}/retry`, fields)).status, 403);
    assert.ok(!(await bo.get(`/settings/deliveries/${trying.id}`)).text.includes("Retry now</button>"));
    const foreign = await app.other.subscribe({ event: "deal.won", target_url: app.receiver.url });
    await app.publish("deal.won", { name: "Foreign" }, { company_id: "globex" });
    const [theirs] = await eventually(
      () => app.other.deliveries(foreign.id),
      ({ length }) => length === 1,
      "theirs",
    );
    for (const path of [`/settings/deliveries/${theirs.id}`, `/settings/events/${theirs.event_id}`])
      assert.equal((await ada.get(path)).status, 404, path);
    for (const path of [
      "/settings/deliveries",
      "/settings/events",
      `/settings/deliveries?hook=${foreign.id}`,
      `/settings/deliveries?q=${theirs.id}`,
      "/settings/deliveries.csv",
    ])
      assert.ok(!(await ada.get(path)).text.includes("Foreign"), path);
  });

  it("gives the history as CSV that no spreadsheet takes for a formula", async () => {
    await app.publish("deal.won", { name: '=HYPERLINK("x")' });
    await app.api.settled(hook.id, "succeeded");
    const csv = await ada.get("/settings/deliveries.csv");
    assert.match(csv.headers["content-disposition"] ?? "", /deliveries\.csv/);
    assert.match(csv.text, /,"'=HYPERLINK\(""x""\)",Billing,Delivered,1,200 OK,/);
    assert.equal(csvLine(["a,b", 'c"d', 5, null]), '"a,b","c""d",5,\r\n');
  });

  it("a search through a long history is bounded, and says how far it got", async () => {
    for (let i = 0; i < 3; i++) await app.publish("deal.won", { name: `Deal ${i}` });
    await app.receiver.received(3);
    const { db } = app.hookline.ctx;
    const search = { company: "tonic-desk:acme", view: "all" as const, q: "nowhere" };
    await eventually(
      () => app.api.deliveries(hook.id),
      ({ length }) => length === 3,
      "three",
    );
    const whole = await searchHistory(db, search, { limit: 10 });
    assert.deepEqual([whole.deliveries.length, whole.searchedBackTo], [0, undefined]);
    const short = await searchHistory(db, search, { limit: 10, examined: 1 });
    assert.ok(short.searchedBackTo, "it stopped after one");
  });

  it("times of the filter are in the reader's zone, across a change of the clocks", () => {
    assert.equal(timeInZone("Europe/Berlin", "2026-11-24T09:12")?.toISOString(), "2026-11-24T08:12:00.000Z");
    assert.equal(timeInZone("Europe/Berlin", "2026-07-01T09:12")?.toISOString(), "2026-07-01T07:12:00.000Z");
    assert.equal(timeInZone("America/New_York", "2026-03-08T03:30")?.toISOString(), "2026-03-08T07:30:00.000Z");
    assert.equal(timeInZone("Asia/Kolkata", "2026-01-01")?.toISOString(), "2025-12-31T18:30:00.000Z");
    assert.equal(timeInZone("UTC", "yesterday"), undefined);
  });

  describe("as curl", () => {
    const url = "https://example.com/it's/$(here)?a=1&b=`x`";
    const body = `{"name":"O'Brien\n\\"$HOME\\" \`ls\` 100%"}`;
    const headers = {
      "content-type": "application/json",
      "webhook-id": "evt_1",
      "webhook-timestamp": "1",
      "webhook-signature": "v1,old",
      "X-Webhook-Signature": "old",
      "x-note": "a'b",
    };
    const rules = {
      signature: { header: "X-Webhook-Signature", previous_header: "X-Webhook-Signature-Previous", scheme: "hmac-sha256-hex" as const },
    };
    /** Runs the command with a curl that prints its arguments, each ended by a zero byte. */
    const run = (command: string, secret: string): string[] => {
      const fake = `curl() { for one in "$@"; do printf '%s\\0' "$one"; done; }\n`;
      const printed = execFileSync("sh", ["-c", fake + command], { env: { ...process.env, WEBHOOK_SECRET: secret }, encoding: "utf8" });
      return printed.split("\0").slice(0, -1);
    };

    it("quotes everything, so that quotes, newlines and dollars arrive as they are", () => {
      assert.equal(shellQuote("a'b"), `'a'\\''b'`);
      const { "webhook-signature": _a, "X-Webhook-Signature": _b, ...unsigned } = headers;
      const args = run(curlCommand({ url, headers: unsigned, body }, rules), "");
      assert.ok(args.includes(url));
      assert.ok(args.includes(body));
      assert.ok(args.includes("x-note: a'b"));
      assert.ok(!args.some((arg) => arg.toLowerCase().startsWith("webhook-signature")));
    });

    for (const secret of ["it's a secret", `whsec_${Buffer.from("a key of enough bytes, surely").toString("base64")}`]) {
      it(`signs anew from the secret in the environment, never holding it (${secret.slice(0, 6)}…)`, function () {
        // The command signs with openssl, which whoever copies it has; a machine that only runs tests may not.
        if (spawnSync("openssl", ["version"]).status !== 0) return this.skip();
        const command = curlCommand({ url, headers, body }, rules);
        assert.ok(!command.includes(secret) && !command.includes("old"));
        const args = run(command, secret);
        const at = args.find((arg) => arg.startsWith("webhook-timestamp: "))?.slice(19);
        assert.ok(Math.abs(Number(at) - Date.now() / 1000) < 60);
        assert.ok(args.includes(`X-Webhook-Signature: ${createHmac("sha256", secret).update(body).digest("hex")}`));
        const key = secret.startsWith("whsec_") ? Buffer.from(secret.slice(6), "base64") : secret;
        assert.ok(args.includes(`webhook-signature: v1,${createHmac("sha256", key).update(`evt_1.${at}.${body}`).digest("base64")}`));
      });
    }
  });
});
