import type { ConnectorApp, Trigger } from "../connector-app.ts";
import type { FilterInput } from "../filter-inputs.ts";
import { markOf, svgIcon } from "../icon.ts";
import { listingFile, listingOf, templateValues } from "../listing.ts";
import { camelCase, pascalCase, plural, titleCase } from "../names.ts";
import { type Files, formatted, json, literal } from "../source.ts";
import { fromTemplate } from "../template.ts";

/** One input of the node, for all events that have it: the same field and the same choices. */
type NodeInput = { name: string; input: FilterInput; events: string[]; category: string };
type Loader = { method: string; eventType: string; path: string };

/** An n8n community node package: one trigger node with an event to pick, filters, and a credential that registers itself. */
export async function generateN8n(app: ConnectorApp): Promise<Files> {
  const names = n8nNames(app);
  const icon = `nodes/${names.class}/${names.node}.svg`;
  const files = fromTemplate("n8n", {
    ...templateValues(app, icon),
    CLASS: names.class,
    NODE: names.node,
    PACKAGE: names.package,
    FIRST_EVENT: (app.triggers.find(({ deprecated }) => !deprecated) ?? app.triggers[0])?.type ?? "",
  });
  const folder = `nodes/${names.class}`;
  files.set("package.json", json(packageJson(app, names)));
  files.set(`${folder}/events.ts`, eventsSource(app.triggers));
  files.set(`${folder}/filters.ts`, filtersSource(app.triggers));
  files.set(icon, svgIcon(markOf(app.product.id), "light"));
  files.set(`${folder}/${names.node}.dark.svg`, svgIcon(markOf(app.product.id), "dark"));
  files.set("listing.json", listingFile(app, icon));
  return formatted(files, { singleQuote: true, useTabs: true });
}

export function n8nNames({ product }: Pick<ConnectorApp, "product">): { class: string; node: string; package: string } {
  return { class: pascalCase(product.id), node: camelCase(product.id), package: `n8n-nodes-${product.id}` };
}

function packageJson(app: ConnectorApp, names: ReturnType<typeof n8nNames>) {
  const { product, version } = app;
  const { support_email: email, repository: url } = listingOf(app, "");
  return {
    name: names.package,
    version,
    description: `Starts n8n workflows when something happens in ${product.name}`,
    keywords: ["n8n-community-node-package"],
    license: "MIT",
    homepage: product.url,
    author: { name: product.name, email },
    repository: { type: "git", url: `git+${url}.git` },
    engines: { node: ">=20.15" },
    scripts: {
      build: "tsc && node -e \"require('fs').cpSync('nodes','dist/nodes',{recursive:true,filter:(f)=>!f.endsWith('.ts')})\"",
      lint: "eslint .",
    },
    files: ["dist"],
    n8n: {
      n8nNodesApiVersion: 1,
      strict: true,
      credentials: [`dist/credentials/${names.class}OAuth2Api.credentials.js`],
      nodes: [`dist/nodes/${names.class}/${names.class}Trigger.node.js`],
    },
    devDependencies: {
      "@n8n/eslint-plugin-community-nodes": "0.32.0",
      "@types/node": "^20.19.0",
      eslint: "9.29.0",
      "eslint-plugin-n8n-nodes-base": "2.0.0",
      "n8n-workflow": "*",
      typescript: "~5.9.3",
      "typescript-eslint": "^8.60.0",
    },
    peerDependencies: { "n8n-workflow": "*" },
  };
}

