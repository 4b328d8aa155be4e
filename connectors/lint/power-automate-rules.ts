import { type LintedApp, type Place, when as placeWhen, type Rule } from "./rule.ts";

const definitionFile = "apiDefinition.swagger.json";
const propertiesFile = "apiProperties.json";

// biome-ignore lint/suspicious/noExplicitAny: the definition is looked into freely; each rule says what it expects
type Json = any;
type Operation = { path: string; method: string; operation: Json; item: Json };

function operations(app: LintedApp): Operation[] {
  return Object.entries<Json>(app.json(definitionFile).paths).flatMap(([path, item]) =>
    Object.entries<Json>(item)
      .filter(([method]) => ["get", "post", "put", "patch", "delete"].includes(method))
      .map(([method, operation]) => ({ path, method, operation, item })),
  );
}

function triggers(app: LintedApp): Operation[] {
  return operations(app).filter(({ operation }) => operation["x-ms-trigger"]);
}

/** In the definition, unless another file is named. */
function when(broken: boolean, message: string, file = definitionFile): Place[] {
  return placeWhen(broken, file, message);
}

function changeTrigger(app: LintedApp, change: (operation: Json, item: Json) => void): void {
  app.editJson(definitionFile, (definition) => {
    const item = Object.values<Json>(definition.paths)[0];
    change(item.post, item);
  });
}

/** Every schema in a schema, with the names on the way to it. */
function schemasIn(schema: Json, path: string): { path: string; schema: Json }[] {
  const below = Object.entries<Json>(schema.properties ?? {}).flatMap(([name, inner]) => schemasIn(inner, `${path}.${name}`));
  return [{ path, schema }, ...below];
}

