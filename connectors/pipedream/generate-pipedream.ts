import type { ConnectorApp, Trigger } from "../connector-app.ts";
import type { FilterInput } from "../filter-inputs.ts";
import { markOf, pngIcon, svgIcon } from "../icon.ts";
import { listingFile, templateValues } from "../listing.ts";
import { camelCase, kebabCase, snakeCase, titleCase } from "../names.ts";
import { type Files, formatted, json, literal } from "../source.ts";
import { fromTemplate } from "../template.ts";

const platformVersion = "^3.4.0";
const icon = "assets/logo.png";

/** A Pipedream app and its sources: ES modules on @pipedream/platform, one folder a source. */
export async function generatePipedream(app: ConnectorApp): Promise<Files> {
  const { product } = app;
  const files = fromTemplate("pipedream", { ...templateValues(app, icon), APP: product.id, APP_KEY: snakeCase(product.id) });
  files.set(
    "package.json",
    json({
      name: `@pipedream/${product.id}`,
      version: "0.1.0",
      description: `Pipedream ${product.name} Components`,
      main: `${product.id}.app.mjs`,
      keywords: ["pipedream", product.id],
      homepage: `https://pipedream.com/apps/${product.id}`,
      author: product.name,
      publishConfig: { access: "public" },
      scripts: { check: "tsc && eslint ." },
      dependencies: { "@pipedream/platform": platformVersion },
      devDependencies: { "@types/node": "^20.19.0", eslint: "9.29.0", "eslint-plugin-pipedream": "0.2.4", typescript: "~5.9.3" },
    }),
  );
  files.set("app-registration.json", json(registration(app)));
  for (const trigger of app.triggers) {
    const name = sourceName(trigger);
    files.set(`sources/${name}/${name}.mjs`, sourceOf(trigger, app));
    files.set(`sources/${name}/test-event.mjs`, `export default ${literal(trigger.sample)};\n`);
  }
  files.set("assets/logo.svg", svgIcon(markOf(product.id)));
  files.set(icon, pngIcon(markOf(product.id), 256));
  files.set("listing.json", listingFile(app, icon));
  return formatted(files);
}

/** `deal-won-instant`: Pipedream's names say that a source doesn't poll. */
export function sourceName({ type }: Pick<Trigger, "type">): string {
  return `${kebabCase(type)}-instant`;
}

/** What Pipedream's team is told to set the app's OAuth up with; the client lives at Pipedream. */
function registration({ product, server, scopes }: ConnectorApp) {
  return {
    name: product.name,
    description: product.description,
    auth_type: "oauth",
    authorization_request: { url: `${server}/oauth/authorize`, scopes, scope_separator: " ", pkce: "S256" },
    access_token_request: { url: `${server}/oauth/token`, content_type: "application/x-www-form-urlencoded", client_credentials: "body" },
    refresh_token_request: { url: `${server}/oauth/token`, content_type: "application/x-www-form-urlencoded", client_credentials: "body" },
    test_request: { method: "GET", url: `${server}/v1/me` },
    connection_name: "{{company.name}} ({{name}})",
  };
}

function sourceOf(trigger: Trigger, { product, server }: ConnectorApp): string {
  const { type, label, filters, deprecated } = trigger;
  const conditions = Object.fromEntries(filters.map(({ key, path, operator }) => [camelCase(key), { path, operator }]));
  return `import common from "../common/webhook.mjs";
import sampleEmit from "./test-event.mjs";

export default {
  ...common,
  key: ${literal(`${product.id}-${sourceName(trigger)}`)},
  name: ${literal(`New ${label}${deprecated ? " (Deprecated)" : ""} (Instant)`)},
  description: ${literal(`${emits(trigger)} [See the documentation](${server}/docs)`)},
  version: "0.0.1",
  type: "source",
  dedupe: "unique",
  props: {
    ...common.props,
${filters.map(propSource).join("\n")}
  },
  methods: {
    ...common.methods,
    getEvent: () => ${literal(type)},
    getLabel: () => ${literal(label)},
    // What each prop asks of an event.
    getConditions: () => (${literal(conditions)}),
  },
  sampleEmit,
};
`;
}

/** `Triggers when a deal is won.` → `Emit new event when a deal is won.` */
function emits({ description }: Trigger): string {
  const [, when] = /^Triggers (when .*)$/.exec(description) ?? [];
  return when ? `Emit new event ${when}` : description;
}

function propSource({ key, label, help, type, path, choices }: FilterInput): string {
  // Amounts may have decimals, which Pipedream's integers don't.
  const shown = { type: type === "integer" ? "integer" : "string", label: titleCase(label), description: help, optional: true };
  const name = camelCase(key);
  if (choices?.kind === "seen")
    return `    ${name}: {
      ${literal(shown).slice(1, -1)},
      /** @this {import("../../common/types").Source} */
      async options() {
        return this.app.listOptions(${literal(choices.eventType)}, ${literal(path)});
      },
    },`;
  if (choices) return `    ${name}: ${literal({ ...shown, options: choices.options })},`;
  return `    ${name}: ${literal(shown)},`;
}
