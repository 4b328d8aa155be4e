import { relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { chosenProducts, exampleServer } from "./chosen-products.ts";
import { outputFolder } from "./folders.ts";
import { generateConnectors } from "./generate-connectors.ts";
import { generators } from "./generators.ts";

const usage = `npm run connectors -- [--product ID]… [--platform ID]… [--server URL] [--schemas FOLDER] [--out FOLDER]

Writes the connector apps of every product for every platform to dist/connectors/<platform>-<product>/.

  --product   one product; several by naming it again
  --platform  ${Object.keys(generators).join(", ")}
  --server    public URL of your Hookline server (PUBLIC_URL, if absent), like https://hooks.example.com
  --schemas   a folder of further products (SCHEMAS_DIR, if absent)
  --out       where to write, instead of dist/connectors
`;

export async function connectorsCommand(args: string[]): Promise<string> {
  const { values } = parseArgs({
    args,
    options: {
      product: { type: "string", multiple: true },
      platform: { type: "string", multiple: true },
      server: { type: "string" },
      schemas: { type: "string" },
      out: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return usage;
  const server = values.server ?? process.env.PUBLIC_URL;
  if (server !== undefined && !/^https?:\/\/[^/]+/.test(server))
    throw new Error(`--server must be a URL like https://hooks.example.com (it is "${server}").`);
  const lines: string[] = [];
  for (const product of chosenProducts(values)) {
    const target = { server: server ?? exampleServer(product), out: resolve(values.out ?? outputFolder) };
    const made = await generateConnectors(product, { ...target, ...(values.platform ? { platforms: values.platform } : {}) });
    lines.push(`${product.name}: ${product.eventTypes.size} triggers, server ${target.server}`);
    for (const { folder, files } of made) lines.push(`  ${relative(process.cwd(), folder)}  ${files} files`);
  }
  if (server === undefined) lines.push("", "No --server was given, so the apps name an example's. Give your own before you hand them in.");
  lines.push("", "Each folder has a SUBMISSION.md that says what to do with it.");
  return `${lines.join("\n")}\n`;
}
