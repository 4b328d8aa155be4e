import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { eventually } from "../helpers/eventually.ts";
import { Receiver } from "../helpers/receiver.ts";
import { ServerProcess } from "../helpers/server-process.ts";
import { temporaryFolder } from "../helpers/store.ts";

const won = { event: "deal.won", company_id: "acme", data: { id: 42, name: "Acme Enterprise License" } };

describe("a process that dies", () => {
  let folder: string;
  let server: ServerProcess;
  let receiver: Receiver;
  beforeEach(async () => {
    folder = temporaryFolder();
    server = await new ServerProcess(folder).start();
    receiver = await new Receiver().start();
  });
  afterEach(async () => {
    await server.end("SIGKILL");
    await receiver.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("right after a 202: the delivery arrives once it is back", async () => {
    // The receiver hangs, so that nothing can have been delivered before the kill.
    receiver.alwaysRespond(() => {});
    await server.api("tonic-desk").subscribe({ event: "deal.won", target_url: receiver.url });
    const { body } = await server.backend("tonic-desk").post("/v1/events", won).expect(202);
    await server.end("SIGKILL");
    receiver.requests.length = 0;
    receiver.alwaysRespond(200);
    await server.start();
    const [request] = await receiver.received(1);
    assert.equal(request?.body.id, body.id);
    const [delivery] = await eventually(
      async () => (await server.api("tonic-desk").get("/v1/deliveries").expect(200)).body.data,
      ([found]) => found?.status === "succeeded",
    );
    assert.equal(delivery.event_id, body.id);
  }).timeout(40_000);

  it("in the middle of a burst: nothing acknowledged is lost, and duplicates carry the same id", async () => {
    const { id } = await server.api("tonic-desk").subscribe({ event: "deal.won", target_url: receiver.url });
    const acknowledged = new Set<string>();
    let down = false;
    const publishing = Promise.all(
      Array.from({ length: 8 }, async (_, publisher) => {
        for (let i = 0; !down; i++) {
          const events = Array.from({ length: 20 }, (_unused, n) => ({ ...won, id: `burst-${publisher}-${i}-${n}` }));
          const answer = await server
            .backend("tonic-desk")
            .post("/v1/events", events)
            .catch(() => undefined);
          if (answer?.status === 202) for (const { id: event } of answer.body.data) acknowledged.add(event);
        }
      }),
    );
    await receiver.received(300);
    await server.end("SIGKILL");
    down = true;
    await publishing;
    await server.start();
    await eventually(
      () => {
        const arrived = new Set(receiver.requests.map(({ body }) => body.id));
        return [...acknowledged].filter((event) => !arrived.has(event)).length;
      },
      (lost) => lost === 0,
      "every acknowledged event",
    );
    assert.ok(acknowledged.size >= 300);
    const bodies = new Map<unknown, string>();
    for (const { body, raw } of receiver.requests) {
      assert.equal(bodies.get(body.id) ?? raw.toString("hex"), raw.toString("hex"), "a duplicate has the same bytes");
      bodies.set(body.id, raw.toString("hex"));
    }
    await eventually(
      async () => (await server.api("tonic-desk").deliveries(id, "?status=pending")).length,
      (pending) => pending === 0,
    );
  }).timeout(60_000);

  it("with retries planned: they are made by the next one", async () => {
    receiver.respondWith(500);
    const { id } = await server.api("tonic-desk").subscribe({ event: "deal.won", target_url: receiver.url });
    await server.backend("tonic-desk").post("/v1/events", won).expect(202);
    const before = await server.api("tonic-desk").attempted(id, 1);
    await server.end("SIGKILL");
    await server.start();
    const after = await server.api("tonic-desk").delivery(before.id);
    assert.deepEqual([after.status, after.next_attempt_at], ["pending", before.next_attempt_at]);
    await server.api("tonic-desk").post(`/v1/deliveries/${before.id}/retry`).expect(202);
    await server.api("tonic-desk").settled(id, "succeeded");
  }).timeout(40_000);

  it("kindly, by SIGTERM: what is under way ends, what waits is kept, and the exit is clean", async () => {
    const { id } = await server.api("tonic-desk").subscribe({ event: "deal.won", target_url: receiver.url });
    receiver.alwaysRespond((res) => void setTimeout(() => res.writeHead(200).end(), 300));
    await server
      .backend("tonic-desk")
      .post(
        "/v1/events",
        Array.from({ length: 100 }, () => won),
      )
      .expect(202);
    await receiver.received(1);
    assert.equal(await server.end("SIGTERM"), 0);
    receiver.alwaysRespond(200);
    await server.start();
    await eventually(
      async () => (await server.api("tonic-desk").deliveries(id, "?status=succeeded&limit=200")).length,
      (done) => done === 100,
    );
    assert.equal(new Set(receiver.requests.map(({ body }) => body.id)).size, 100);
    assert.equal(receiver.requests.length, 100, "nothing was sent twice");
  }).timeout(40_000);
});
