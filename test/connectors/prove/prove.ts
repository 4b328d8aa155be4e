import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { connectorApp } from "../../../connectors/connector-app.ts";
import { chosenProducts } from "../../../connectors/connectors.ts";
import { connectorsFolder } from "../../../connectors/folders.ts";
import { generateConnectors } from "../../../connectors/generate-connectors.ts";
import { temporaryFolder } from "../../helpers/store.ts";
import { Matrix, type Row } from "./matrix.ts";
import type { Platform } from "./platform.ts";
import { activepieces } from "./platforms/activepieces.ts";
import { make } from "./platforms/make.ts";
import { n8n } from "./platforms/n8n.ts";
import { pipedream } from "./platforms/pipedream.ts";
import { powerAutomate } from "./platforms/power-automate.ts";
import { zapier } from "./platforms/zapier.ts";
import { NotApplicable, proveRevoke, proveTrigger, type Run } from "./steps.ts";
import { World } from "./world.ts";

/** `npm run connectors:prove`: every connector's own code against the real server, and the matrix of what came of it. */
const platforms: Platform[] = [zapier, make, n8n, activepieces, powerAutomate, pipedream];

const fixtures = fileURLToPath(new URL("../../../../test/fixtures/products", import.meta.url));
const output = fileURLToPath(new URL("../../../connectors", import.meta.url));

const { values } = parseArgs({
  options: {
    product: { type: "string", multiple: true },
    platform: { type: "string", multiple: true },
    schemas: { type: "string", default: fixtures },
    matrix: { type: "string", default: join(output, "matrix.md") },
  },
});

const toolchain = join(connectorsFolder, "toolchain", "node_modules");
if (!existsSync(toolchain)) {
  process.stderr.write("The platforms' own packages are not installed; `npm run connectors:tools` does that.\n");
  process.exit(1);
}
const chosen = platforms.filter(({ id }) => !values.platform || values.platform.includes(id));
const products = chosenProducts(values);
const dataDir = temporaryFolder();
const folder = join(output, "proved");
const matrix = new Matrix();
const startedAt = performance.now();
const world = await new World(dataDir, { SCHEMAS_DIR: resolve(values.schemas), ALLOW_TARGETS: "loopback" }).start();
try {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  // Generated apps find their platform's packages as they would after their own `npm install`.
  symlinkSync(toolchain, join(folder, "node_modules"), "dir");
  for (const product of products) {
    const app = connectorApp(product, world.server.url);
    await generateConnectors(product, { server: world.server.url, out: folder, platforms: chosen.map(({ id }) => id) });
    for (const platform of chosen) {
      const appRow = matrix.row(platform.id, product.id, null);
      const run = runner(appRow);
      try {
        const played = await platform.load(join(folder, `${platform.id}-${product.id}`), app);
        const scene = { world, app, played, platform: platform.id };
        await run("connect", async () =>
          played.connect(world.consent(product.id), await world.register(product.id, platform.id, played.redirectUri)),
        );
        await run("test", async () => {
          const label = await played.test();
          if (label !== undefined && !label.includes("Acme Corporation")) throw new Error(`the connection is labelled "${label}"`);
        });
        await run("refresh", async () => {
          await played.refresh();
          await played.test();
        });
        for (const trigger of app.triggers) await proveTrigger(scene, trigger, runner(matrix.row(platform.id, product.id, trigger.type)));
        await proveRevoke(scene, run);
      } catch (error) {
        appRow.outcomes.connect = { state: "failed", reason: (error as Error).message };
      }
      const rows = matrix.rows.filter((row) => row.platform === platform.id && row.product === product.id);
      const { passed, failed, "not applicable": dashes } = matrix.counts(rows);
      process.stdout.write(
        `${platform.id.padEnd(15)} ${product.id.padEnd(11)} ${String(app.triggers.length).padStart(2)} triggers  ${passed} passed, ${failed} failed, ${dashes} not applicable\n`,
      );
    }
  }
} finally {
  await world.stop();
  rmSync(dataDir, { recursive: true, force: true });
}

writeFileSync(values.matrix, matrix.toMarkdown(Object.fromEntries(platforms.map(({ id, playedBy }) => [id, playedBy]))));
const problems = [...matrix.failures(), ...matrix.holes()];
for (const problem of problems.slice(0, 40)) process.stdout.write(`✗ ${problem}\n`);
const { passed, failed } = matrix.counts();
process.stdout.write(
  `\nThe matrix is in ${relative(process.cwd(), values.matrix)} (${Math.round((performance.now() - startedAt) / 1000)} s)\n`,
);
process.stdout.write(`connectors: ${passed} passed, ${failed + matrix.holes().length} failed\n`);
process.exit(problems.length > 0 ? 1 : 0);

function runner(row: Row): Run {
  return async (step, work) => {
    try {
      await work();
      row.outcomes[step] = { state: "passed" };
    } catch (error) {
      const { message } = error as Error;
      row.outcomes[step] =
        error instanceof NotApplicable
          ? { state: "not applicable", reason: message }
          : { state: "failed", reason: message.replace(/\s+/g, " ").slice(0, 600) };
    }
  };
}
