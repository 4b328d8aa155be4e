import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { MongoClient } from "mongodb";
import { ServerProcess } from "../helpers/server-process.ts";
import { temporaryFolder } from "../helpers/store.ts";
import { ChaoticReceiver } from "./chaotic-receiver.ts";

/**
 * `npm run chaos [-- kills]`: publishers publish while an API process and two workers are killed at random instants (one
 * of them runs the store, and the others take it over), and receivers fail, hang, reset and answer garbage. Then all is
 * well again, and what was acknowledged is compared with what arrived. Ends with 1 where anything was lost.
 */
const kills = Number(process.argv[2] ?? 100);
const publishers = 3;
const pauseMs = 60;
const settleWithinMs = 180_000;

const folder = temporaryFolder();
const members = {
  api: new ServerProcess(folder, { ROLE: "api" }),
  "worker 1": new ServerProcess(folder, { ROLE: "worker" }),
  "worker 2": new ServerProcess(folder, { ROLE: "worker" }),
};
type Member = keyof typeof members;
const names = Object.keys(members) as Member[];
const killed: Record<string, number> = {};
const receivers = await Promise.all(ChaoticReceiver.kinds.map((kind) => new ChaoticReceiver(kind).start()));
const acknowledged = new Set<string>();
let doubted = 0;
let storming = true;
let storeKills = 0;

/** One event after another, each with an id of the product's; asked again under the same id until it is answered. */
async function publish(publisher: number): Promise<void> {
  for (let i = 0; storming; i++) {
    const id = `storm-${publisher}-${i}`;
    for (let asked = 0; storming; asked++) {
      const event = { event: "deal.won", company_id: "acme", id, data: { id: i, name: `Deal ${id}` } };
      const answer = await members.api
        .backend("tonic-desk")
        .post("/v1/events", event)
        .timeout(5_000)
        .catch(() => undefined);
      if (answer?.status === 202) {
        acknowledged.add(id);
        break;
      }
      if (asked === 0) doubted++;
      await delay(100);
    }
    await delay(pauseMs * Math.random());
  }
}

async function killOne(): Promise<void> {
  const name = names[Math.floor(Math.random() * names.length)] as Member;
  const owner = await storeOwner();
  if (owner === members[name].pid) storeKills++;
  killed[name] = (killed[name] ?? 0) + 1;
  await members[name].end("SIGKILL");
  await delay(Math.random() * 300);
  await startAgain(name);
}

/** It may be killed while it starts, or meet a store that is just being taken over. */
async function startAgain(name: Member): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await members[name].start();
      return;
    } catch (error) {
      if (tries === 5) throw error;
      await delay(500);
    }
  }
}

async function storeOwner(): Promise<number> {
  const { readFileSync } = await import("node:fs");
  try {
    return Number(readFileSync(join(folder, "store", "owner.pid"), "utf8"));
  } catch {
    return 0;
  }
}

function missing(): { receiver: ChaoticReceiver; id: string }[] {
  return receivers.flatMap((receiver) => [...acknowledged].filter((id) => !receiver.arrivals.has(id)).map((id) => ({ receiver, id })));
}

/** Everything is well: what still waits for a retry in minutes, or was given up, is sent by hand until all has arrived. */
async function settle(): Promise<void> {
  for (const receiver of receivers) receiver.good = true;
  const until = performance.now() + settleWithinMs;
  const client = await MongoClient.connect(`mongodb://${encodeURIComponent(join(folder, "store", "mongo.sock"))}/hookline`);
  const api = members.api.api("tonic-desk");
  try {
    while (missing().length > 0 && performance.now() < until) {
      await delay(2_000);
      const ids = new Set(missing().map(({ id }) => id));
      const rows = await client
        .db()
        .collection<{ _id: string; eventId: string }>("deliveries")
        .find({ status: { $in: ["pending", "failed"] } })
        .project<{ _id: string; eventId: string }>({ eventId: 1 })
        .toArray();
      console.log(`settling: ${ids.size} events still to come somewhere, ${rows.length} deliveries are open or were given up`);
      for (const { _id, eventId } of rows) if (ids.has(eventId)) await api.post(`/v1/deliveries/${_id}/retry`, {}).catch(() => undefined);
    }
  } finally {
    await client.close();
  }
}

const started = performance.now();
let failure: unknown;
try {
  await members.api.start();
  await Promise.all([members["worker 1"].start(), members["worker 2"].start()]);
  for (const { kind, url } of receivers)
    await members.api.api("tonic-desk").subscribe({ event: "deal.won", target_url: url, name: kind, secret: true });
  const publishing = Promise.all(Array.from({ length: publishers }, (_, publisher) => publish(publisher)));
  for (let i = 1; i <= kills; i++) {
    await delay(100 + Math.random() * 700);
    await killOne();
    if (i % 20 === 0)
      console.log(`${i} kills, ${acknowledged.size} events acknowledged, ${missing().length} of their deliveries still to come`);
  }
  storming = false;
  await publishing;
  await settle();
} catch (error) {
  failure = error;
  storming = false;
}
const cleanly = await Promise.all(names.map((name) => members[name].end("SIGTERM")));
for (const receiver of receivers) receiver.stop();
rmSync(folder, { recursive: true, force: true });

const lost = missing();
const arrivals = receivers.flatMap(({ arrivals: all }) => [...all.values()]);
const delivered = arrivals.length;
const duplicates = arrivals.reduce((sum, { taken }) => sum + taken - 1, 0);
const otherBodies = arrivals.filter(({ bodies }) => bodies.size > 1).length;
console.table([
  {
    kills: Object.values(killed).reduce((sum, n) => sum + n, 0),
    ...killed,
    "of them with the store": storeKills,
    "events acknowledged": acknowledged.size,
    "not at first": doubted,
    deliveries: delivered,
    lost: lost.length,
    duplicates,
    "with another body": otherBodies,
    "clean ends": cleanly.filter((code) => code === 0).length,
    seconds: Math.round((performance.now() - started) / 1000),
  },
]);
for (const { receiver, id } of lost.slice(0, 20)) console.log(`lost: ${id} at the ${receiver.kind} receiver`);
if (failure) console.log(failure);
process.exit(!failure && lost.length + otherBodies === 0 && acknowledged.size > kills ? 0 : 1);
