import assert from "node:assert/strict";
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { startTestApp, type TestApp } from "../helpers/test-app.ts";

describe("event types, schemas and samples", () => {
  let app: TestApp;
  before(async () => {
    app = await startTestApp({ product: "tesoro" });
  });
  after(() => app.stop());

  it("lists the product's event types", async () => {
    const { body } = await app.api.get("/v1/event-types").expect(200);
    assert.equal(body.data.length, 25);
    assert.equal(body.next, null);
    const won = body.data.find(({ id }: { id: string }) => id === "deal.won");
    assert.deepEqual(won, { id: "deal.won", name: "Deal Won", description: "Triggers when a deal is marked as won.", category: "deal" });
  });

  it("gives one with schema and example, and the schema alone, which stands on its own", async () => {
    const { body } = await app.api.get("/v1/event-types/lead.status_changed").expect(200);
    const schema = await app.api.get("/v1/event-types/lead.status_changed/schema").expect(200);
    const ajv = new Ajv2020({ strict: false });
    formats.default(ajv);
    const validate = ajv.compile(JSON.parse(schema.text));
    assert.ok(validate(body.example), JSON.stringify(validate.errors));
    assert.ok(!validate({ ...body.example, data: {} }));
  });

  it("names an unknown event type with 404", async () => {
    for (const path of ["", "/schema", "/samples", "/fields/data.id/values"]) {
      const { body } = await app.api.get(`/v1/event-types/deal.wonn${path}`).expect(404);
      assert.match(body.detail, /deal\.wonn/);
    }
  });

  it("samples are the catalogue's examples, marked by a header, until there are events", async () => {
    const answer = await app.api.get("/v1/event-types/meeting.completed/samples?limit=2").expect(200);
    assert.equal(answer.headers["hookline-sample-source"], "catalogue");
    assert.equal(answer.body.data.length, 2);
    assert.deepEqual(answer.body.data[0], app.example("meeting.completed"));
  });

  it("samples are then the very bodies that are delivered, newest first, the company's own", async () => {
    const hook = await app.api.subscribe({ event: "deal.won", target_url: app.receiver.url });
    await app.publish("deal.won", { name: "First" });
    await app.publish("deal.won", { name: "Second" });
    await app.backend.post("/v1/events", { event: "deal.won", company_id: "globex", data: app.example("deal.won").data }).expect(202);
    const requests = await app.receiver.received(2);
    const answer = await app.api.get("/v1/event-types/deal.won/samples").expect(200);
    assert.equal(answer.headers["hookline-sample-source"], "events");
    assert.deepEqual(
      answer.body.data.map((sample: { data: { name: string } }) => sample.data.name),
      ["Second", "First"],
    );
    const delivered = requests.find(({ body }) => body.data.name === "First");
    assert.equal(JSON.stringify(answer.body.data[1]), delivered?.raw.toString("utf8"));
    await app.api.delete(`/v1/hooks/${hook.id}`);
  });

  it("samples take the filter of a subscription", async () => {
    await app.publish("deal.lost", { name: "Small", amount: 10 });
    await app.publish("deal.lost", { name: "Large", amount: 10_000 });
    const filter = encodeURIComponent(JSON.stringify({ "data.amount": { gte: 1000 } }));
    const { body } = await app.api.get(`/v1/event-types/deal.lost/samples?filter=${filter}`).expect(200);
    assert.deepEqual(
      body.data.map((sample: { data: { name: string } }) => sample.data.name),
      ["Large"],
    );
    await app.api.get("/v1/event-types/deal.lost/samples?filter=%7B").expect(422);
    await app.api.get("/v1/event-types/deal.lost/samples?limit=0").expect(422);
    const unknown = await app.api.get("/v1/event-types/deal.lost/samples?filters=x").expect(422);
    assert.equal(unknown.body.errors[0].field, "filters");
  });

  it("test sends are not samples", async () => {
    const hook = await app.api.subscribe({ event: "property.sold", target_url: app.receiver.url });
    await app.api.post(`/v1/hooks/${hook.id}/test`).expect(202);
    await app.api.settled(hook.id, "succeeded");
    const answer = await app.api.get("/v1/event-types/property.sold/samples").expect(200);
    assert.equal(answer.headers["hookline-sample-source"], "catalogue");
  });

  it("field values are the enumeration, or what was seen with the name beside it", async () => {
    const statuses = await app.api.get("/v1/event-types/lead.status_changed/fields/data.status/values").expect(200);
    assert.deepEqual(statuses.body[3], { id: "viewing_planned", name: "Viewing planned" });
    await app.publish("lead.created", { owner: { id: "usr_1", name: "Ada", email: null } });
    await app.publish("lead.created", { owner: { id: "usr_2", name: "Bo", email: null } });
    const owners = await app.api.get("/v1/event-types/lead.created/fields/data.owner.id/values").expect(200);
    assert.deepEqual(owners.body, [
      { id: "usr_1", name: "Ada" },
      { id: "usr_2", name: "Bo" },
    ]);
    // Whoever was seen with another event of the category may be wanted here too.
    await app.publish("lead.status_changed", { owner: { id: "usr_3", name: "Cy", email: null } });
    const more = await app.api.get("/v1/event-types/lead.created/fields/data.owner.id/values").expect(200);
    assert.deepEqual(
      more.body.map(({ name }: { name: string }) => name),
      ["Ada", "Bo", "Cy"],
    );
    await app.api.get("/v1/event-types/lead.created/fields/data.ownr.id/values").expect(404);
  });
});
