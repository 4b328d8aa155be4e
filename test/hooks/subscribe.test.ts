import assert from "node:assert/strict";
import { parseAllowedTargets } from "../../server/deliveries/allowed-targets.ts";
import { eventually } from "../helpers/eventually.ts";
import { type Json, startTestApp, type TestApp } from "../helpers/test-app.ts";

describe("subscribing", () => {
  let app: TestApp;
  before(async () => {
    app = await startTestApp();
  });
  after(() => app.stop());

  const url = () => `${app.receiver.url}?n=${Math.random()}`;

  it("answers 201 with an absolute Location and the hook", async () => {
    const target_url = url();
    const answer = await app.api
      .post("/v1/hooks", { target_url, event: "deal.won", filter: { "data.amount": { gte: 1000 } }, platform: "zapier" })
      .expect(201);
    assert.equal(answer.headers.location, `${app.hookline.url}/v1/hooks/${answer.body.id}`);
    const { id, event, events, filter, status, platform, has_secret, secret } = answer.body;
    assert.match(id, /^hook_/);
    assert.deepEqual(
      { event, events, filter, status, platform, has_secret, secret },
      {
        event: "deal.won",
        events: ["deal.won"],
        filter: { "data.amount": { gte: 1000 } },
        status: "active",
        platform: "zapier",
        has_secret: false,
        secret: undefined,
      },
    );
    assert.deepEqual((await app.api.get(new URL(answer.headers.location as string).pathname).expect(200)).body, answer.body);
  });

  it("gives the same hook for the same URL, events and filter, in whatever order, even at the same moment", async () => {
    const target_url = url();
    const first = await app.api
      .post("/v1/hooks", { target_url, events: ["deal.won", "deal.lost"], filter: { "data.amount": { gte: 1, lt: 9 } } })
      .expect(201);
    const second = await app.api
      .post("/v1/hooks", { target_url, events: ["deal.lost", "deal.won"], filter: { "data.amount": { lt: 9, gte: 1 } } })
      .expect(200);
    assert.equal(second.body.id, first.body.id);
    assert.equal(second.headers.location, first.headers.location);
    await app.api.post("/v1/hooks", { target_url, events: ["deal.won"] }).expect(201);
    const racers = await Promise.all(Array.from({ length: 6 }, () => app.api.post("/v1/hooks", { target_url, event: "task.created" })));
    assert.equal(new Set(racers.map(({ body }) => body.id)).size, 1);
    assert.deepEqual(racers.map(({ status }) => status).sort(), [200, 200, 200, 200, 200, 201]);
  });

  it("takes a secret that comes with the same subscription again", async () => {
    const receiver = await app.newReceiver();
    const body = { target_url: receiver.url, event: "contact.created" };
    const { id } = await app.api.subscribe({ ...body, secret: "one" });
    const again = await app.api.subscribe({ ...body, secret: "two" });
    assert.equal(again.id, id);
    await app.publish("contact.created");
    const [request] = await receiver.received(1);
    const { createHmac } = await import("node:crypto");
    assert.equal(
      request?.headers["x-webhook-signature"],
      createHmac("sha256", "two")
        .update(request?.raw as Buffer)
        .digest("hex"),
    );
  });

  it("makes a secret when asked to, and shows it in that answer only", async () => {
    const made = await app.api.post("/v1/hooks", { target_url: url(), event: "deal.won", secret: true }).expect(201);
    assert.match(made.body.secret, /^whsec_[A-Za-z0-9+/]{32}$/);
    const shown = await app.api.get(`/v1/hooks/${made.body.id}`).expect(200);
    assert.deepEqual([shown.body.secret, shown.body.has_secret], [undefined, true]);
    const record = await app.hookline.ctx.db.collection("hooks").findOne({ _id: made.body.id });
    assert.ok(!JSON.stringify(record).includes(made.body.secret.slice(6)), "the secret is not stored in the clear");
  });

  it("takes the event type from the path", async () => {
    const answer = await app.api.post("/v1/hooks/deal.won", { target_url: url() }).expect(201);
    assert.deepEqual(answer.body.events, ["deal.won"]);
    await app.api.post("/v1/hooks/deal.wonn", { target_url: url() }).expect(404);
    const both = await app.api.post("/v1/hooks/deal.won", { target_url: url(), event: "deal.lost" }).expect(422);
    assert.equal(both.body.errors[0].field, "event");
  });

  it("is seen by every event accepted after the answer", async () => {
    for (let i = 0; i < 5; i++) {
      const receiver = await app.newReceiver();
      const { id } = await app.api.subscribe({ target_url: receiver.url, event: "task.completed" });
      await app.publish("task.completed");
      await receiver.received(1);
      await app.api.delete(`/v1/hooks/${id}`).expect(200);
    }
  });

  it("lists hooks newest first, page by page, and refuses a cursor that isn't one", async () => {
    const { product } = app;
    const paged = await startTestApp({ product });
    try {
      const ids: string[] = [];
      for (let i = 0; i < 5; i++) {
        ids.push((await paged.api.subscribe({ target_url: `${paged.receiver.url}/${i}`, event: "deal.won" })).id);
        paged.clock.advance({ seconds: 1 });
      }
      const first = await paged.api.get("/v1/hooks?limit=2").expect(200);
      const second = await paged.api.get(`/v1/hooks?limit=2&cursor=${first.body.next}`).expect(200);
      const third = await paged.api.get(`/v1/hooks?limit=2&cursor=${second.body.next}`).expect(200);
      const seen = [first, second, third].flatMap(({ body }) => body.data.map(({ id }: Json) => id));
      assert.deepEqual(seen, ids.reverse());
      assert.equal(third.body.next, null);
      for (const cursor of ["x", "YWZ0ZXI6", first.body.next.slice(3)])
        assert.equal((await paged.api.get(`/v1/hooks?cursor=${cursor}`).expect(422)).body.errors[0].field, "cursor");
      assert.equal((await paged.api.get("/v1/hooks?limit=5000").expect(422)).body.errors[0].field, "limit");
      assert.equal((await paged.api.get("/v1/hooks?page=2").expect(422)).body.errors[0].field, "page");
    } finally {
      await paged.stop();
    }
  });

  const refused: [string, object, string, RegExp][] = [
    ["no event", {}, "event", /is missing/],
    ["both event and events", { event: "deal.won", events: ["deal.won"] }, "events", /not both/],
    ["no events at all", { events: [] }, "events", /fewer than 1/],
    ["an unknown event type", { event: "deal.wonn" }, "event", /no event type "deal.wonn"/],
    ["an unknown field", { event: "deal.won", url: "x" }, "url", /not a known field; known are target_url/],
    ["an unknown platform", { event: "deal.won", platform: "zappier" }, "platform", /must be one of activepieces, make, n8n/],
    ["a bad whsec_ secret", { event: "deal.won", secret: "whsec_short" }, "secret", /24 to 64 bytes/],
    ["an unknown filter path", { event: "deal.won", filter: { "data.amout": 1 } }, "filter.data.amout", /not a field of deal.won/],
    [
      "an empty condition on a field that isn't there",
      { event: "deal.won", filter: { "data.typo": {} } },
      "filter.data.typo",
      /is not a field of deal\.won/,
    ],
    [
      "has, of a field that is no object",
      { event: "deal.won", filter: { "data.amount": { has: "x" } } },
      "filter.data.amount.has",
      /asks what an object has; this field is number/,
    ],
    [
      "has, with a name that the object doesn't have",
      { event: "deal.won", filter: { "data.owner": { has: ["email", "phone"] } } },
      "filter.data.owner.has",
      /"phone" is not a field of data\.owner/,
    ],
    ["a filter path without data.", { event: "deal.won", filter: { amount: 1 } }, "filter.amount", /did you mean data.amount/],
    [
      "an unknown filter operator",
      { event: "deal.won", filter: { "data.amount": { like: 1 } } },
      "filter.data.amount.like",
      /not an operator; known are eq/,
    ],
    [
      "a filter value of the wrong type",
      { event: "deal.won", filter: { "data.amount": { gte: "much" } } },
      "filter.data.amount.gte",
      /must be number/,
    ],
    [
      "a filter value outside the enumeration",
      { event: "deal.won", filter: { "data.status": "victory" } },
      "filter.data.status",
      /must be one of "open"/,
    ],
    [
      "a filter that one of the event types can't have",
      { events: ["deal.won", "contact.created"], filter: { "data.amount": { gte: 1 } } },
      "filter.data.amount",
      /contact.created/,
    ],
    ["a filter that is no object", { event: "deal.won", filter: [] }, "filter", /must be object or null/],
  ];
  for (const [what, body, field, message] of refused) {
    it(`refuses ${what} and names the field`, async () => {
      const answer = await app.api.post("/v1/hooks", { target_url: url(), ...body }).expect(422);
      const found = answer.body.errors.find((error: Json) => error.field === field);
      assert.ok(found, JSON.stringify(answer.body));
      assert.match(found.message, message);
    });
  }

  const badTargets: [string, RegExp][] = [
    ["not a url", /not a URL/],
    ["ftp://example.com/", /must begin with https/],
    ["javascript:alert(1)", /must begin with https/],
    ["https://user:pass@example.com/", /user name or password/],
    ["https://example.com/#x", /fragment/],
    ["http://example.com/hook", /HTTPS only/],
    ["https://10.0.0.1/", /not a public address/],
    ["https://[fd00::1]/", /not a public address/],
    ["https://169.254.169.254/latest/meta-data", /not a public address/],
    ["https://0xa9fea9fe/", /not a public address/],
    ["https://2852039166/", /not a public address/],
    ["https://[::ffff:10.0.0.1]/", /not a public address/],
    ["https://192.168.1.1./", /not a public address/],
    ["https://intranet/", /not a public host name/],
    ["https://printer.local/", /not a public host name/],
    ["https://db.internal/", /not a public host name/],
  ];
  for (const [target_url, message] of badTargets) {
    it(`refuses the target ${target_url}`, async () => {
      const answer = await app.api.post("/v1/hooks", { target_url, event: "deal.won" }).expect(422);
      assert.equal(answer.body.errors[0].field, "target_url");
      assert.match(answer.body.errors[0].message, message);
    });
  }

  it("lets a public name through that doesn't resolve now, with a warning", async () => {
    const resolver = async () => {
      throw Object.assign(new Error("not found"), { code: "ENOTFOUND" });
    };
    const offline = await startTestApp({ resolver });
    try {
      const { body } = await offline.api.post("/v1/hooks", { target_url: "https://hooks.example.com/x", event: "deal.won" }).expect(201);
      assert.match(body.warnings[0], /did not resolve/);
    } finally {
      await offline.stop();
    }
  });

  it("refuses a name of which one address is special", async () => {
    const resolver = async () => [
      { address: "93.184.216.34", family: 4 },
      { address: "10.1.2.3", family: 4 },
    ];
    const mixed = await startTestApp({ resolver });
    try {
      const { body } = await mixed.api.post("/v1/hooks", { target_url: "https://hooks.example.com/x", event: "deal.won" }).expect(422);
      assert.match(body.detail, /10\.1\.2\.3, which is not a public address/);
    } finally {
      await mixed.stop();
    }
  });

  it("allows nothing special where ALLOW_TARGETS is none, and ranges by name where it names them", async () => {
    const strict = await startTestApp({ config: { allowedTargets: parseAllowedTargets("none") } });
    const open = await startTestApp({ config: { allowedTargets: parseAllowedTargets("10.0.0.0/8") } });
    try {
      await strict.api.post("/v1/hooks", { target_url: strict.receiver.url, event: "deal.won" }).expect(422);
      await strict.api.post("/v1/hooks", { target_url: "https://localhost/x", event: "deal.won" }).expect(422);
      await open.api.post("/v1/hooks", { target_url: "http://10.2.3.4/x", event: "deal.won" }).expect(201);
      await open.api.post("/v1/hooks", { target_url: open.receiver.url, event: "deal.won" }).expect(422);
    } finally {
      await strict.stop();
      await open.stop();
    }
  });
});

