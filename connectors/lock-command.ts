import { relative } from "node:path";
import { parseArgs } from "node:util";
import { chosenProducts, exampleServer, productFolder } from "./chosen-products.ts";
import { connectorApp } from "./connector-app.ts";
import { additions, drift, publishedOf, readPublished, writePublished } from "./published.ts";

const usage = `npm run connectors:lock -- [--product ID]… [--schemas FOLDER] [--breaking]

Writes what automations rely on (event types, fields, values, filters) to published.json in each product's folder.
Do it with every release of the apps; connectors:lint then says what a later change would break.

  --breaking  write it even though something that was published is gone or of another type
`;

/** Records the catalogue as published. Throws where that would drop or retype what was, unless it is told to. */
export function lockCommand(args: string[]): string {
  const { values } = parseArgs({
    args,
    options: {
      product: { type: "string", multiple: true },
      schemas: { type: "string" },
      breaking: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return usage;
  const lines = chosenProducts(values).map((product) => {
    const app = connectorApp(product, exampleServer(product));
    const folder = productFolder(product, values);
    const before = readPublished(folder);
    const findings = before ? drift(before, app) : [];
    if (findings.length > 0 && !values.breaking) {
      const found = findings.map(({ rule, file, message, fix }) => `  ${rule} ${file}: ${message}\n    ${fix}`);
      throw new Error(
        `${product.name}: this would break people's automations.\n${found.join("\n")}\nNothing was written. --breaking writes it all the same.`,
      );
    }
    const fresh = before ? additions(before, app) : [];
    writePublished(folder, publishedOf(app));
    const news = before ? (fresh.length > 0 ? `new: ${fresh.join(", ")}` : "nothing new") : "first lock";
    return `${product.name}: ${relative(process.cwd(), folder)}/published.json, ${app.triggers.length} event types, ${news}`;
  });
  return `${lines.join("\n")}\n`;
}
