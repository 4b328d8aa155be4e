import { createHmac, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { demoFile, readConfig } from "../config.ts";
import type { Demo, DemoCompany } from "../demo/seed-demo.ts";
import { type Received, startReceiver } from "./receiver.ts";

/**
 * Plays a platform and the product against the running server, for each product: subscribe, publish, verify, retry,
 * history, unsubscribe. Ends with 1 if any step is not what it should be.
 */
const secret = "a secret that only you and your customer know";
const patienceMs = 20_000;
const settleMs = 1_000;

class TourError extends Error {}

const say = (line = "") => void process.stdout.write(`${line}\n`);
const step = (title: string) => say(`\n• ${title}`);
const detail = (line: string) => say(`    ${line}`);

function expect(holds: boolean, what: string): void {
  if (!holds) throw new TourError(what);
}

type Api = (method: string, path: string, body?: unknown) => Promise<{ status: number; headers: Headers; json: Record<string, unknown> }>;

function client(url: string, key: string): Api {
  return async (method, path, body) => {
    const response = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((error: Error) => {
      throw new TourError(
        `${url} does not answer (${(error.cause as Error | undefined)?.message ?? error.message}); is \`npm start\` running?`,
      );
    });
    const json = (await response.json()) as Record<string, unknown>;
    if (response.status >= 400 && method !== "GET")
      throw new TourError(`${method} ${path} answered ${response.status}: ${JSON.stringify(json)}`);
    return { status: response.status, headers: response.headers, json };
  };
}

function readDemo(): Demo {
  const file = demoFile(readConfig());
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Demo;
  } catch {
    throw new TourError(`${file} is missing. Start the server first: \`npm start\` on an empty store writes it.`);
  }
}

/** As a customer of either product verifies: hex HMAC-SHA256 of the raw body. */
function verifyAsCustomer({ headers, body }: Received): boolean {
  const expected = Buffer.from(createHmac("sha256", secret).update(body).digest("hex"));
  const given = Buffer.from(String(headers["x-webhook-signature"] ?? ""));
  return expected.length === given.length && timingSafeEqual(expected, given);
}

