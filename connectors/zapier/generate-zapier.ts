import type { ConnectorApp, Trigger } from "../connector-app.ts";
import type { FilterInput } from "../filter-inputs.ts";
import { markOf, pngIcon } from "../icon.ts";
import { listingFile, templateValues } from "../listing.ts";
import { camelCase, snakeCase, titleCase } from "../names.ts";
import { type Files, formatted, json, literal } from "../source.ts";
import { fromTemplate } from "../template.ts";
import { itemShape, zapierFields, zapierItem } from "./zapier-item.ts";

/** The newest zapier-platform-core; the toolchain's is the same, so that what is proved is what is handed in. */
export const zapierCore = "19.1.0";

const icon = "icon.png";

/** A dropdown of values seen: a hidden trigger that lists them, one for each category and path. */
type Dropdown = { key: string; noun: string; label: string; eventType: string; path: string };

/** A Zapier CLI integration: plain JavaScript on zapier-platform-core, one file a trigger. */
export async function generateZapier(app: ConnectorApp): Promise<Files> {
  const dropdowns = new Map<string, Dropdown>();
  for (const dropdown of app.triggers.flatMap(dropdownsOf)) if (!dropdowns.has(dropdown.key)) dropdowns.set(dropdown.key, dropdown);
  const files = fromTemplate("zapier", templateValues(app, icon));
  files.set("package.json", json(packageJson(app)));
  files.set("triggers/index.js", indexOf(app.triggers, [...dropdowns.values()]));
  for (const trigger of app.triggers) {
    files.set(`triggers/${trigger.key}.js`, triggerSource(trigger));
    files.set(`samples/${trigger.key}.json`, json(zapierItem(trigger.sample, itemShape(trigger))));
  }
  for (const dropdown of dropdowns.values()) files.set(`triggers/${dropdown.key}.js`, dropdownSource(dropdown));
  files.set(icon, pngIcon(markOf(app.product.id), 256));
  files.set("listing.json", listingFile(app, icon));
  return formatted(files, { singleQuote: true });
}

function packageJson({ product, version }: ConnectorApp) {
  return {
    name: `${product.id}-zapier`,
    version,
    description: `${product.name} on Zapier`,
    private: true,
    main: "index.js",
    scripts: { validate: "zapier validate", push: "zapier push" },
    engines: { node: ">=18.20", npm: ">=10" },
    dependencies: { "zapier-platform-core": zapierCore },
  };
}

function indexOf(triggers: Trigger[], dropdowns: Dropdown[]): string {
  const keys = [...triggers, ...dropdowns].map(({ key }) => key);
  return `${keys.map((key) => `const ${camelCase(key)} = require('./${key}');`).join("\n")}

module.exports = {
${keys.map((key) => `  [${camelCase(key)}.key]: ${camelCase(key)},`).join("\n")}
};
`;
}

function triggerSource(trigger: Trigger): string {
  const shape = itemShape(trigger);
  const conditions = trigger.filters.map(({ key, path, operator, type }) => ({ input: key, path, operator, type }));
  return `const { subscribe, unsubscribe, listSamples } = require('../lib/hooks');
const { toItem } = require('../lib/item');
const sample = require('../samples/${trigger.key}.json');

const hook = {
  event: ${literal(trigger.type)},
  label: ${literal(trigger.label)},
  // What each input asks of an event.
  conditions: ${literal(conditions)},
};

const shape = ${literal(shape)};

module.exports = {
  key: ${literal(trigger.key)},
  noun: ${literal(trigger.noun)},
  display: {
    label: ${literal(trigger.label)},
    description: ${literal(trigger.description)},${trigger.deprecated ? "\n    hidden: true," : ""}
  },
  operation: {
    type: 'hook',
    performSubscribe: (z, bundle) => subscribe(z, bundle, hook),
    performUnsubscribe: unsubscribe,
    perform: (z, bundle) => [toItem(bundle.cleanedRequest, shape)],
    performList: async (z, bundle) => {
      const bodies = await listSamples(z, bundle, hook);
      return bodies.map((body) => toItem(body, shape));
    },
    inputFields: ${literal(trigger.filters.map((input) => inputField(input, trigger)))},
    outputFields: ${literal(zapierFields(trigger, shape))},
    sample,
  },
};
`;
}

function inputField({ key, label, help, type, choices }: FilterInput, trigger: Trigger) {
  const base = { key, label: titleCase(label), type, helpText: help, required: false };
  if (!choices) return base;
  if (choices.kind === "seen") return { ...base, dynamic: `${dropdownKey(trigger, key)}.id.name` };
  return {
    ...base,
    choices: choices.options.map(({ value, label: choice }) => ({ value: String(value), sample: String(value), label: choice })),
  };
}

function dropdownsOf(trigger: Trigger): Dropdown[] {
  return trigger.filters.flatMap(({ key, label, path, choices }) =>
    choices?.kind === "seen"
      ? [
          {
            key: dropdownKey(trigger, key),
            noun: titleCase(label),
            label: `${trigger.noun} ${titleCase(label)} Choices`,
            eventType: choices.eventType,
            path,
          },
        ]
      : [],
  );
}

/** From and to are chosen from the same list. */
function dropdownKey({ category }: Trigger, input: string): string {
  return `${snakeCase(category.id)}_${input}_choices`;
}

function dropdownSource({ key, noun, label, eventType, path }: Dropdown): string {
  return `const { listValues } = require('../lib/hooks');

// Fills a dropdown; nobody sees it as a trigger.
module.exports = {
  key: ${literal(key)},
  noun: ${literal(noun)},
  display: {
    label: ${literal(label)},
    description: ${literal(`Lists the choices for ${noun.toLowerCase()}.`)},
    hidden: true,
  },
  operation: {
    perform: (z) => listValues(z, ${literal(eventType)}, ${literal(path)}),
    sample: { id: '1', name: 'First' },
    outputFields: [
      { key: 'id', label: 'ID' },
      { key: 'name', label: 'Name' },
    ],
  },
};
`;
}
