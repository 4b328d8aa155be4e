import type { ConnectorApp, Trigger } from "../connector-app.ts";
import type { FilterInput } from "../filter-inputs.ts";
import { markOf, pngIcon, svgIcon } from "../icon.ts";
import { listingFile, templateValues } from "../listing.ts";
import { camelCase, kebabCase, titleCase } from "../names.ts";
import type { OutputField } from "../output-fields.ts";
import { type Files, formatted, json, literal } from "../source.ts";
import { fromTemplate } from "../template.ts";

export const activepiecesFramework = "0.32.0";
const activepiecesShared = "0.95.1";
const icon = "assets/logo.png";

/** An Activepieces piece: TypeScript on pieces-framework, one file a trigger. */
export async function generateActivepieces(app: ConnectorApp): Promise<Files> {
  const { product } = app;
  const auth = `${camelCase(product.id)}Auth`;
  const files = fromTemplate("activepieces", {
    ...templateValues(app, icon),
    AUTH: auth,
    SCOPE_LIST: literal(app.scopes),
  });
  files.set("package.json", json(packageJson(app)));
  files.set("src/index.ts", indexSource(app, auth));
  for (const trigger of app.triggers) files.set(`src/lib/triggers/${kebabCase(trigger.type)}.ts`, triggerSource(trigger));
  files.set("assets/logo.svg", svgIcon(markOf(product.id)));
  files.set(icon, pngIcon(markOf(product.id), 256));
  files.set("listing.json", listingFile(app, icon));
  return formatted(files, { singleQuote: true });
}

function packageJson(app: ConnectorApp) {
  return {
    name: `@activepieces/piece-${app.product.id}`,
    version: app.version,
    description: `${app.product.name} triggers for Activepieces`,
    license: "MIT",
    author: app.product.name,
    main: "./dist/index.js",
    types: "./dist/index.d.ts",
    files: ["dist", "assets"],
    scripts: { build: "tsc" },
    dependencies: { "@activepieces/pieces-framework": activepiecesFramework, "@activepieces/shared": activepiecesShared },
    devDependencies: { "@types/node": "^20.19.0", typescript: "~5.9.3" },
  };
}

function indexSource(app: ConnectorApp, auth: string): string {
  const { product, triggers } = app;
  return `import { createPiece } from '@activepieces/pieces-framework';
import { PieceCategory } from '@activepieces/shared';
import { ${auth} } from './lib/auth';
${triggers.map(({ type, key }) => `import { ${camelCase(key)} } from './lib/triggers/${kebabCase(type)}';`).join("\n")}

export const ${camelCase(product.id)} = createPiece({
  displayName: ${literal(product.name)},
  description: ${literal(product.description)},
  auth: ${auth},
  minimumSupportedRelease: '0.36.1',
  // Activepieces puts assets/logo.png there when it takes the piece.
  logoUrl: ${literal(`https://cdn.activepieces.com/pieces/${product.id}.png`)},
  authors: [${literal(product.name)}],
  categories: [PieceCategory.SALES_AND_CRM],
  actions: [],
  triggers: [${triggers.map(({ key }) => camelCase(key)).join(", ")}],
});
`;
}

function triggerSource(trigger: Trigger): string {
  const { type, key, label, description, deprecated, filters, sample, fields } = trigger;
  const seen = filters.some(({ choices }) => choices?.kind === "seen");
  const own = filters.some(({ choices }) => choices?.kind !== "seen");
  const conditions = Object.fromEntries(filters.map(({ key: input, path, operator }) => [input, { path, operator }]));
  return `${own ? "import { Property } from '@activepieces/pieces-framework';\n" : ""}${seen ? "import { seenValues } from '../common/choices';\n" : ""}import { hookTrigger } from '../common/hook-trigger';

export const ${camelCase(key)} = hookTrigger({
  event: ${literal(type)},
  name: ${literal(key)},
  displayName: ${literal(deprecated ? `${label} (Deprecated)` : label)},
  description: ${literal(description)},
  props: {
${filters.map((input) => `    ${input.key}: ${propertySource(input)},`).join("\n")}
  },
  // What each input asks of an event.
  conditions: ${literal(conditions)},
  sampleData: ${literal(sample)},
  outputSchema: { fields: ${literal(fields.map(outputField))} },
});
`;
}

function propertySource({ key: _, label, help, type, path, choices }: FilterInput): string {
  const shown = { displayName: titleCase(label), description: help };
  if (choices?.kind === "seen")
    return `seenValues<${type === "string" ? "string" : "number"}>(${literal(choices.eventType)}, ${literal(path)}, ${literal(shown)})`;
  if (choices) return `Property.StaticDropdown(${literal({ ...shown, required: false, options: { options: choices.options } })})`;
  return `Property.${type === "string" ? "ShortText" : "Number"}(${literal({ ...shown, required: false })})`;
}

const formats: Record<string, string> = { "date-time": "datetime", date: "date", email: "email", uri: "url" };

/** How Activepieces labels and shows a field of the output. */
function outputField(field: OutputField): Record<string, unknown> {
  const format =
    formats[field.format ?? ""] ??
    (field.type === "integer" ? "number" : ["number", "boolean"].includes(field.type) ? field.type : undefined);
  const below = field.children.map(outputField);
  return {
    key: field.name,
    label: titleCase(field.title),
    ...(field.description ? { description: field.description } : {}),
    ...(format ? { format } : {}),
    ...(below.length > 0 ? { [field.type === "array" ? "listItems" : "children"]: below } : {}),
  };
}
