import assert from "node:assert/strict";
import { startTestApp, type TestApp } from "../helpers/test-app.ts";

describe("POST /v1/events", () => {
  let app: TestApp;
  before(async () => {
    app = await startTestApp();
  });
  after(() => app.stop());

  const won = (rest: object = {}) => ({ event: "deal.won", company_id: "acme", data: app.example("deal.won").data, ...rest });

  it("answers 202 with the id that receivers will see", async () => {
    const hook = await app.api.subscribe({ event: "deal.won", target_url: app.receiver.url });
    const { body } = await app.backend.post("/v1/events", won()).expect(202);
    assert.match(body.id, /^evt_/);
    const [request] = await app.receiver.received(1);
    assert.equal(request?.body.id, body.id);
    assert.equal(request?.headers["webhook-id"], body.id);
    await app.api.delete(`/v1/hooks/${hook.id}`).expect(200);
  });

  it("accepts the sample of Tonic Desk's documentation as it stands", async () => {
    const data = {
      id: 42,
      name: "Acme Enterprise License",
      amount: 25000,
      stage: "Negotiation",
      previous_stage: "Proposal",
      pipeline: "Sales Pipeline",
    };
    await app.backend
      .post("/v1/events", { event: "deal.stage_changed", company_id: "acme", timestamp: "2026-04-05T14:30:00Z", data })
      .expect(202);
    const { body } = await app.api.get("/v1/event-types/deal.stage_changed/samples?limit=1").expect(200);
    assert.equal(body.data[0].timestamp, "2026-04-05T14:30:00Z");
    assert.equal(body.data[0].data.previous_stage, "Proposal");
    assert.equal(body.data[0].data.owner, null);
  });

  it("repeats nothing for the same id", async () => {
    const receiver = await app.newReceiver();
    const hook = await app.api.subscribe({ event: "deal.lost", target_url: receiver.url });
    const event = { event: "deal.lost", company_id: "acme", data: app.example("deal.lost").data, id: "deal-lost-1" };
    const first = await app.backend.post("/v1/events", event).expect(202);
    const second = await app.backend.post("/v1/events", event).expect(202);
    assert.deepEqual([first.body.id, first.body.duplicate], ["deal-lost-1", false]);
    assert.deepEqual([second.body.id, second.body.duplicate], ["deal-lost-1", true]);
    await app.publish("deal.lost");
    const requests = await receiver.received(2);
    assert.deepEqual(requests.filter(({ body }) => body.id === "deal-lost-1").length, 1);
    await app.api.delete(`/v1/hooks/${hook.id}`);
  });

  it("repeats nothing for the same Idempotency-Key, in an array for each place in it", async () => {
    const send = (body: object) => app.backend.post("/v1/events", body).set("Idempotency-Key", "key-1");
    const first = await send([won(), won()]).expect(202);
    const second = await send([won(), won()]).expect(202);
    assert.notEqual(first.body.data[0].id, first.body.data[1].id);
    assert.deepEqual(
      second.body.data.map((item: { id: string; duplicate: boolean }) => [item.id, item.duplicate]),
      first.body.data.map(({ id }: { id: string }) => [id, true]),
    );
  });

  it("takes the same id once even when both arrive in one array or at the same moment", async () => {
    const { body } = await app.backend.post("/v1/events", [won({ id: "twin" }), won({ id: "twin" })]).expect(202);
    assert.deepEqual(body.data.map(({ duplicate }: { duplicate: boolean }) => duplicate).sort(), [false, true]);
    const answers = await Promise.all(Array.from({ length: 8 }, () => app.backend.post("/v1/events", won({ id: "octuplet" }))));
    assert.equal(answers.filter(({ body: answer }) => answer.duplicate === false).length, 1);
    assert.ok(answers.every(({ status, body: answer }) => status === 202 && answer.id === "octuplet"));
  });

  it("keeps companies apart: one's id doesn't hide the other's", async () => {
    const first = await app.backend.post("/v1/events", won({ id: "shared" })).expect(202);
    const second = await app.backend.post("/v1/events", won({ id: "shared", company_id: "globex" })).expect(202);
    assert.deepEqual([first.body.duplicate, second.body.duplicate], [false, false]);
  });

  it("gives each item of an array its own result", async () => {
    const { body } = await app.backend
      .post("/v1/events", [
        won(),
        won({ event: "deal.wonn" }),
        won({ data: { ...app.example("deal.won").data, amount: "a lot" } }),
        won({ company_id: "nobody" }),
      ])
      .expect(202);
    assert.deepEqual(
      body.data.map(({ status }: { status: number }) => status),
      [202, 422, 422, 422],
    );
    assert.deepEqual([body.accepted, body.rejected], [1, 3]);
    assert.deepEqual(
      body.data.slice(1).map(({ errors }: { errors: { field: string }[] }) => errors[0]?.field),
      ["event", "data.amount", "company_id"],
    );
  });

  it("takes a thousand at once and no more", async () => {
    const { body } = await app.backend
      .post(
        "/v1/events",
        Array.from({ length: 1_000 }, () => won()),
      )
      .expect(202);
    assert.equal(body.accepted, 1_000);
    assert.equal(new Set(body.data.map(({ id }: { id: string }) => id)).size, 1_000);
    await app.backend
      .post(
        "/v1/events",
        Array.from({ length: 1_001 }, () => won()),
      )
      .expect(422);
    await app.backend.post("/v1/events", []).expect(422);
  });

  const refused: [string, () => object, string, RegExp][] = [
    ["an unknown event type", () => won({ event: "deal.wonn" }), "event", /no event type "deal.wonn"/],
    ["a missing company", () => ({ ...won(), company_id: undefined }), "company_id", /is missing/],
    ["an unknown company", () => won({ company_id: "nobody" }), "company_id", /PUT \/v1\/companies\/nobody/],
    ["an unknown field", () => won({ payload: {} }), "payload", /not a known field; known are event, company_id, data/],
    [
      "an unknown field in the record",
      () => won({ data: { ...app.example("deal.won").data, amout: 5 } }),
      "data.amout",
      /not a known field/,
    ],
    [
      "a wrong type in the record",
      () => won({ data: { ...app.example("deal.won").data, amount: "1" } }),
      "data.amount",
      /must be number or null \(it is "1"\)/,
    ],
    ["a missing record id", () => won({ data: { name: "No id" } }), "data.id", /is missing/],
    [
      "a value outside its enumeration",
      () => won({ data: { ...app.example("deal.won").data, status: "victory" } }),
      "data.status",
      /must be one of "open", "won", "lost"/,
    ],
    ["a bad time", () => won({ timestamp: "yesterday" }), "timestamp", /date-time/],
    ["an id with spaces", () => won({ id: "a b" }), "id", /pattern/],
    [
      "previous_data, which this product's bodies don't have",
      () => won({ previous_data: { status: "open" } }),
      "previous_data",
      /not a known field/,
    ],
    ["data that is no object", () => won({ data: [] }), "data", /must be object \(it is an array\)/],
  ];
  for (const [what, body, field, message] of refused) {
    it(`refuses ${what} and names the field`, async () => {
      const answer = await app.backend
        .post("/v1/events", body())
        .expect(422)
        .expect("content-type", /application\/problem\+json/);
      const found = answer.body.errors.find((error: { field: string }) => error.field === field);
      assert.ok(found, JSON.stringify(answer.body));
      assert.match(found.message, message);
    });
  }

  it("refuses malformed JSON, another content type and an empty body", async () => {
    const raw = (body: string, type: string) => app.backend.post("/v1/events").set("content-type", type).send(body);
    assert.match((await raw('{"event":', "application/json").expect(400)).body.detail, /not valid JSON/);
    assert.match((await raw("<event/>", "application/xml").expect(415)).body.detail, /application\/json/);
    assert.match((await app.backend.post("/v1/events").expect(400)).body.detail, /needs a JSON body/);
    for (const scalar of ["null", "7", '"x"', "true"]) await raw(scalar, "application/json").expect(422);
  });

  it("refuses a single event over 1 MB and an array over 10 MB, and of an array only the item that is too large", async () => {
    const big = (bytes: number) => won({ data: { ...app.example("deal.won").data, name: "x".repeat(bytes) } });
    assert.match((await app.backend.post("/v1/events", big(1024 * 1024)).expect(413)).body.detail, /a single event takes at most 1048576/);
    const mixed = await app.backend.post("/v1/events", [big(1024 * 1024), won()]).expect(202);
    assert.deepEqual(
      mixed.body.data.map(({ status }: { status: number }) => status),
      [413, 202],
    );
    await app.backend
      .post(
        "/v1/events",
        Array.from({ length: 11 }, () => big(1024 * 1000)),
      )
      .expect(413);
  });

  it("refuses a company's key with the scope that is missing", async () => {
    const answer = await app.api.post("/v1/events", won()).expect(403);
    assert.match(answer.body.detail, /events:write/);
    assert.match(answer.headers["www-authenticate"] ?? "", /insufficient_scope/);
  });

  it("keeps hostile keys and texts as what they are", async () => {
    const name = "<script>alert(1)</script> \u2028 \u0000 '; DROP";
    const custom_fields = JSON.parse('{"__proto__": "x", "constructor": 1, "$where": "1", "a.b": true}');
    const { body: accepted } = await app.backend
      .post("/v1/events", won({ data: { ...app.example("deal.won").data, name, custom_fields } }))
      .expect(202);
    const { body } = await app.api.get("/v1/event-types/deal.won/samples?limit=1").expect(200);
    assert.equal(body.data[0].id, accepted.id);
    assert.equal(body.data[0].data.name, name);
    assert.deepEqual(Object.entries(body.data[0].data.custom_fields).sort(), Object.entries(custom_fields).sort());
  });
});
