import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { chosenProducts, exampleServer, productFolder } from "../chosen-products.ts";
import { connectorApp } from "../connector-app.ts";
import { generateConnectors } from "../generate-connectors.ts";
import { additions, drift, readPublished } from "../published.ts";
import { lintConnectors, rulesOf } from "./lint-connectors.ts";
import type { Finding } from "./rule.ts";

const usage = `npm run connectors:lint -- [--product ID]… [--platform ID]… [--server URL] [--schemas FOLDER] [--rules]

Generates every app and holds it against the platforms' review rules and the catalogue's lock file.

  --server    the address the apps are made with; an example's, if absent
  --rules     print the rules instead
`;

const disclaimer = "This is our offline reading of the platforms' rules: it finds what reviewers would send back, and is no approval.";

/** Throws with every finding where there is one. */
export async function lintCommand(args: string[]): Promise<string> {
  const { values } = parseArgs({
    args,
    options: {
      product: { type: "string", multiple: true },
      platform: { type: "string", multiple: true },
      server: { type: "string" },
      schemas: { type: "string" },
      rules: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return usage;
  if (values.rules) return `${ruleTable()}\n\n${disclaimer}\n`;
  for (const platform of values.platform ?? [])
    if (!rulesOf[platform]) throw new Error(`There is no platform "${platform}"; known are ${Object.keys(rulesOf).join(", ")}.`);
  const platforms = values.platform ?? Object.keys(rulesOf);
  const folder = mkdtempSync(join(tmpdir(), "hookline-lint-"));
  const lines: string[] = [];
  const findings: Finding[] = [];
  try {
    for (const product of chosenProducts(values)) {
      const server = values.server ?? exampleServer(product);
      const app = connectorApp(product, server);
      await generateConnectors(product, { server, out: resolve(folder), platforms });
      const found = lintConnectors(app, folder, platforms);
      const published = readPublished(productFolder(product, values));
      const drifted = published ? drift(published, app) : [];
      const fresh = published ? additions(published, app) : [];
      const rules = platforms.reduce((sum, platform) => sum + (rulesOf[platform]?.length ?? 0), 0);
      findings.push(...found, ...drifted);
      lines.push(
        `${product.name}: ${rules} rules on ${platforms.length} apps of ${app.triggers.length} triggers, ${found.length} findings`,
      );
      lines.push(
        published
          ? `  against what was published: ${drifted.length} breaking changes, ${fresh.length} additions${fresh.length > 0 ? ` (connectors:lock records them): ${fresh.slice(0, 5).join(", ")}` : ""}`
          : "  nothing was published yet (connectors:lock records it)",
      );
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  if (findings.length > 0) throw new Error(`${lines.join("\n")}\n\n${findings.map(inWords).join("\n")}\n\n${disclaimer}`);
  return `${lines.join("\n")}\n\n${disclaimer}\n`;
}

function inWords({ platform, product, rule, file, message, fix }: Finding): string {
  return `${platform} ${rule}  ${product}: ${file}: ${message}\n    ${fix}`;
}

function ruleTable(): string {
  return Object.entries(rulesOf)
    .map(([platform, rules]) => [`${platform} (${rules.length})`, ...rules.map(({ id, rule }) => `  ${id.padEnd(22)} ${rule}`)].join("\n"))
    .join("\n\n");
}
