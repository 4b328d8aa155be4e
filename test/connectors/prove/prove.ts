import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chosenProducts } from "../../../connectors/chosen-products.ts";
import { connectorsFolder } from "../../../connectors/folders.ts";
import { temporaryFolder } from "../../helpers/store.ts";
import { Matrix } from "./matrix.ts";
import type { Platform } from "./platform.ts";
import { activepieces } from "./platforms/activepieces.ts";
import { make } from "./platforms/make.ts";
import { n8n } from "./platforms/n8n.ts";
import { pipedream } from "./platforms/pipedream.ts";
import { powerAutomate } from "./platforms/power-automate.ts";
import { zapier } from "./platforms/zapier.ts";
import { proveApp, provingGround } from "./prove-app.ts";
import { World } from "./world.ts";

/** `npm run connectors:prove`: every connector's own code against the real server, and the matrix of what came of it. */
const platforms: Platform[] = [zapier, make, n8n, activepieces, powerAutomate, pipedream];

const fixtures = fileURLToPath(new URL("../../../../test/fixtures/products", import.meta.url));
const output = fileURLToPath(new URL("../../../connectors", import.meta.url));
/** Kept with the sources: it says the same each time, so that a change of it shows. */
const kept = fileURLToPath(new URL("../../../../docs/connector-matrix.md", import.meta.url));

const { values } = parseArgs({
  options: {
    product: { type: "string", multiple: true },
    platform: { type: "string", multiple: true },
    schemas: { type: "string", default: fixtures },
    matrix: { type: "string" },
  },
});

const packages = join(connectorsFolder, "toolchain", "node_modules");
if (!existsSync(packages)) {
  process.stderr.write("The platforms' own packages are not installed. This does it: npm run connectors:tools\n");
  process.exit(1);
}
const unknown = values.platform?.find((id) => !platforms.some((platform) => platform.id === id));
if (unknown) {
  process.stderr.write(`There is no platform "${unknown}"; known are ${platforms.map(({ id }) => id).join(", ")}.\n`);
  process.exit(1);
}
const matrixFile = values.matrix ?? (values.product || values.platform ? join(output, "matrix.md") : kept);
const chosen = platforms.filter(({ id }) => !values.platform || values.platform.includes(id));
const products = chosenProducts(values);
const dataDir = temporaryFolder();
const folder = provingGround(join(output, "proved"), packages);
const matrix = new Matrix();
const startedAt = performance.now();
const world = await new World(dataDir, { SCHEMAS_DIR: resolve(values.schemas), ALLOW_TARGETS: "loopback" }).start();
try {
  for (const product of products) {
    for (const platform of chosen) {
      await proveApp({ world, folder, matrix }, platform, product);
      const rows = matrix.rows.filter((row) => row.platform === platform.id && row.product === product.id);
      const { passed, failed, "not applicable": dashes } = matrix.counts(rows);
      const triggers = String(product.eventTypes.size).padStart(2);
      process.stdout.write(
        `${platform.id.padEnd(15)} ${product.id.padEnd(11)} ${triggers} triggers  ${passed} passed, ${failed} failed, ${dashes} not applicable\n`,
      );
    }
  }
} finally {
  await world.stop();
  rmSync(dataDir, { recursive: true, force: true });
}

writeFileSync(matrixFile, matrix.toMarkdown(Object.fromEntries(platforms.map(({ id, playedBy }) => [id, playedBy]))));
const problems = [...matrix.failures(), ...matrix.holes()];
for (const problem of problems.slice(0, 40)) process.stdout.write(`✗ ${problem}\n`);
if (problems.length > 40) process.stdout.write(`✗ and ${problems.length - 40} more, in the matrix\n`);
process.stdout.write(
  `\nThe matrix is in ${relative(process.cwd(), matrixFile)} (${Math.round((performance.now() - startedAt) / 1000)} s)\n`,
);
process.stdout.write(`connectors: ${matrix.counts().passed} passed, ${problems.length} failed\n`);
process.exit(problems.length > 0 ? 1 : 0);
