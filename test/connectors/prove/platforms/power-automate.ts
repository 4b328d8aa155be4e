import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Trigger } from "../../../../connectors/connector-app.ts";
import type { SwaggerSchema } from "../../../../connectors/power-automate/notification-schema.ts";
import type { Json } from "../../../helpers/test-app.ts";
import { type Declared, type Inputs, optionalPaths, type Platform } from "../platform.ts";

const definitionFile = "apiDefinition.swagger.json";
const redirectUri = "https://global.consent.azure-apim.net/redirect/hookline";

/** What Power Automate does with the definition: OAuth by templates, dynamic values, subscribe by POST, DELETE of `Location`. */
export const powerAutomate: Platform = {
  id: "power-automate",
  playedBy: "our own driver, which does what Power Automate does with the definition, and swagger-parser's validation",
  async check(folder) {
    const require = createRequire(join(folder, "package.json"));
    await require("@apidevtools/swagger-parser").validate(JSON.parse(readFileSync(join(folder, definitionFile), "utf8")));
  },
  async load(folder) {
    const definition = JSON.parse(readFileSync(join(folder, definitionFile), "utf8")) as Json;
    const { oAuthSettings } = (JSON.parse(readFileSync(join(folder, "apiProperties.json"), "utf8")) as Json).properties.connectionParameters
      .token;
    const templates = oAuthSettings.customParameters;
    const base = `${definition.schemes[0]}://${definition.host}${definition.basePath}`;
    const operations = new Map<string, { method: string; path: string; operation: Json; item: Json }>();
    for (const [path, item] of Object.entries<Json>(definition.paths))
      for (const [method, operation] of Object.entries<Json>(item))
        if (operation.operationId) operations.set(operation.operationId, { method: method.toUpperCase(), path, operation, item });
    let values: Record<string, string> = {};
    let tokens: Json = {};

    const filled = (template: string): string =>
      template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ""));

    async function grant(template: string): Promise<void> {
      const answer = await fetch(filled(templates.tokenUrlTemplate.value), {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: filled(template),
      });
      tokens = await answer.json();
      if (!answer.ok) throw new Error(`the token endpoint answered ${answer.status}: ${JSON.stringify(tokens)}`);
      values.RefreshToken = tokens.refresh_token;
    }

    async function send(method: string, url: string, body?: unknown): Promise<Response> {
      const headers: Record<string, string> = { authorization: `Bearer ${tokens.access_token}` };
      if (body !== undefined) headers["content-type"] = "application/json";
      return fetch(url, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    }

    /** Calls an operation of the definition with the parameters that it declares, and no others. */
    async function call(operationId: string, parameters: Record<string, string>, body?: unknown): Promise<Response> {
      const found = operations.get(operationId);
      if (!found) throw new Error(`the definition has no operation ${operationId}`);
      let { path } = found;
      for (const { name, in: place } of found.operation.parameters)
        if (place === "path") path = path.replace(`{${name}}`, encodeURIComponent(parameters[name] ?? ""));
      return send(found.method, `${base}${path}`, body);
    }

    return {
      redirectUri,
      verifies: false,
      async connect(consent, { clientId, clientSecret }) {
        values = {
          ClientId: clientId,
          ClientSecret: clientSecret,
          RedirectUrl: redirectUri,
          Scopes: oAuthSettings.scopes.join(" "),
          State: "pa-1",
        };
        const url = filled(templates.authorizationUrlTemplate.value) + filled(templates.authorizationUrlQueryStringTemplate.value);
        const back = await consent(url);
        values.Code = back.searchParams.get("code") ?? "";
        await grant(templates.tokenBodyTemplate.value);
      },
      async test() {
        const { operationId } = definition["x-ms-capabilities"].testConnection;
        const answer = await call(operationId, {});
        if (!answer.ok) throw new Error(`the connection test answered ${answer.status}`);
        return undefined;
      },
      async refresh() {
        const before = tokens.access_token;
        await grant(templates.refreshBodyTemplate.value);
        if (tokens.access_token === before) throw new Error("refreshing gave the same access token");
      },
      async trigger(trigger: Trigger) {
        const item = definition.paths[`/hooks/${trigger.type}`];
        const operation = item?.post;
        if (operation?.["x-ms-trigger"] !== "single") throw new Error(`there is no trigger at /hooks/${trigger.type}`);
        const [{ schema }] = operation.parameters;
        const filters: Record<string, SwaggerSchema> = schema.properties.filter?.properties ?? {};
        const inputSchema = (key: string): { path: string; operator: string | undefined; schema: SwaggerSchema } => {
          const wanted = trigger.filters.find((filter) => filter.key === key);
          const found = wanted && filters[wanted.path];
          if (!wanted || !found) throw new Error(`the trigger has no input for ${key}`);
          const [operator, inner] = Object.entries(found.properties ?? {})[0] ?? [];
          return { path: wanted.path, operator, schema: inner ?? found };
        };
        return {
          async dropdowns() {
            const choices: Record<string, unknown[]> = {};
            for (const { key } of trigger.filters) {
              const dynamic = inputSchema(key).schema["x-ms-dynamic-values"];
              if (!dynamic) continue;
              const answer = await call(dynamic.operationId, dynamic.parameters);
              const list = (await answer.json()) as Json[];
              choices[key] = list.map((entry) => ({ value: entry[dynamic["value-path"]], title: entry[dynamic["value-title"]] }));
            }
            return choices;
          },
          async subscribe(targetUrl, inputs: Inputs) {
            const body: Json = {};
            for (const [name, property] of Object.entries<Json>(schema.properties)) {
              if (property["x-ms-notification-url"]) body[name] = targetUrl;
              else if (property.default !== undefined) body[name] = property.default;
            }
            const filter = Object.fromEntries(
              Object.entries(inputs).map(([key, value]) => {
                const { path, operator } = inputSchema(key);
                return [path, operator ? { [operator]: value } : value];
              }),
            );
            if (Object.keys(filter).length > 0) body.filter = filter;
            const missing = schema.required.filter((name: string) => body[name] === undefined);
            if (missing.length > 0) throw new Error(`nothing fills in ${missing}`);
            const answer = await send("POST", `${base}/hooks/${trigger.type}`, body);
            const location = answer.headers.get("location");
            if (!answer.ok) throw new Error(`subscribing answered ${answer.status}: ${await answer.text()}`);
            if (!location || new URL(location).host !== definition.host)
              throw new Error(`Location is ${location}, not an address of ${definition.host}`);
            return location;
          },
          async receive(_location, { body }) {
            return [body];
          },
          samples: undefined,
          staticSample: undefined,
          declared: declaredOf(item["x-ms-notification-content"].schema, optionalPaths(trigger)),
          async unsubscribe(location) {
            const answer = await send("DELETE", location as string);
            if (!answer.ok && answer.status !== 404) throw new Error(`unsubscribing answered ${answer.status}`);
          },
        };
      },
    };
  },
};

function declaredOf({ properties = {} }: SwaggerSchema, optional: ReadonlySet<string>, prefix: string[] = []): Declared[] {
  return Object.entries(properties).flatMap(([name, schema]): Declared[] => {
    const path = [...prefix, name];
    if (schema.type === "object" && Object.keys(schema.properties ?? {}).length > 0) return declaredOf(schema, optional, path);
    const type = schema.format === "date-time" ? "date" : schema.type === "array" ? "list" : (schema.type as Declared["type"]);
    return [{ path, type, open: schema.additionalProperties !== undefined, optional: optional.has(path.join(".")) }];
  });
}
