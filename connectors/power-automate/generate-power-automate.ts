import type { ConnectorApp, Trigger } from "../connector-app.ts";
import type { FilterInput } from "../filter-inputs.ts";
import { hex, markOf, pngIcon } from "../icon.ts";
import { listingFile, listingOf, templateValues } from "../listing.ts";
import { pascalCase, sentenceCase } from "../names.ts";
import { type Files, formatted, json } from "../source.ts";
import { fromTemplate } from "../template.ts";
import { notificationSchema, type SwaggerSchema } from "./notification-schema.ts";

const listValues = "ListFieldValues";
const icon = "icon.png";

/** A Power Automate custom connector: an OpenAPI 2.0 document with Microsoft's extensions, and its properties. */
export async function generatePowerAutomate(app: ConnectorApp): Promise<Files> {
  const files = fromTemplate("power-automate", templateValues(app, icon));
  files.set("apiDefinition.swagger.json", json(definition(app)));
  files.set("apiProperties.json", json(properties(app)));
  files.set(icon, pngIcon(markOf(app.product.id), 160));
  files.set("listing.json", listingFile(app, icon));
  return formatted(files);
}

function definition(app: ConnectorApp) {
  const { product, server, version, scopes, triggers } = app;
  const url = new URL(server);
  const { support_email: email, privacy_url: privacy } = listingOf(app, icon);
  return {
    swagger: "2.0",
    info: {
      title: product.name,
      description: `${product.description} Starts flows when something happens in ${product.name}.`,
      version,
      contact: { name: product.name, url: product.url, email },
    },
    host: url.host,
    basePath: `${url.pathname.replace(/\/$/, "")}/v1`,
    schemes: [url.protocol.replace(":", "")],
    consumes: ["application/json"],
    produces: ["application/json"],
    paths: {
      ...Object.fromEntries(triggers.map((trigger) => [`/hooks/${trigger.type}`, triggerPath(trigger)])),
      "/hooks/{id}": hookPath,
      "/event-types/{type}/fields/{path}/values": valuesPath,
      "/me": mePath,
    },
    definitions: {},
    parameters: {},
    responses: {},
    securityDefinitions: {
      oauth2: {
        type: "oauth2",
        flow: "accessCode",
        authorizationUrl: `${server}/oauth/authorize`,
        tokenUrl: `${server}/oauth/token`,
        scopes: Object.fromEntries(scopes.map((scope) => [scope, scope])),
      },
    },
    security: [{ oauth2: scopes }],
    tags: [],
    "x-ms-capabilities": { testConnection: { operationId: "GetMe", parameters: {} } },
    "x-ms-connector-metadata": [
      { propertyName: "Website", propertyValue: product.url },
      { propertyName: "Privacy policy", propertyValue: privacy },
      { propertyName: "Categories", propertyValue: "Sales and CRM" },
    ],
  };
}

const problem = { description: "What is wrong, in words.", schema: { type: "object" } };

/** One path an event type, since a path has one notification schema. Power Automate DELETEs the `Location` of the 201. */
function triggerPath(trigger: Trigger) {
  const { type, label, description, deprecated, fields, filters, noun } = trigger;
  const properties: Record<string, SwaggerSchema> = {
    target_url: {
      type: "string",
      title: "Callback URL",
      "x-ms-summary": "Callback URL",
      description: "Filled in by Power Automate.",
      "x-ms-notification-url": true,
      "x-ms-visibility": "internal",
    },
    name: hidden("Name", `Power Automate: ${label}`),
    platform: hidden("Platform", "power-automate"),
    ...(filters.length > 0 ? { filter: filterSchema(filters) } : {}),
  };
  return {
    "x-ms-notification-content": { description: `The ${noun.toLowerCase()} and what happened to it.`, schema: notificationSchema(fields) },
    post: {
      operationId: pascalCase(type),
      summary: triggerSummary(trigger),
      description,
      ...(deprecated ? { deprecated: true } : {}),
      "x-ms-trigger": "single",
      "x-ms-visibility": deprecated ? "internal" : "important",
      parameters: [
        {
          name: "body",
          in: "body",
          required: true,
          schema: { type: "object", required: ["target_url", "name", "platform"], properties },
        },
      ],
      responses: { 201: { description: "Subscribed; Location is where to unsubscribe." }, default: problem },
    },
  };
}

/** `Triggers when a deal is marked as won.` → `When a deal is marked as won` */
export function triggerSummary({ description, label }: Pick<Trigger, "description" | "label">): string {
  const [, when] = /^Triggers (when .*?)\.?$/.exec(description) ?? [];
  const summary = when ? `${when.charAt(0).toUpperCase()}${when.slice(1)}` : `When ${label.toLowerCase()}`;
  return summary.slice(0, 80);
}

