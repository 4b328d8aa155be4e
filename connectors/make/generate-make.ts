import type { ConnectorApp, Trigger } from "../connector-app.ts";
import type { FilterInput } from "../filter-inputs.ts";
import { markOf, pngIcon } from "../icon.ts";
import { listingFile, templateValues } from "../listing.ts";
import { camelCase, plural, sentenceCase, watchedThing } from "../names.ts";
import { type Files, formatted, json } from "../source.ts";
import { fromTemplate } from "../template.ts";
import { filterOf, interfaceOf, outputOf, parametersOf, sampleOf } from "./make-fields.ts";

type Rpc = { id: string; label: string; eventType: string; path: string };
type CodeFiles = Record<string, string>;

const valuesAPage = 100;
const mostValues = 500;
const icon = "assets/icon.png";

/** A Make custom app in the form that Make's editor extension and `make-cli` deploy: makecomapp.json and its files. */
export async function generateMake(app: ConnectorApp): Promise<Files> {
  const files = fromTemplate("make", templateValues(app, icon));
  const rpcs = new Map<string, Rpc>();
  for (const rpc of app.triggers.flatMap(rpcsOf)) if (!rpcs.has(rpc.id)) rpcs.set(rpc.id, rpc);

  files.set("connections/oauth/oauth.default-scope.iml.json", json(app.scopes));
  files.set(
    "connections/oauth/oauth.scope-list.iml.json",
    json(Object.fromEntries(app.scopes.map((scope) => [scope, scopeWords[scope] ?? scope]))),
  );
  for (const rpc of rpcs.values()) files.set(`rpcs/${rpc.id}/${rpc.id}.communication.iml.json`, json(rpcCommunication(rpc)));
  for (const trigger of app.triggers) {
    const webhook = camelCase(trigger.key);
    const module = moduleId(trigger);
    const at = (section: string): string => `webhooks/${webhook}/${webhook}.${section}.iml.json`;
    files.set(at("communication"), json({ output: outputOf(trigger.fields) }));
    files.set(at("params"), json(parametersOf(trigger.filters, (input) => rpcId(trigger, input))));
    files.set(at("attach"), json(attach(trigger)));
    files.set(at("detach"), json({ url: "/hooks/{{webhook.externalHookId}}", method: "DELETE" }));
    files.set(at("required-scope"), json(["hooks:write"]));
    files.set(`modules/${module}/${module}.communication.iml.json`, json({}));
    files.set(`modules/${module}/${module}.interface.iml.json`, json(interfaceOf(trigger.fields)));
    files.set(`modules/${module}/${module}.samples.iml.json`, json(sampleOf(trigger.sample, trigger.fields)));
  }
  files.set("modules/groups.json", json(groupsOf(app.triggers)));
  files.set("makecomapp.json", json(manifest(app, [...rpcs.values()])));
  files.set(icon, pngIcon(markOf(app.product.id), 512));
  files.set("listing.json", listingFile(app, icon));
  return formatted(files);
}

const scopeWords: Record<string, string> = {
  "hooks:read": "See the webhooks it has set up",
  "hooks:write": "Set up, change and remove webhooks of its own",
  "events:read": "See recent events as samples and choices",
};

/** Make's labels are in sentence case and begin with a verb: `Watch deals won`. */
export function moduleLabel({ label, deprecated }: Pick<Trigger, "label" | "deprecated">): string {
  return `Watch ${watchedThing(label)}${deprecated ? " (deprecated)" : ""}`;
}

function moduleId(trigger: Trigger): string {
  return camelCase(`watch_${watchedThing(trigger.label)}`);
}

function attach({ type, filters, label }: Trigger) {
  const filter = filterOf(filters);
  return {
    url: "/hooks",
    method: "POST",
    body: { target_url: "{{webhook.url}}", event: type, name: `Make: ${label}`, platform: "make", ...(filter ? { filter } : {}) },
    response: { data: { externalHookId: "{{body.id}}" } },
  };
}