describe("subscribing in Tesoro", () => {
  let app: TestApp;
  before(async () => {
    app = await startTestApp({ product: "tesoro", resolver: async () => [{ address: "93.184.216.34", family: 4 }] });
  });
  after(() => app.stop());

  it("requires a name", async () => {
    for (const name of [undefined, null, "  "]) {
      const { body } = await app.api.post("/v1/hooks", { target_url: "https://example.com/x", event: "deal.won", name }).expect(422);
      assert.equal(body.errors[0].field, "name");
    }
  });

  it("allows plain HTTP with a visible warning", async () => {
    const { body } = await app.api.post("/v1/hooks", { target_url: "http://example.com/x", event: "deal.won", name: "Plain" }).expect(201);
    assert.match(body.warnings[0], /plain HTTP/);
    const shown = await app.api.get(`/v1/hooks/${body.id}`).expect(200);
    assert.match(shown.body.warnings[0], /plain HTTP/);
    const secure = await app.api.post("/v1/hooks", { target_url: "https://example.com/x", event: "deal.won", name: "Secure" }).expect(201);
    assert.deepEqual(secure.body.warnings, []);
  });
});

describe("filters", () => {
  let app: TestApp;
  before(async () => {
    app = await startTestApp();
  });
  after(() => app.stop());

  const cases: [string, object, Json[], Json[]][] = [
    ["equality", { "data.stage": "Won" }, [{ stage: "Won" }], [{ stage: "Lost" }, { stage: null }]],
    [
      "one of",
      { "data.pipeline_id": { in: [1, 2] } },
      [{ pipeline_id: 1 }, { pipeline_id: 2 }],
      [{ pipeline_id: 3 }, { pipeline_id: null }],
    ],
    ["a list as one of", { "data.stage": ["A", "B"] }, [{ stage: "B" }], [{ stage: "C" }]],
    [
      "comparison",
      { "data.amount": { gte: 100, lt: 200 } },
      [{ amount: 100 }, { amount: 199.5 }],
      [{ amount: 99 }, { amount: 200 }, { amount: null }],
    ],
    [
      "comparison of times whatever their offset",
      { "data.won_at": { gt: "2026-01-01T00:00:00Z" } },
      [{ won_at: "2026-01-01T00:30:00Z" }, { won_at: "2025-12-31T23:30:00-01:00" }],
      [{ won_at: "2026-01-01T00:30:00+01:00" }],
    ],
    ["exists", { "data.owner.id": { exists: true } }, [{}], [{ owner: null }]],
    [
      "a field that an object has, if only as null",
      { "data.custom_fields": { has: ["seats", "desks"] } },
      [{ custom_fields: { seats: null } }],
      [{ custom_fields: {} }, { custom_fields: { other: 1 } }],
    ],
    ["a condition left empty", { "data.amount": {}, "data.stage": "Won" }, [{ stage: "Won" }], [{ stage: "Lost" }]],
    ["does not exist", { "data.lost_reason": { exists: false } }, [{ lost_reason: null }], [{ lost_reason: "price" }]],
    ["not equal", { "data.stage": { ne: "Won" } }, [{ stage: "Lost" }, { stage: null }], [{ stage: "Won" }]],
    ["null", { "data.owner": { exists: false }, "data.source": null }, [{ owner: null, source: null }], [{ owner: null, source: "Web" }]],
    ["an element of a list", { "data.tags": "vip" }, [{ tags: ["a", "vip"] }], [{ tags: ["a"] }, { tags: [] }]],
    [
      "a custom field",
      { "data.custom_fields.seats": { gte: 10 } },
      [{ custom_fields: { seats: 10 } }],
      [{ custom_fields: { seats: "10" } }, { custom_fields: {} }],
    ],
    ["a nested name", { "data.owner.name": "Tom" }, [{ owner: { id: 1, name: "Tom" } }], [{ owner: { id: 1, name: "Ann" } }]],
  ];
  for (const [what, filter, sent, kept] of cases) {
    it(`passes ${what}`, async () => {
      const receiver = await app.newReceiver();
      const hook = await app.api.subscribe({ target_url: receiver.url, event: "deal.won", filter });
      for (const data of kept) await app.publish("deal.won", data);
      for (const data of sent) await app.publish("deal.won", data);
      const requests = await receiver.received(sent.length);
      await eventually(
        () => app.api.deliveries(hook.id),
        (found) => found.length === sent.length && found.every(({ status }: Json) => status === "succeeded"),
      );
      assert.equal(requests.length, sent.length);
      await app.api.delete(`/v1/hooks/${hook.id}`).expect(200);
    });
  }
});
