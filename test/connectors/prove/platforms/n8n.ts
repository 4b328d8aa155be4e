import { createHash, randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Trigger } from "../../../../connectors/connector-app.ts";
import { n8nNames } from "../../../../connectors/n8n/generate-n8n.ts";
import type { Json } from "../../../helpers/test-app.ts";
import { catalogueFields, type Inputs, type Platform } from "../platform.ts";
import { compile, lint } from "./compile.ts";

const redirectUri = "https://n8n.example/rest/oauth2-credential/callback";

/** The compiled node on n8n-workflow, with the functions that n8n's core gives a node; OAuth as n8n registers itself. */
export const n8n: Platform = {
  id: "n8n",
  playedBy: "the compiled node on n8n-workflow, with the functions that n8n's core hands to a node",
  /** n8n's two lint plugins for community nodes. */
  async check(folder) {
    lint(folder);
  },
  async load(folder, app) {
    compile(folder);
    const names = n8nNames(app);
    const require = createRequire(join(folder, "package.json"));
    const { [`${names.class}Trigger`]: Node } = require(`./dist/nodes/${names.class}/${names.class}Trigger.node.js`) as Json;
    const { [`${names.class}OAuth2Api`]: Credential } = require(`./dist/credentials/${names.class}OAuth2Api.credentials.js`) as Json;
    const { conditions } = require(`./dist/nodes/${names.class}/filters.js`) as Json;
    const node = new Node();
    const credential = new Credential();
    const hidden = Object.fromEntries(credential.properties.map(({ name, default: value }: Json) => [name, value]));
    let client: Json;
    let endpoints: Json;
    let tokens: Json;

    async function grant(body: Record<string, string>): Promise<void> {
      const answer = await fetch(endpoints.token_endpoint, {
        method: "POST",
        body: new URLSearchParams({ client_id: client.client_id, ...body }),
      });
      if (!answer.ok) throw new Error(`the token endpoint answered ${answer.status}: ${await answer.text()}`);
      tokens = await answer.json();
    }

    /** As n8n sends it: with the token, refreshed and tried once more on 401; anything from 400 on throws. */
    async function authenticated(name: string, { method, url, body }: Json, again = true): Promise<Json> {
      if (name !== credential.name) throw new Error(`the node asks for a credential ${name}`);
      const headers: Record<string, string> = { authorization: `Bearer ${tokens.access_token}`, accept: "application/json" };
      if (body) headers["content-type"] = "application/json";
      const answer = await fetch(url, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
      const data = (await answer.json().catch(() => ({}))) as Json;
      if (answer.status === 401 && again) {
        await grant({ grant_type: "refresh_token", refresh_token: tokens.refresh_token });
        return authenticated(name, { method, url, body }, false);
      }
      if (answer.ok) return data;
      throw Object.assign(new Error(data.detail ?? "failed"), {
        httpCode: String(answer.status),
        response: { status: answer.status, data },
      });
    }

    return {
      redirectUri,
      verifies: true,
      async connect(consent) {
        if (credential.extends[0] !== "oAuth2Api" || hidden.useDynamicClientRegistration !== true)
          throw new Error("the credential doesn't register itself");
        const resource = (await (await fetch(`${hidden.serverUrl}/.well-known/oauth-protected-resource`)).json()) as Json;
        endpoints = await (await fetch(`${resource.authorization_servers[0]}/.well-known/oauth-authorization-server`)).json();
        if (!endpoints.code_challenge_methods_supported.includes("S256")) throw new Error("the server doesn't advertise S256");
        const registration = {
          redirect_uris: [redirectUri],
          token_endpoint_auth_method: "none",
          grant_types: ["authorization_code", "refresh_token"],
          response_types: ["code"],
          client_name: "n8n",
          client_uri: "https://n8n.io/",
          scope: endpoints.scopes_supported.join(" "),
        };
        const registered = await fetch(endpoints.registration_endpoint, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(registration),
        });
        client = await registered.json();
        if (registered.status !== 201) throw new Error(`registering answered ${registered.status}: ${JSON.stringify(client)}`);
        const verifier = randomBytes(32).toString("base64url");
        const url = new URL(endpoints.authorization_endpoint);
        url.search = new URLSearchParams({
          response_type: "code",
          client_id: client.client_id,
          redirect_uri: redirectUri,
          scope: registration.scope,
          state: "n8n-1",
          code_challenge: createHash("sha256").update(verifier).digest("base64url"),
          code_challenge_method: "S256",
        }).toString();
        const back = await consent(url.href);
        await grant({
          grant_type: "authorization_code",
          code: back.searchParams.get("code") ?? "",
          redirect_uri: redirectUri,
          code_verifier: verifier,
        });
      },
      async test() {
        const { baseURL, url } = credential.test.request;
        const { company, name } = await authenticated(credential.name, { method: "GET", url: `${baseURL}${url}` });
        return `${company.name} (${name})`;
      },
      async refresh() {
        const before = tokens.access_token;
        await grant({ grant_type: "refresh_token", refresh_token: tokens.refresh_token });
        if (tokens.access_token === before) throw new Error("refreshing gave the same access token");
      },
      async trigger(trigger: Trigger) {
        const { properties, webhooks } = node.description;
        const events = properties.find(({ name }: Json) => name === "event").options.map(({ value }: Json) => value);
        if (!events.includes(trigger.type)) throw new Error(`the node doesn't offer ${trigger.type}`);
        if (webhooks[0].responseMode !== "onReceived") throw new Error("the webhook would wait for the workflow");
        const options = properties
          .find(({ name }: Json) => name === "filters")
          .options.filter(({ displayOptions }: Json) => displayOptions.show["/event"].includes(trigger.type));
        /** The node's name for an input: it stands for the same path and operator. */
        const nameOf = (key: string): string => {
          const wanted = trigger.filters.find((filter) => filter.key === key);
          const [name] =
            Object.entries<Json>(conditions[trigger.type] ?? {}).find(
              ([, { path, operator }]) => path === wanted?.path && operator === wanted?.operator,
            ) ?? [];
          if (!name || !options.some((option: Json) => option.name === name)) throw new Error(`the node has no input for ${key}`);
          return name;
        };

        const hookFunctions = (targetUrl: string, inputs: Inputs, staticData: Json): Json => ({
          getWorkflowStaticData: () => staticData,
          getNodeWebhookUrl: () => targetUrl,
          getNodeParameter: (name: string, fallback?: unknown) =>
            name === "event"
              ? trigger.type
              : name === "filters"
                ? Object.fromEntries(Object.entries(inputs).map(([key, value]) => [nameOf(key), value]))
                : fallback,
          getWorkflow: () => ({ name: "Workflow" }),
          getNode: () => ({ name: node.description.displayName, type: node.description.name }),
          helpers: { httpRequestWithAuthentication: authenticated },
        });

        return {
          async dropdowns() {
            const filled: Record<string, unknown[]> = {};
            for (const { key, choices } of trigger.filters) {
              if (choices?.kind !== "seen") continue;
              const { typeOptions } = options.find((option: Json) => option.name === nameOf(key));
              filled[key] = await node.methods.loadOptions[typeOptions.loadOptionsMethod].call(hookFunctions("", {}, {}));
            }
            return filled;
          },
          async subscribe(targetUrl, inputs) {
            const staticData: Json = {};
            const functions = hookFunctions(targetUrl, inputs, staticData);
            const { checkExists, create } = node.webhookMethods.default;
            if (await checkExists.call(functions)) throw new Error("it believes to be subscribed before it is");
            await create.call(functions);
            if (!(await checkExists.call(functions))) throw new Error("it doesn't find its own webhook");
            if (await checkExists.call(hookFunctions(`${targetUrl}/test`, inputs, staticData)))
              throw new Error("another address counts as subscribed");
            return { staticData, functions };
          },
          async receive(subscription, { headers, raw, body }) {
            const { staticData } = subscription as Json;
            let refused = 0;
            const response = {
              status(code: number) {
                refused = code;
                return response;
              },
              send: () => response,
              end: () => response,
            };
            const result = await node.webhook.call({
              getWorkflowStaticData: () => staticData,
              getRequestObject: () => ({ rawBody: raw }),
              getHeaderData: () => headers,
              getBodyData: () => body,
              getResponseObject: () => response,
              helpers: { returnJsonArray: (data: Json) => [data].flat().map((json: Json) => ({ json })) },
            });
            if (result.noWebhookResponse) {
              if (refused !== 401) throw new Error(`it refused with ${refused}`);
              return [];
            }
            return result.workflowData[0].map(({ json }: Json) => json);
          },
          samples: undefined,
          staticSample: undefined,
          declared: catalogueFields(trigger),
          async unsubscribe(subscription) {
            const { functions, staticData } = subscription as Json;
            await node.webhookMethods.default.delete.call(functions);
            if (staticData.hookId) throw new Error("it still remembers the webhook");
          },
        };
      },
    };
  },
};