function hidden(title: string, value: string): SwaggerSchema {
  return {
    type: "string",
    title,
    "x-ms-summary": title,
    description: "Filled in by the connector.",
    default: value,
    "x-ms-visibility": "internal",
  };
}

function filterSchema(filters: FilterInput[]): SwaggerSchema {
  const properties = filters.map((input): [string, SwaggerSchema] => {
    const { key: _, path, operator, label, help, type, choices } = input;
    const value: SwaggerSchema = {
      type,
      title: sentenceCase(label),
      "x-ms-summary": sentenceCase(label),
      description: help,
      ...(choices?.kind === "listed" ? { enum: choices.options.map((option) => option.value) } : {}),
      ...(choices?.kind === "seen"
        ? {
            "x-ms-dynamic-values": {
              operationId: listValues,
              parameters: { type: choices.eventType, path },
              "value-path": "id",
              "value-title": "name",
            },
          }
        : {}),
    };
    if (operator === "eq") return [path, value];
    return [path, { type: "object", title: sentenceCase(label), description: help, properties: { [operator]: value } }];
  });
  return {
    type: "object",
    title: "Filter",
    description: "Only events that match all of these are sent.",
    properties: Object.fromEntries(properties),
  };
}

const hookPath = {
  delete: {
    operationId: "DeleteHook",
    summary: "Unsubscribe",
    description: "Ends a subscription; Power Automate calls it when a flow is turned off.",
    "x-ms-visibility": "internal",
    parameters: [text("id", "Webhook ID", "path")],
    responses: { 200: { description: "Unsubscribed." }, default: problem },
  },
};

const valuesPath = {
  get: {
    operationId: listValues,
    summary: "List values of a field",
    description: "The choices of a dropdown.",
    "x-ms-visibility": "internal",
    parameters: [text("type", "Event type", "path"), text("path", "Field", "path")],
    responses: {
      200: {
        description: "The values.",
        schema: {
          type: "array",
          items: {
            type: "object",
            properties: {
              id: { type: "string", title: "ID", "x-ms-summary": "ID", description: "The value." },
              name: { type: "string", title: "Name", "x-ms-summary": "Name", description: "What people call it." },
            },
          },
        },
      },
      default: problem,
    },
  },
};

const mePath = {
  get: {
    operationId: "GetMe",
    summary: "Get the connected account",
    description: "Tests the connection.",
    "x-ms-visibility": "internal",
    parameters: [],
    responses: { 200: { description: "Who is connected.", schema: { type: "object" } }, default: problem },
  },
};

function text(name: string, title: string, place: "path") {
  return {
    name,
    in: place,
    required: true,
    type: "string",
    "x-ms-summary": title,
    description: `${title}.`,
    "x-ms-url-encoding": "single",
  };
}

function properties(app: ConnectorApp) {
  const { product, server, scopes } = app;
  const value = (template: string) => ({ value: template });
  const token = `${server}/oauth/token`;
  return {
    properties: {
      connectionParameters: {
        token: {
          type: "oauthSetting",
          oAuthSettings: {
            identityProvider: "oauth2generic",
            clientId: "FILL-IN-THE-CLIENT-ID",
            scopes,
            redirectMode: "GlobalPerConnector",
            redirectUrl: "https://global.consent.azure-apim.net/redirect",
            properties: { IsFirstParty: "False" },
            customParameters: {
              authorizationUrlTemplate: value(`${server}/oauth/authorize`),
              authorizationUrlQueryStringTemplate: value(
                "?client_id={ClientId}&response_type=code&redirect_uri={RedirectUrl}&scope={Scopes}&state={State}",
              ),
              tokenUrlTemplate: value(token),
              tokenUrlQueryStringTemplate: value(""),
              tokenBodyTemplate: value(
                "grant_type=authorization_code&code={Code}&redirect_uri={RedirectUrl}&client_id={ClientId}&client_secret={ClientSecret}",
              ),
              refreshUrlTemplate: value(token),
              refreshUrlQueryStringTemplate: value(""),
              refreshBodyTemplate: value(
                "grant_type=refresh_token&refresh_token={RefreshToken}&client_id={ClientId}&client_secret={ClientSecret}",
              ),
            },
          },
        },
      },
      iconBrandColor: hex(markOf(product.id).background),
      capabilities: [],
      policyTemplateInstances: [],
      publisher: product.name,
      stackOwner: product.name,
    },
  };
}
