import { relative } from "node:path";
import { demoFile, readConfig } from "./config.ts";
import { type Demo, seedDemo } from "./demo/seed-demo.ts";
import { type Hookline, startHookline } from "./hookline.ts";

/** Starts store, engine and API, or as `worker` (ROLE=worker) all but the API; drains on SIGTERM and SIGINT. */
try {
  const config = readConfig(process.argv[2] === "worker" ? { ...process.env, ROLE: "worker" } : process.env);
  const hookline = await startHookline(config);
  const demo = config.production || config.role === "worker" ? undefined : await seedDemo(hookline.ctx, hookline.url);
  greet(hookline, demo);
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void stop(hookline, signal));
} catch (error) {
  // A person reads this at the terminal: the message says what to do, a stack would bury it.
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(1);
}

function greet({ ctx, url, storeDescription }: Hookline, demo: Demo | undefined): void {
  const { config, catalogue } = ctx;
  const products = [...catalogue.values()].map(({ name, eventTypes }) => `${name} (${eventTypes.size} event types)`);
  const loopback = config.allowedTargets.description === "loopback" && !process.env.ALLOW_TARGETS;
  const mode = config.production ? "production" : "development";
  const part = { all: "", api: "; it takes requests, and sends nothing", worker: "; it sends, and takes no requests" }[config.role];
  const where = config.role !== "worker" ? ` at ${url}` : url ? `, its health at ${url}/readyz` : "";
  const lines = [
    `${config.role === "worker" ? "A worker of Hookline" : "Hookline"} is running${where} (${mode}${part})`,
    `  store      ${storeDescription}`,
    `  products   ${products.join(", ")}`,
    `  targets    ${loopback ? "public addresses, and loopback over plain HTTP because this is development" : `public addresses; besides: ${config.allowedTargets.description}`}`,
  ];
  if (demo) {
    lines.push(
      `  demo       keys of two companies for each product are in ${relative(process.cwd(), demoFile(config))}`,
      "",
      "Next, in a second terminal:",
      "  npm run tour        an event becomes a signed, recorded delivery, step by step",
      "or in a browser:",
      `  ${url}/settings/webhooks        with an email and password of that file`,
    );
  } else if (config.production && config.role !== "worker") {
    lines.push("", "A product's backend needs a key:", `  npm run hookline -- keys add --product ${[...catalogue.keys()].at(-1)}`);
  }
  process.stdout.write(`${lines.join("\n")}\n\n`);
}

/** What a stop may take beyond the time that requests under way are given. */
const stopWithinMs = 10_000;

/** Ends in good order, or after its time in any: whatever is left then is in the store, and another process picks it up. */
async function stop({ ctx, stop: finish }: Hookline, signal: string): Promise<void> {
  ctx.log.info({ signal }, "stopping: requests under way are finished, the rest is kept");
  const limit = ctx.config.drainSeconds * 1000 + stopWithinMs;
  setTimeout(() => {
    ctx.log.error({ seconds: limit / 1000 }, "stopping took too long; what is left is picked up by the next process");
    process.exit(1);
  }, limit);
  try {
    await finish();
    process.exit(0);
  } catch (error) {
    ctx.log.error({ err: error }, "did not stop in good order; what is left is picked up by the next process");
    process.exit(1);
  }
}
