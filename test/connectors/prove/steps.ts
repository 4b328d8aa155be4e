import assert from "node:assert/strict";
import type { ConnectorApp, Trigger } from "../../../connectors/connector-app.ts";
import type { EventBody } from "../../../schemas/load-catalogue.ts";
import { loadPlatformProfiles } from "../../../server/deliveries/platform-profile.ts";
import { valueAt } from "../../../server/hooks/filter.ts";
import { eventually } from "../../helpers/eventually.ts";
import type { Json } from "../../helpers/test-app.ts";
import { differences, missingKeys } from "./compare.ts";
import type { Inbound } from "./inbox.ts";
import type { Inputs, PlayedApp, PlayedTrigger } from "./platform.ts";
import type { World } from "./world.ts";

/** A step that the platform has no part in, and why; in the matrix it is a dash. */
export class NotApplicable extends Error {}

export const appSteps = ["own rules", "connect", "test", "refresh"] as const;
export const triggerSteps = [
  "dropdowns",
  "subscribe ×2",
  "receive",
  "forgery",
  "fields",
  "samples",
  "static",
  "filters",
  "410",
  "temporary",
  "unsubscribe",
] as const;
export const lastSteps = ["revoke"] as const;
export type Step = (typeof appSteps)[number] | (typeof triggerSteps)[number] | (typeof lastSteps)[number];

/** Runs a step and keeps what came of it: null where it passed, the reason where it didn't apply or failed. */
export type Run = (step: Step, work: () => Promise<void>) => Promise<void>;

type Scene = { world: World; app: ConnectorApp; played: PlayedApp; platform: string };

