import { type ChildProcess, fork } from "node:child_process";
import { createHmac } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Pool } from "undici";
import { loadCatalogue } from "../../schemas/load-catalogue.ts";
import { schemasFolder } from "../../server/config.ts";
import { parseAllowedTargets } from "../../server/deliveries/allowed-targets.ts";
import { systemResolver } from "../../server/deliveries/target-guard.ts";
import { Transport } from "../../server/deliveries/transport.ts";
import { ServerProcess } from "../helpers/server-process.ts";
import { temporaryFolder } from "../helpers/store.ts";

/**
 * Runs the real server and store against local receivers and prints a table; beside it what the same client does alone in
 * the same run. Publisher, server and receivers share the machine, so only ratios within one run mean something.
 * `npm run bench -- 0.2` runs a fifth of the size.
 */
type Reports = { port: number; requests: number; duplicates: number; arrivals: [string, number][] };
type Row = {
  shape: string;
  accepted: number;
  delivered: number;
  p50: number;
  p95: number;
  p99: number;
  cpu: number;
  memory: number;
  duplicates: number;
  lost: number;
};

const scale = Number(process.argv[2] ?? 1);
const sized = (count: number) => Math.max(20, Math.round(count * scale));
const inFlight = 64;
const patienceMs = 120_000;
const company = "acme";

class Receivers {
  readonly #child: ChildProcess;
  url = "";

  constructor() {
    this.#child = fork(fileURLToPath(new URL("./receiver-process.js", import.meta.url)));
  }

  async start(): Promise<this> {
    const { port } = await this.#next();
    this.url = `http://127.0.0.1:${port}`;
    return this;
  }

  #next(): Promise<Reports> {
    return new Promise((done) => this.#child.once("message", (message) => done(message as Reports)));
  }

  ask(what: "count" | "report" | "reset"): Promise<Reports> {
    const answer = this.#next();
    this.#child.send(what);
    return answer;
  }

  stop(): void {
    this.#child.kill();
  }
}

const folder = temporaryFolder();
const receivers = await new Receivers().start();
const server = await new ServerProcess(folder).start();
const { product_key, companies } = server.demo.products["tonic-desk"] as { product_key: string; companies: { key: string }[] };
const companyKey = companies[0]?.key as string;
const pool = new Pool(server.url, { connections: inFlight, pipelining: 1 });
const data = loadCatalogue(schemasFolder).get("tonic-desk")?.eventTypes.get("deal.won")?.examples[0]?.data;

async function call(
  key: string,
  path: string,
  body: unknown,
  method: "POST" | "DELETE" = "POST",
): Promise<{ id: string; data: { id: string }[] }> {
  const answer = await pool.request({
    path,
    method,
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: body === undefined ? null : JSON.stringify(body),
  });
  const json = (await answer.body.json()) as { id: string; data: { id: string }[] };
  if (answer.statusCode >= 300) throw new Error(`${path} answered ${answer.statusCode}: ${JSON.stringify(json)}`);
  return json;
}

const event = (type: string) => ({ event: type, company_id: company, data });
const subscribe = async (type: string, path: string, filter?: object): Promise<string> =>
  (
    await call(companyKey, "/v1/hooks", {
      target_url: `${receivers.url}${path}`,
      event: type,
      secret: "bench",
      ...(filter ? { filter } : {}),
    })
  ).id;

/** `count` calls of `work`, so many at a time. */
async function many(count: number, atOnce: number, work: (i: number) => Promise<void>): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: Math.min(atOnce, count) }, async () => {
      while (next < count) await work(next++);
    }),
  );
}

