import type { Catalogue } from "../../schemas/load-catalogue.ts";
import { type Operation, operations, parameters } from "./operations.ts";
import { records, ref } from "./records.ts";

/** The OpenAPI 3.1 description: the request schemas are those that validate, the webhooks' those of the catalogue. */
export function describeApi(catalogue: Catalogue, publicUrl: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of operations) {
    const path = operation.path.replace(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [operation.method]: describeOperation(operation) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Hookline",
      version: "1",
      summary: "REST hooks, signed delivery and history for a product's customers and the automation platforms.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: publicUrl }],
    security: [{ bearer: [] }],
    tags: [...new Set(operations.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    webhooks: describeWebhooks(catalogue),
    components: {
      schemas: records,
      securitySchemes: { bearer: { type: "http", scheme: "bearer", description: "An API key of a company or a product." } },
      responses: {
        Problem: {
          description: "What is wrong and what to do about it.",
          content: { "application/problem+json": { schema: ref("Problem") } },
        },
      },
    },
  };
}

function describeOperation({
  method,
  path,
  summary,
  tag,
  scope,
  query = [],
  headers = [],
  request,
  requestOptional,
  answers,
  problems = [],
}: Operation): object {
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({ name, in: "path", required: true, schema: { type: "string" } }));
  const named = [...query.map((name) => ({ name, in: "query" })), ...headers.map((name) => ({ name, in: "header" }))].map((place) => ({
    ...place,
    ...parameters[place.name],
  }));
  const statuses = [401, ...(scope ? [403] : []), 422, ...problems].sort();
  return {
    operationId: [method, ...path.split("/").slice(2)].map((part) => part.replace(/[^a-z]+/gi, "")).join("_"),
    summary,
    tags: [tag],
    ...(scope ? { description: `Needs the scope \`${scope}\`.` } : {}),
    parameters: [...inPath, ...named],
    ...(request ? { requestBody: { required: !requestOptional, content: { "application/json": { schema: request } } } } : {}),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, schema]) => [
          status,
          { description: summary, ...(schema ? { content: { "application/json": { schema } } } : {}) },
        ]),
      ),
      ...Object.fromEntries(statuses.map((status) => [status, { $ref: "#/components/responses/Problem" }])),
    },
  };
}

/**
 * What is sent to a webhook, one entry an event type, told apart by the product's id. Each schema is a document of its own
 * (`$id`), so that its `#/$defs/…` point into itself.
 */
function describeWebhooks(catalogue: Catalogue): Record<string, object> {
  const headers = [
    { name: "webhook-id", description: "The event's id, the same on every attempt." },
    { name: "webhook-timestamp", description: "Unix time of the attempt, in seconds." },
    {
      name: "webhook-signature",
      description: "With a secret: `v1,` and base64 HMAC-SHA256 of `id.timestamp.body`; several, with spaces between, during a rotation.",
    },
  ];
  return Object.fromEntries(
    [...catalogue.values()].flatMap((product) =>
      [...product.eventTypes.values()].map(({ type, label, description, schema }) => [
        `${product.id}/${type}`,
        {
          post: {
            summary: `${product.name}: ${label}`,
            description,
            parameters: [
              ...headers.map((header) => ({ ...header, in: "header", schema: { type: "string" } })),
              {
                name: product.signature.header,
                in: "header",
                description: "With a secret: lower-case hex HMAC-SHA256 of the body.",
                schema: { type: "string" },
              },
            ],
            requestBody: { content: { "application/json": { schema: { ...schema, $id: `urn:hookline:${product.id}:${type}` } } } },
            responses: Object.fromEntries([
              ...product.delivery.success.map((status) => [status.toUpperCase(), { description: "Delivered." }]),
              ["410", { description: "Unsubscribed." }],
            ]),
          },
        },
      ]),
    ),
  );
}