/** From and to are chosen from the same list as the thing itself. */
function rpcId({ category }: Trigger, { key }: FilterInput): string {
  return camelCase(`list_${category.id}_${plural(key)}`);
}

function rpcsOf(trigger: Trigger): Rpc[] {
  return trigger.filters.flatMap((input) =>
    input.choices?.kind === "seen"
      ? [
          {
            id: rpcId(trigger, input),
            label: sentenceCase(`List ${plural(input.label.toLowerCase())}`),
            eventType: input.choices.eventType,
            path: input.path,
          },
        ]
      : [],
  );
}

function rpcCommunication({ eventType, path }: Rpc) {
  return {
    url: `/event-types/${eventType}/fields/${path}/values`,
    qs: { limit: valuesAPage },
    response: { iterate: "{{body}}", output: { label: "{{item.name}}", value: "{{item.id}}" }, limit: mostValues },
    pagination: {
      // The second request is page 2.
      condition: `{{length(body) = ${valuesAPage}}}`,
      qs: { limit: valuesAPage, offset: `{{(pagination.page - 1) * ${valuesAPage}}}` },
    },
  };
}

function groupsOf(triggers: Trigger[]) {
  const labels = [...new Set(triggers.map(({ category }) => category.label))];
  return [
    ...labels.map((label) => ({ label, modules: triggers.filter(({ category }) => category.label === label).map(moduleId) })),
    { label: "Other", modules: ["makeAnApiCall"] },
  ];
}

function manifest({ product, triggers }: ConnectorApp, rpcs: Rpc[]) {
  const codeFiles = (kind: string, id: string, sections: string[]): CodeFiles =>
    Object.fromEntries(sections.map((section) => [section, `${kind}/${id}/${id}.${kebab(section)}.iml.json`]));
  return {
    fileVersion: 1,
    generalCodeFiles: { base: "general/base.iml.json", common: "general/common.json", readme: "README.md", groups: "modules/groups.json" },
    components: {
      connection: {
        oauth: {
          label: product.name,
          connectionType: "oauth",
          codeFiles: codeFiles("connections", "oauth", ["communication", "params", "scopeList", "defaultScope"]),
        },
      },
      webhook: Object.fromEntries(
        triggers.map((trigger) => {
          const id = camelCase(trigger.key);
          const sections = ["communication", "params", "attach", "detach", "requiredScope"];
          return [
            id,
            { label: sentenceCase(trigger.label), webhookType: "web", connection: "oauth", codeFiles: codeFiles("webhooks", id, sections) },
          ];
        }),
      ),
      module: {
        ...Object.fromEntries(
          triggers.map((trigger) => {
            const id = moduleId(trigger);
            const common = { label: moduleLabel(trigger), description: trigger.description, moduleType: "instant_trigger" };
            const links = { connection: null, webhook: camelCase(trigger.key) };
            return [id, { ...common, ...links, codeFiles: codeFiles("modules", id, ["communication", "interface", "samples"]) }];
          }),
        ),
        makeAnApiCall: {
          label: "Make an API call",
          description: "Performs an arbitrary authorized API call.",
          moduleType: "universal",
          connection: "oauth",
          codeFiles: codeFiles("modules", "makeAnApiCall", ["communication", "mappableParams", "interface", "samples"]),
        },
      },
      rpc: Object.fromEntries(
        rpcs.map(({ id, label }) => [id, { label, connection: "oauth", codeFiles: codeFiles("rpcs", id, ["communication"]) }]),
      ),
      function: {},
    },
    origins: [
      {
        label: "Origin",
        baseUrl: "https://eu1.make.com/api",
        appId: "-FILL-ME-",
        appVersion: 1,
        apikeyFile: "../.secrets/apikey",
      },
    ],
  };
}

function kebab(section: string): string {
  return section.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
