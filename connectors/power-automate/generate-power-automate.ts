import type { ConnectorApp } from "../connector-app.ts";
import { markOf, pngIcon } from "../icon.ts";
import { listingFile, listingOf, templateValues } from "../listing.ts";
import { type Files, formatted, json } from "../source.ts";
import { fromTemplate } from "../template.ts";
import { apiProperties } from "./api-properties.ts";
import { listValues, problem, triggerPath } from "./trigger-path.ts";

const icon = "icon.png";

/** A Power Automate custom connector: an OpenAPI 2.0 document with Microsoft's extensions, and its properties. */
export async function generatePowerAutomate(app: ConnectorApp): Promise<Files> {
  const files = fromTemplate("power-automate", templateValues(app, icon));
  files.set("apiDefinition.swagger.json", json(definition(app)));
  files.set("apiProperties.json", json(apiProperties(app)));
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
