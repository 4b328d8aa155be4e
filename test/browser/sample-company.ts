import { eventually } from "../helpers/eventually.ts";
import { addPeople, connect, newClient } from "../helpers/oauth-app.ts";
import type { Receiver } from "../helpers/receiver.ts";
import { startTestApp, type TestApp, type TestAppOptions } from "../helpers/test-app.ts";
import { TestClock } from "../helpers/test-clock.ts";

const hours = 26;
const subjects = ["Northwind renewal", "Kestrel onboarding", "Alder Freight", "Harbour lights", "Copper & Pine"];

export type SampleCompany = {
  app: TestApp;
  hooks: Record<"billing" | "warehouse" | "bot" | "zap" | "gone", string>;
  receivers: Record<"billing" | "warehouse" | "bot" | "zap", Receiver>;
  install: string;
};

/**
 * A company as people have it: a webhook that works, one that has begun to fail, one that is paused and holds something,
 * and an app's, over a day and two hours of the test's clock. Host names resolve to loopback.
 */
export async function sampleCompany(options: TestAppOptions = {}): Promise<SampleCompany> {
  const clock = new TestClock(Date.now() - hours * 3_600_000);
  const app = await startTestApp({ ...options, clock, resolver: async () => [{ address: "127.0.0.1", family: 4 }] });
  await addPeople(app);
  const receivers = {
    billing: app.receiver,
    warehouse: await app.newReceiver(),
    bot: await app.newReceiver(),
    zap: await app.newReceiver(),
  };
  const at = (receiver: Receiver, host: string, path: string) => `http://${host}:${new URL(receiver.url).port}${path}`;
  const zapier = await newClient(app, { name: "Zapier", platform: "zapier" });
  const { api: zap, install } = await connect(app, zapier);
  const billing = await app.api.subscribe({
    name: "Billing sync",
    target_url: at(receivers.billing, "billing.fjord.example", "/hooks/crm"),
    events: ["deal.won", "deal.stage_changed"],
    secret: true,
  });
  const warehouse = await app.api.subscribe({
    name: "Data warehouse",
    target_url: at(receivers.warehouse, "ingest.fjord.example", "/v2/events?source=crm"),
    events: [...(app.hookline.ctx.catalogue.get(app.product)?.eventTypes.keys() ?? [])],
    secret: true,
  });
  const bot = await app.api.subscribe({
    name: "Sales channel bot",
    target_url: at(receivers.bot, "bots.fjord.example", "/crm"),
    event: "deal.won",
    filter: { "data.amount": { gte: 10_000 } },
  });
  const zapHook = await zap.subscribe({
    name: "New contact → Mailchimp",
    target_url: at(receivers.zap, "hooks.zapier.example", "/hooks/standard/1849/a1b2c3"),
    event: "contact.created",
    platform: "zapier",
  });
  const goneHook = await zap.subscribe({
    name: "Deal won → invoice",
    target_url: at(receivers.zap, "hooks.zapier.example", "/hooks/standard/1849/gone"),
    event: "deal.lost",
    platform: "zapier",
  });
  receivers.billing.alwaysRespond({ status: 200, headers: { "content-type": "application/json" }, body: '{"ok":true}' });

  for (let hour = 0; hour < hours; hour++) {
    if (hour === hours - 4)
      receivers.billing.alwaysRespond({
        status: 503,
        headers: { "content-type": "text/html" },
        body: "<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n</body></html>",
      });
    if (hour === hours - 3) await app.hookline.ctx.engine.counter.flush();
    if (hour === hours - 6) await pause(app, bot.id);
    for (let i = 0; i <= (hour * 7) % 5; i++) {
      const name = subjects[(hour + i) % subjects.length] as string;
      await app.publish("deal.won", { id: 8_000 + hour * 10 + i, name, amount: 5_000 + 3_000 * i });
      if (i % 2 === 0) await app.publish("contact.created", { id: 400 + hour * 10 + i });
    }
    await settled(app);
    clock.advance({ hours: 1 });
    await settled(app);
  }
  receivers.zap.respondWith(410);
  await app.publish("deal.lost", { name: "Old mill" });
  await app.publish("deal.stage_changed", { name: "Northwind renewal" });
  await settled(app);
  return {
    app,
    hooks: { billing: billing.id, warehouse: warehouse.id, bot: bot.id, zap: zapHook.id, gone: goneHook.id },
    receivers,
    install,
  };
}

async function pause(app: TestApp, hook: string): Promise<void> {
  await app.api.patch(`/v1/hooks/${hook}`, { status: "paused" }).expect(200);
}

/** Until nothing is under way: what is left waits for the clock. */
async function settled({ hookline: { ctx } }: TestApp): Promise<void> {
  await eventually(
    async () => ctx.engine.state,
    ({ under_way, waiting }) => under_way === 0 && waiting === 0,
    "an idle engine",
  );
}