function eventsSource(triggers: Trigger[]): string {
  const options = triggers
    .map(({ type, label, description, deprecated }) => ({
      name: deprecated ? `${label} (Deprecated)` : label,
      value: type,
      description: description.replace(/\.$/, ""),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return `import type { INodePropertyOptions } from 'n8n-workflow';

/** What a workflow can wait for. */
export const eventOptions: INodePropertyOptions[] = ${literal(options)};
`;
}

/** `from_status` of a deal is `dealFromStatus`: other events may have an input of that name with other choices. */
export function n8nInput({ category }: Pick<Trigger, "category">, { key }: Pick<FilterInput, "key">): string {
  return camelCase(`${category.id}_${key}`);
}

function nodeInputs(triggers: Trigger[]): NodeInput[] {
  const found: NodeInput[] = [];
  for (const trigger of triggers) {
    for (const input of trigger.filters) {
      const alike = found.find(
        ({ category, input: other }) =>
          category === trigger.category.id && other.key === input.key && other.path === input.path && sameChoices(other, input),
      );
      if (alike) alike.events.push(trigger.type);
      else {
        const base = n8nInput(trigger, input);
        const clashes = found.filter(({ name }) => name === base || name.startsWith(`${base}Of`)).length;
        const name = clashes === 0 ? base : `${base}Of${pascalCase(trigger.type)}`;
        found.push({ name, input, events: [trigger.type], category: trigger.category.id });
      }
    }
  }
  return found;
}

function sameChoices(a: FilterInput, b: FilterInput): boolean {
  if (a.choices?.kind !== "listed" || b.choices?.kind !== "listed") return a.choices?.kind === b.choices?.kind;
  return JSON.stringify(a.choices.options) === JSON.stringify(b.choices.options);
}

function filtersSource(triggers: Trigger[]): string {
  const inputs = nodeInputs(triggers);
  const loaders = inputs.flatMap((nodeInput) => loaderOf(nodeInput) ?? []);
  const conditions = Object.fromEntries(
    triggers
      .filter(({ filters }) => filters.length > 0)
      .map(({ type }) => [
        type,
        Object.fromEntries(
          inputs.filter(({ events }) => events.includes(type)).map(({ name, input: { path, operator } }) => [name, { path, operator }]),
        ),
      ]),
  );
  const properties = inputs.map(property).sort((a, b) => (a.displayName < b.displayName ? -1 : 1));
  const head =
    loaders.length > 0
      ? `import type { ILoadOptionsFunctions, INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import { apiRequest } from './api';`
      : `import type { INodeProperties } from 'n8n-workflow';`;
  return `${head}
import type { Condition } from './filter';

/** What each input asks of an event, by event. */
export const conditions: Record<string, Record<string, Condition>> = ${literal(conditions)};

/** The inputs themselves; each shows for the events that have it. */
export const filterOptions: INodeProperties[] = ${literal(properties)};

${loaders.length > 0 ? loaderSource : ""}
export const loadOptions = {
${loaders.map(({ method, eventType, path }) => `  ${method}: valuesOf(${literal(eventType)}, ${literal(path)}),`).join("\n")}
};
`;
}

const loaderSource = `/** Dropdowns are filled with what the account's events held. */
function valuesOf(event: string, path: string) {
  return async function (this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
    const values = await apiRequest.call(this, 'GET', \`/v1/event-types/\${event}/fields/\${path}/values\`);
    return (values as unknown as Array<{ id: string | number; name: string }>).map(({ id, name }) => ({
      name,
      value: id,
    }));
  };
}
`;

function loaderOf({ name, input: { choices, path } }: NodeInput): Loader | undefined {
  return choices?.kind === "seen" ? { method: `get${pascalCase(plural(name))}`, eventType: choices.eventType, path } : undefined;
}

function property(nodeInput: NodeInput) {
  const { name, input, events } = nodeInput;
  const title = titleCase(input.label);
  const displayOptions = { show: { "/event": events } };
  const description = input.help.replace(/\.$/, "");
  const loader = loaderOf(nodeInput);
  if (loader)
    return {
      displayName: `${title} Name or ID`,
      name,
      type: "options",
      description: `${description}. Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.`,
      typeOptions: { loadOptionsMethod: loader.method },
      displayOptions,
      default: "",
    };
  if (input.choices?.kind === "listed") {
    const options = input.choices.options
      .map(({ value, label }) => ({ name: titleCase(label), value }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    return { displayName: title, name, type: "options", description, options, displayOptions, default: options[0]?.value ?? "" };
  }
  return {
    displayName: title,
    name,
    type: input.type === "string" ? "string" : "number",
    description,
    displayOptions,
    default: input.type === "string" ? "" : 0,
  };
}