/** As Standard Webhooks' libraries verify. */
function verifyAsStandard({ headers, body }: Received): boolean {
  const expected = createHmac("sha256", secret).update(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`).digest("base64");
  return String(headers["webhook-signature"]).split(" ").includes(`v1,${expected}`);
}

async function tourOf(demo: Demo, productId: string, productKey: string, company: DemoCompany): Promise<void> {
  const platform = client(demo.url, company.key);
  const product = client(demo.url, productKey);
  const receiver = await startReceiver();
  try {
    step("The platform tests its connection");
    const me = await platform("GET", "/v1/me");
    expect(me.status === 200, `GET /v1/me answered ${me.status}`);
    detail(`GET /v1/me → ${me.status}: ${me.json.name}, ${productId}, company ${company.name}`);

    step("It subscribes to Deal Won");
    const hook = await platform("POST", "/v1/hooks", { target_url: receiver.url, event: "deal.won", name: "Tour", secret });
    expect(hook.status === 201, `POST /v1/hooks answered ${hook.status}, not 201`);
    detail(`POST /v1/hooks → ${hook.status}, ${hook.json.id} at ${hook.headers.get("location")}`);
    for (const warning of hook.json.warnings as string[]) detail(`warning: ${warning}`);

    step("The product publishes that a deal was won (the receiver will answer 500 once)");
    receiver.answerNext(500);
    const eventType = await platform("GET", "/v1/event-types/deal.won");
    const { data, previous_data } = eventType.json.example as { data: { name: string }; previous_data?: unknown };
    const event = await product("POST", "/v1/events", {
      event: "deal.won",
      company_id: company.id,
      data,
      ...(previous_data ? { previous_data } : {}),
    });
    expect(event.status === 202, `POST /v1/events answered ${event.status}, not 202`);
    detail(`POST /v1/events → ${event.status}, ${event.json.id} is durable: "${data.name}"`);

    step("The signed request arrives");
    const first = await receiver.next(1, patienceMs);
    const parsed = JSON.parse(first.body) as Record<string, unknown>;
    detail(`POST ${new URL(receiver.url).pathname}, ${Buffer.byteLength(first.body)} bytes: ${Object.keys(parsed).join(", ")}`);
    for (const header of ["webhook-id", "webhook-timestamp", "webhook-signature", "x-webhook-signature"])
      detail(`${header}: ${first.headers[header]}`);
    expect(parsed.id === event.json.id && first.headers["webhook-id"] === event.json.id, "the id of the request is not the event's");
    expect(verifyAsCustomer(first), "X-Webhook-Signature is not the HMAC of the body");
    expect(verifyAsStandard(first), "webhook-signature does not verify");
    detail("both signatures verify over the raw body");
    detail(`answered ${first.answered}`);

    step("It is tried again");
    const delivery = await failedOnce(platform, String(hook.json.id));
    const waitMs = Date.parse(String(delivery.next_attempt_at)) - Date.now();
    detail(`${delivery.reason}; the next attempt is due in ${Math.round(waitMs / 1000)} s`);
    if (waitMs > patienceMs) {
      const retry = await platform("POST", `/v1/deliveries/${delivery.id}/retry`);
      detail(`too long for a tour: POST /v1/deliveries/{id}/retry → ${retry.status}`);
    }
    const second = await receiver.next(2, patienceMs + waitMs);
    expect(
      second.body === first.body && second.headers["webhook-id"] === first.headers["webhook-id"],
      "the second attempt differs from the first",
    );
    expect(verifyAsCustomer(second) && verifyAsStandard(second), "the second attempt's signatures don't verify");
    detail(`the same bytes and id arrive again, answered ${second.answered}`);

    step("The history has every attempt");
    const story = await settled(platform, String(delivery.id));
    for (const { number, at, trigger, status, duration_ms } of story.attempts)
      detail(`attempt ${number}  ${at}  ${trigger}  → ${status} in ${duration_ms} ms`);
    expect(
      story.status === "succeeded" && story.attempts.length === 2,
      `the delivery is ${story.status} after ${story.attempts.length} attempts`,
    );
    detail(`delivery ${story.status}`);

    step("The platform unsubscribes");
    const removed = await platform("DELETE", `/v1/hooks/${hook.json.id}`);
    await product("POST", "/v1/events", { event: "deal.won", company_id: company.id, data, ...(previous_data ? { previous_data } : {}) });
    await delay(settleMs);
    expect(receiver.received.length === 2, "something was sent after the unsubscribe");
    const gone = await platform("GET", `/v1/hooks/${hook.json.id}`);
    expect(gone.status === 404, `the removed hook answers ${gone.status}`);
    detail(`DELETE → ${removed.status}; one more event was published and nothing arrived; GET → ${gone.status}`);
  } finally {
    await receiver.stop();
  }
}

type Story = { status: string; attempts: { number: number; at: string; trigger: string; status: number; duration_ms: number }[] };

async function failedOnce(platform: Api, hook: string): Promise<Record<string, unknown>> {
  return until(async () => {
    const { json } = await platform("GET", `/v1/hooks/${hook}/deliveries`);
    const [delivery] = json.data as Record<string, unknown>[];
    return delivery?.next_attempt_at ? delivery : undefined;
  }, "the failed attempt is not in the history");
}

async function settled(platform: Api, delivery: string): Promise<Story> {
  return until(async () => {
    const { json } = await platform("GET", `/v1/deliveries/${delivery}`);
    return json.status === "succeeded" ? (json as unknown as Story) : undefined;
  }, "the delivery did not succeed");
}

async function until<T>(look: () => Promise<T | undefined>, otherwise: string): Promise<T> {
  for (let i = 0; i < 100; i++) {
    const found = await look();
    if (found !== undefined) return found;
    await delay(100);
  }
  throw new TourError(otherwise);
}

try {
  const demo = readDemo();
  for (const [product, { product_key, companies }] of Object.entries(demo.products)) {
    const [company] = companies;
    if (!company) throw new TourError(`demo.json has no company for ${product}`);
    say(`\n═══ ${product} ═══`);
    await tourOf(demo, product, product_key, company);
  }
  say("\nEvery step was as it should be.");
} catch (error) {
  if (!(error instanceof TourError)) throw error;
  process.stderr.write(`\nThe tour stopped: ${error.message}\n`);
  process.exitCode = 1;
}