/** Microsoft's rules for certified connectors, as far as they show in the files. */
export const powerAutomateRules: Rule[] = [
  {
    id: "title",
    rule: "The title has at most 30 characters and names neither APIs, connectors nor Microsoft's products",
    fix: "Shorten the product's name.",
    find: (app) => {
      const { title } = app.json(definitionFile).info;
      return when(
        title.length > 30 ||
          /\b(API|connector|Power (Automate|Apps|BI|Platform)|Logic Apps|Copilot)\b/i.test(title) ||
          !/[A-Za-z0-9]$/.test(title),
        `the title is ${JSON.stringify(title)}`,
      );
    },
    breaks: (app) => app.editJson(definitionFile, ({ info }) => (info.title += " Connector")),
  },
  {
    id: "description",
    rule: "The description has 30 to 500 characters",
    fix: "Shorten or lengthen the product's description.",
    find: (app) => {
      const { description } = app.json(definitionFile).info;
      return when(description.length < 30 || description.length > 500, `it has ${description.length} characters`);
    },
    breaks: (app) => app.editJson(definitionFile, ({ info }) => (info.description = "CRM.")),
  },
  {
    id: "contact",
    rule: "Contact, website, privacy policy and categories are given",
    fix: 'Give product.json a "listing" with support_email and privacy_url.',
    find: (app) => {
      const definition = app.json(definitionFile);
      const metadata = (definition["x-ms-connector-metadata"] ?? []).map(
        ({ propertyName, propertyValue }: Json) => propertyValue && propertyName,
      );
      return [
        ...when(
          !definition.info.contact?.name || !definition.info.contact.url || !definition.info.contact.email,
          "info.contact is incomplete",
        ),
        ...["Website", "Privacy policy", "Categories"].flatMap((name) =>
          when(!metadata.includes(name), `x-ms-connector-metadata lacks ${name}`),
        ),
      ];
    },
    breaks: (app) => app.editJson(definitionFile, (definition) => definition["x-ms-connector-metadata"].pop()),
  },
  {
    id: "operation-ids",
    rule: "Operation ids are unique, letters and digits, in Pascal case",
    fix: "Rename the event type.",
    find: (app) => {
      const ids = operations(app).map(({ operation }) => operation.operationId);
      return [
        ...ids.flatMap((id) => when(!/^[A-Z][A-Za-z0-9]*$/.test(id ?? ""), `${JSON.stringify(id)} is no operation id`)),
        ...when(new Set(ids).size !== ids.length, "an operation id is there twice"),
      ];
    },
    breaks: (app) => changeTrigger(app, (operation) => (operation.operationId = "deal.won")),
  },
  {
    id: "summaries",
    rule: "Summaries have at most 80 characters and no full stop, and triggers' begin with When",
    fix: 'Write the event type\'s description as "Triggers when … ."',
    find: (app) =>
      operations(app).flatMap(({ operation: { summary = "", ...operation } }) => [
        ...when(summary === "" || summary.length > 80 || /[./]$/.test(summary), `the summary is ${JSON.stringify(summary)}`),
        ...when(operation["x-ms-trigger"] && !summary.startsWith("When "), `the trigger's summary is ${JSON.stringify(summary)}`),
      ]),
    breaks: (app) => changeTrigger(app, (operation) => (operation.summary = "Deal won.")),
  },
  {
    id: "descriptions",
    rule: "Descriptions are full sentences and differ from the summaries",
    fix: "Write the event type's description as a sentence.",
    find: (app) =>
      operations(app).flatMap(({ operation: { operationId, summary, description = "" } }) =>
        when(!/^[A-Z].*\.$/.test(description) || description === summary, `${operationId}'s is ${JSON.stringify(description)}`),
      ),
    breaks: (app) => changeTrigger(app, (operation) => (operation.description = operation.summary)),
  },
  {
    id: "trigger",
    rule: "A webhook trigger is a POST with x-ms-trigger single and exactly one notification URL, which is internal",
    fix: "Generate the app again.",
    find: (app) =>
      triggers(app).flatMap(({ method, operation }) => {
        const urls = Object.values<Json>(operation.parameters?.[0]?.schema?.properties ?? {}).filter(
          (property) => property["x-ms-notification-url"],
        );
        return [
          ...when(
            method !== "post" || operation["x-ms-trigger"] !== "single",
            `${operation.operationId} is ${method}, ${operation["x-ms-trigger"]}`,
          ),
          ...when(
            urls.length !== 1 || urls[0]["x-ms-visibility"] !== "internal",
            `${operation.operationId} has ${urls.length} notification URLs, or one that people see`,
          ),
        ];
      }),
    breaks: (app) =>
      changeTrigger(app, (operation) => delete operation.parameters[0].schema.properties.target_url["x-ms-notification-url"]),
  },
  {
    id: "notification",
    rule: "Every trigger's path describes what it brings, and answers 201",
    fix: "Generate the app again.",
    find: (app) =>
      triggers(app).flatMap(({ operation, item }) => [
        ...when(
          Object.keys(item["x-ms-notification-content"]?.schema?.properties ?? {}).length === 0,
          `${operation.operationId} brings nothing`,
        ),
        ...when(!operation.responses?.["201"], `${operation.operationId} has no 201`),
      ]),
    breaks: (app) => changeTrigger(app, (_, item) => delete item["x-ms-notification-content"]),
  },
  {
    id: "unsubscribe",
    rule: "Every trigger has a DELETE below its path, hidden from people",
    fix: "Generate the app again.",
    find: (app) => {
      const remove = operations(app).find(({ method, path }) => method === "delete" && path === "/hooks/{id}");
      return when(remove?.operation["x-ms-visibility"] !== "internal", "DELETE /hooks/{id} is missing or shown");
    },
    breaks: (app) => app.editJson(definitionFile, ({ paths }) => delete paths["/hooks/{id}"]),
  },
  {
    id: "labels",
    rule: "Every parameter and property has an x-ms-summary and a description",
    fix: "Give the schema's field a title and a description.",
    find: (app) =>
      operations(app).flatMap(({ operation, item }) => {
        const parameters = (operation.parameters ?? []).filter(({ in: place }: Json) => place !== "body");
        const body = (operation.parameters ?? []).find(({ in: place }: Json) => place === "body")?.schema;
        const schemas = [body, item["x-ms-notification-content"]?.schema]
          .filter(Boolean)
          .flatMap((schema) => schemasIn(schema, operation.operationId).slice(1));
        return [
          ...parameters.flatMap((parameter: Json) =>
            when(!parameter["x-ms-summary"] || !parameter.description, `${operation.operationId} ${parameter.name} has no label`),
          ),
          ...schemas.flatMap(({ path, schema }) => when(!schema["x-ms-summary"] && !schema.properties, `${path} has no x-ms-summary`)),
          ...schemas.flatMap(({ path, schema }) => when(!schema.description, `${path} has no description`)),
        ];
      }),
    breaks: (app) => changeTrigger(app, (_, item) => delete item["x-ms-notification-content"].schema.properties.event["x-ms-summary"]),
  },
  {
    id: "responses",
    rule: "Every operation has a success and a default response",
    fix: "Generate the app again.",
    find: (app) =>
      operations(app).flatMap(({ operation }) =>
        when(
          !operation.responses?.default || !Object.keys(operation.responses).some((status) => /^2\d\d$/.test(status)),
          `${operation.operationId} lacks a response`,
        ),
      ),
    breaks: (app) => changeTrigger(app, (operation) => delete operation.responses.default),
  },
  {
    id: "dropdowns",
    rule: "Dynamic values name an operation that is there, and its parameters",
    fix: "Generate the app again.",
    find: (app) => {
      const known = new Map(operations(app).map(({ operation }) => [operation.operationId, operation]));
      return triggers(app).flatMap(({ operation }) =>
        schemasIn(operation.parameters?.[0]?.schema ?? {}, operation.operationId).flatMap(({ path, schema }) => {
          const dynamic = schema["x-ms-dynamic-values"];
          if (!dynamic) return [];
          const wanted = (known.get(dynamic.operationId)?.parameters ?? []).map(({ name }: Json) => name);
          return when(
            !known.has(dynamic.operationId) || wanted.some((name: string) => !dynamic.parameters[name]),
            `${path} is filled by ${JSON.stringify(dynamic)}`,
          );
        }),
      );
    },
    breaks: (app) =>
      app.edit(definitionFile, /"operationId": "ListFieldValues",(\s+)"parameters"/, '"operationId": "ListNothing",$1"parameters"'),
  },
  {
    id: "oauth",
    rule: "OAuth refreshes, with the secret in the body and a redirect address of the connector's own",
    fix: "Generate the app again.",
    find: (app) => {
      const settings = app.json(propertiesFile).properties.connectionParameters?.token?.oAuthSettings;
      const template = settings?.customParameters?.refreshBodyTemplate?.value ?? "";
      return [
        ...when(settings?.identityProvider !== "oauth2generic", "it is not oauth2generic", propertiesFile),
        ...when(
          !template.includes("{RefreshToken}") || !template.includes("{ClientSecret}"),
          "refreshBodyTemplate is incomplete",
          propertiesFile,
        ),
        ...when(settings?.redirectMode !== "GlobalPerConnector", "redirectMode is not GlobalPerConnector", propertiesFile),
      ];
    },
    breaks: (app) =>
      app.editJson(
        propertiesFile,
        ({ properties }) => delete properties.connectionParameters.token.oAuthSettings.customParameters.refreshBodyTemplate,
      ),
  },
  {
    id: "brand",
    rule: "The brand colour is the product's own: not the default blue, not white",
    fix: "Set iconBrandColor.",
    find: (app) => {
      const { iconBrandColor = "" } = app.json(propertiesFile).properties;
      return when(
        !/^#[0-9a-f]{6}$/i.test(iconBrandColor) || ["#007ee5", "#ffffff", "#da3b01"].includes(iconBrandColor.toLowerCase()),
        `it is ${JSON.stringify(iconBrandColor)}`,
        propertiesFile,
      );
    },
    breaks: (app) => app.editJson(propertiesFile, ({ properties }) => (properties.iconBrandColor = "#007ee5")),
  },
  {
    id: "host",
    rule: "The host is public and HTTPS is the only scheme",
    fix: "Generate the app with the https:// address of your server: --server https://…",
    find: (app) => {
      const { host, schemes } = app.json(definitionFile);
      return when(schemes.join() !== "https" || /^(localhost|127\.|\[)/.test(host), `it is ${schemes.join()}://${host}`);
    },
    breaks: (app) => app.editJson(definitionFile, (definition) => (definition.schemes = ["http"])),
  },
  {
    id: "readme",
    rule: "README.md has the sections of Microsoft's template",
    fix: "Generate the app again.",
    find: (app) =>
      [
        "Publisher",
        "Prerequisites",
        "Supported Operations",
        "Obtaining Credentials",
        "Getting Started",
        "Known Issues and Limitations",
        "Deployment Instructions",
      ].flatMap((heading) =>
        when(!app.has("README.md") || !app.text("README.md").includes(`## ${heading}`), `"${heading}" is missing`, "README.md"),
      ),
    breaks: (app) => app.edit("README.md", "## Prerequisites", "## Before"),
  },
];