/** CPU seconds and resident bytes of the server, from /proc; zero where there is none. */
function usage(): { cpu: number; memory: number } {
  try {
    const stat = readFileSync(`/proc/${server.pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    const status = readFileSync(`/proc/${server.pid}/status`, "utf8");
    return { cpu: (Number(stat[11]) + Number(stat[12])) / 100, memory: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024 };
  } catch {
    return { cpu: 0, memory: 0 };
  }
}

function percentile(sorted: number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

/** Publishes, waits for all deliveries, and sums up. `accepted` maps an event to when it was answered. */
async function measure(
  shape: string,
  expected: number,
  hooksPerEvent: number,
  publish: (accepted: Map<string, number>) => Promise<void>,
  counts = (_path: string) => true,
): Promise<Row> {
  await receivers.ask("reset");
  const accepted = new Map<string, number>();
  const before = usage();
  const startedAt = performance.now();
  await publish(accepted);
  const acceptedMs = performance.now() - startedAt;
  const deadline = performance.now() + patienceMs;
  while ((await receivers.ask("count")).requests < expected && performance.now() < deadline) await delay(10);
  const totalMs = performance.now() - startedAt;
  const after = usage();
  const { duplicates, arrivals } = await receivers.ask("report");
  const counted = arrivals.filter(([key]) => counts(key.split(" ")[1] as string));
  const delays = counted.map(([key, at]) => at - (accepted.get(key.split(" ")[0] as string) ?? at)).sort((a, b) => a - b);
  return {
    shape,
    accepted: (accepted.size / acceptedMs) * 1000,
    delivered: (arrivals.length / totalMs) * 1000,
    p50: percentile(delays, 0.5),
    p95: percentile(delays, 0.95),
    p99: percentile(delays, 0.99),
    cpu: ((after.cpu - before.cpu) * 1e6) / arrivals.length,
    memory: after.memory,
    duplicates,
    lost: Math.max(0, accepted.size * hooksPerEvent - arrivals.length),
  };
}

const publishOne = (type: string) => async (accepted: Map<string, number>) => {
  const { id } = await call(product_key, "/v1/events", event(type));
  accepted.set(id, Date.now());
};

async function ceiling(count: number): Promise<number> {
  const transport = new Transport({ allowedTargets: parseAllowedTargets("loopback"), resolver: systemResolver });
  const body = Buffer.from(JSON.stringify({ id: "evt_ceiling", ...event("deal.won") }));
  const startedAt = performance.now();
  await many(count, inFlight, async () => {
    const signature = createHmac("sha256", "bench").update(body).digest("hex");
    await transport.send({
      url: `${receivers.url}/ceiling`,
      headers: { "content-type": "application/json", "x-webhook-signature": signature },
      body,
      timeoutMs: 10_000,
    });
  });
  await transport.close();
  return (count / (performance.now() - startedAt)) * 1000;
}

const rows: Row[] = [];
try {
  process.stdout.write(`Ceilings in this run, at ${inFlight} in flight:\n`);
  await ceiling(sized(2_000));
  const send = await ceiling(sized(10_000));
  process.stdout.write(`  sign and post alone   ${Math.round(send)}/s\n`);
  const acceptCount = sized(5_000);
  await many(sized(1_000), inFlight, () => publishOne("deal.updated")(new Map()));
  const acceptStart = performance.now();
  await many(acceptCount, inFlight, () => publishOne("deal.updated")(new Map()));
  const accept = (acceptCount / (performance.now() - acceptStart)) * 1000;
  process.stdout.write(
    `  accept alone          ${Math.round(accept)}/s\n  together at best      ${Math.round(1 / (1 / accept + 1 / send))}/s (1/(1/accept + 1/send))\n\n`,
  );

  const deep = await subscribe("deal.won", "/deep");
  const deepCount = sized(10_000);
  rows.push(await measure("deep: 1 hook", deepCount, 1, (accepted) => many(deepCount, inFlight, () => publishOne("deal.won")(accepted))));
  const batches = sized(200);
  rows.push(
    await measure("batched: arrays of 100", batches * 100, 1, (accepted) =>
      many(batches, 4, async () => {
        const { data: results } = await call(
          product_key,
          "/v1/events",
          Array.from({ length: 100 }, () => event("deal.won")),
        );
        const now = Date.now();
        for (const { id } of results) accepted.set(id, now);
      }),
    ),
  );
  const steadyCount = sized(3_000);
  rows.push(
    await measure("steady: 300/s", steadyCount, 1, async (accepted) => {
      const startedAt = performance.now();
      await Promise.all(
        Array.from({ length: steadyCount }, async (_, i) => {
          await delay(Math.max(0, startedAt + (i * 1000) / 300 - performance.now()));
          await publishOne("deal.won")(accepted);
        }),
      );
    }),
  );
  await call(companyKey, `/v1/hooks/${deep}`, undefined, "DELETE");

  const fan = sized(500);
  await many(fan, 16, async (i) => void (await subscribe("deal.lost", `/fan${i}`)));
  rows.push(await measure(`fan-out: ${fan} hooks`, fan * 20, fan, (accepted) => many(20, 4, () => publishOne("deal.lost")(accepted))));

  // One hook an event by filter; a tenth of them dead (nobody listens), a tenth hanging.
  const wide = sized(1_000);
  const kinds = ["/hang", "/dead", ...Array(8).fill("/ok")];
  await many(wide, 16, async (i) => {
    const kind = kinds[i % 10] as string;
    const target_url = kind === "/dead" ? `http://127.0.0.1:9/${i}` : `${receivers.url}${kind}${i}`;
    await call(companyKey, "/v1/hooks", { target_url, event: "deal.created", filter: { "data.id": i } });
  });
  const reachable = Math.ceil((wide * 9) / 10);
  rows.push(
    await measure(
      "mixed: a tenth dead, a tenth hanging",
      reachable,
      0,
      (accepted) =>
        many(wide, inFlight, async (i) => {
          const { id } = await call(product_key, "/v1/events", { ...event("deal.created"), data: { ...data, id: i } });
          accepted.set(id, Date.now());
        }),
      (path) => path.startsWith("/ok"),
    ),
  );
  print(rows);
} finally {
  receivers.stop();
  await pool.destroy();
  await server.end("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = rows.some(({ lost }) => lost > 0) ? 1 : 0;

function print(table: Row[]): void {
  const heads = ["shape", "accepted/s", "delivered/s", "p50 ms", "p95 ms", "p99 ms", "CPU µs", "MB", "dup", "lost"];
  const lines = table.map((row) => [
    row.shape,
    ...[row.accepted, row.delivered, row.p50, row.p95, row.p99, row.cpu, row.memory, row.duplicates, row.lost].map((n) =>
      String(Math.round(n)),
    ),
  ]);
  const widths = heads.map((head, i) => Math.max(head.length, ...lines.map((line) => (line[i] as string).length)));
  for (const line of [heads, ...lines])
    process.stdout.write(
      `${line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number))).join("  ")}\n`,
    );
  process.stdout.write(
    "\np50 to p99: from the answer to the publisher to arrival; of the mixed shape, the healthy hooks alone. CPU: the server's, a delivery.\n",
  );
}