/** What a trigger goes through, in order: each step is a promise that the connector makes to its users. */
export async function proveTrigger({ world, app, played, platform }: Scene, trigger: Trigger, run: Run): Promise<void> {
  const product = app.product.id;
  const address = { plain: world.inbox.newAddress(), filtered: world.inbox.newAddress() };
  // The static sample is made of the first example, so that the second shows where they differ.
  const event = trigger.examples[1] as EventBody;
  const inputs = inputsOf(trigger, event);
  let code = undefined as unknown as PlayedTrigger;
  let plain: unknown;
  let filtered: unknown;
  let item: Record<string, unknown> = {};
  let request = undefined as unknown as Inbound;

  await run("dropdowns", async () => {
    code = await played.trigger(trigger);
    const wanted = trigger.filters.filter(({ choices }) => choices?.kind === "seen").map(({ key }) => key);
    if (wanted.length === 0) throw new NotApplicable("no input is filled from the server");
    const filled = await code.dropdowns();
    assert.deepEqual(Object.keys(filled).sort(), wanted.sort());
    for (const [input, choices] of Object.entries(filled)) assert.ok(choices.length > 0, `${input} has no choices`);
  });

  await run("subscribe ×2", async () => {
    await code.subscribe(address.plain, {});
    const first = await world.hookAt(product, address.plain);
    // A platform that lost the answer asks again: the same webhook, not a second one.
    plain = await code.subscribe(address.plain, {});
    assert.equal((await world.hookAt(product, address.plain))?.id, first?.id);
    filtered = await code.subscribe(address.filtered, inputs);
    for (const target of Object.values(address)) {
      const hook = await world.hookAt(product, target);
      assert.equal(hook?.status, "active");
      assert.deepEqual(hook.events, [trigger.type]);
      assert.equal(hook.platform, platform);
      assert.equal(hook.has_secret, played.verifies);
    }
  });

  await run("receive", async () => {
    const id = await world.publish(product, event);
    request = await world.inbox.next(address.plain, 1);
    const second = await world.inbox.next(address.filtered, 1);
    assert.equal(request.body.id, id);
    assert.deepEqual(request.raw, second.raw);
    const items = await code.receive(plain, request);
    assert.equal(items.length, 1);
    item = items[0] as Record<string, unknown>;
    assert.equal((await code.receive(filtered, second)).length, 1);
  });

  await run("forgery", async () => {
    if (!played.verifies) throw new NotApplicable("the platform's code sees no raw body; its secret is the address");
    const body = Buffer.from(request.raw.toString("utf8").replace(/"timestamp":"[^"]+"/, '"timestamp":"2020-01-01T00:00:00Z"'));
    const forged = { ...request, raw: body, body: JSON.parse(body.toString("utf8")) };
    assert.notDeepEqual(body, request.raw);
    assert.deepEqual(await code.receive(plain, forged), []);
    const { "webhook-signature": _, ...unsigned } = request.headers;
    assert.deepEqual(await code.receive(plain, { ...request, headers: unsigned }), []);
    const late = { ...request.headers, "webhook-timestamp": String(Number(request.headers["webhook-timestamp"]) - 3600) };
    assert.deepEqual(await code.receive(plain, { ...request, headers: late }), []);
  });

  await run("fields", async () => {
    assert.ok(code.declared.length > 5);
    assert.deepEqual(differences(item, code.declared), []);
  });

  await run("samples", async () => {
    if (!code.samples) throw new NotApplicable("the platform's instant triggers have no sample list");
    const samples = await code.samples({});
    assert.deepEqual(samples[0], item, "the newest sample is what the hook just brought");
    const narrowed = await code.samples(inputs);
    assert.deepEqual(narrowed[0], item);
  });

  await run("static", async () => {
    if (!code.staticSample) throw new NotApplicable("the platform's apps carry no sample");
    assert.deepEqual(missingKeys(code.staticSample, item), [], "keys of the static sample that the live item lacks");
    assert.deepEqual(
      differences(code.staticSample, code.declared).filter((problem) => !problem.endsWith("is declared and missing")),
      [],
    );
  });

  await run("filters", async () => {
    if (Object.keys(inputs).length === 0) throw new NotApplicable("the event type has nothing to filter by");
    const hook = await world.hookAt(product, address.filtered);
    assert.deepEqual(hook.filter, filterOf(trigger, inputs));
    assert.equal((await world.hookAt(product, address.plain)).filter, null);
  });

  await run("410", async () => {
    const hook = await world.hookAt(product, address.plain);
    world.inbox.answerNext(address.plain, { status: 410 });
    await world.publish(product, event);
    await world.inbox.next(address.plain, 2);
    await eventually(
      async () => (await world.api(product).get(`/v1/hooks/${hook.id}`)).status,
      (status) => status === 404,
      "the webhook to be unsubscribed",
    );
    // The platform may still ask for what has happened already.
    await code.unsubscribe(plain);
  });

  await run("temporary", async () => {
    const answer = loadPlatformProfiles()
      .get(platform)
      ?.answers.find(({ means }) => means === "retry");
    assert.ok(answer, "the profile names an answer that is temporary");
    const hook = await world.hookAt(product, address.filtered);
    world.inbox.answerNext(address.filtered, { status: Number(answer.status), body: answer.body ?? "" });
    await world.publish(product, event);
    const [delivery] = await eventually(
      () => world.api(product).deliveries(hook.id, "?status=pending"),
      ([found]: Json[]) => found?.attempts_count >= 1,
      "a delivery that waits for its next attempt",
    );
    assert.ok(delivery.reason.includes(answer.says.replace(/\.$/, "")), delivery.reason);
    assert.ok(delivery.next_attempt_at);
  });

  await run("unsubscribe", async () => {
    const hook = await world.hookAt(product, address.filtered);
    await code.unsubscribe(filtered);
    assert.equal((await world.api(product).get(`/v1/hooks/${hook.id}`)).status, 404);
    const [delivery] = await world.api(product).deliveries(hook.id, "?status=cancelled");
    assert.ok(delivery, "what waited is cancelled");
    await code.unsubscribe(filtered);
  });
}

/** An install that is taken back ends the connector's webhooks and its connection at once. */
export async function proveRevoke({ world, app, played }: Scene, run: Run): Promise<void> {
  const product = app.product.id;
  await run("revoke", async () => {
    const target = world.inbox.newAddress();
    const code = await played.trigger(app.triggers[0] as Trigger);
    await code.subscribe(target, {});
    const hook = await world.hookAt(product, target);
    assert.equal(hook?.status, "active");
    if (played.disconnect) await played.disconnect();
    else {
      const { body } = await world.api(product).get("/v1/installs").expect(200);
      for (const install of body.data.filter(({ revoked_at }: Json) => !revoked_at))
        await world.api(product).delete(`/v1/installs/${install.id}`).expect(200);
    }
    assert.equal((await world.api(product).get(`/v1/hooks/${hook.id}`)).status, 404);
    await assert.rejects(played.test());
  });
}

/** For every input a value that the event has, so that the hook with the filter gets it too. */
export function inputsOf({ filters }: Trigger, event: EventBody): Inputs {
  return Object.fromEntries(
    filters.flatMap(({ key, path, operator }): [string, unknown][] => {
      const value = valueAt(event, path.split("."));
      if (operator === "has") return typeof value === "object" && value ? [[key, Object.keys(value)[0]]] : [];
      return value === null || value === undefined ? [] : [[key, value]];
    }),
  );
}

function filterOf({ filters }: Trigger, inputs: Inputs): Record<string, unknown> {
  return Object.fromEntries(
    filters
      .filter(({ key }) => inputs[key] !== undefined)
      .map(({ key, path, operator }) => [path, operator === "eq" ? inputs[key] : { [operator]: inputs[key] }]),
  );
}
