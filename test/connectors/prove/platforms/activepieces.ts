import { createRequire } from "node:module";
import { join } from "node:path";
import type { Trigger } from "../../../../connectors/connector-app.ts";
import { camelCase } from "../../../../connectors/names.ts";
import type { Json } from "../../../helpers/test-app.ts";
import { type Declared, type Inputs, optionalPaths, type Platform } from "../platform.ts";
import { compile } from "./compile.ts";
import { OAuthClient } from "./oauth-client.ts";

const redirectUri = "https://cloud.activepieces.com/redirect";

/** The piece, strictly compiled, on pieces-framework; onEnable, run, test and onDisable with the context of an engine. */
export const activepieces: Platform = {
  id: "activepieces",
  playedBy: "the piece, strictly compiled, on pieces-framework, with the context that the engine hands over",
  async check(folder) {
    compile(folder);
  },
  async load(folder, app) {
    const require = createRequire(join(folder, "package.json"));
    const piece = (require("./dist/index.js") as Json)[camelCase(app.product.id)];
    const { authUrl, tokenUrl, scope, pkce } = piece.auth;
    const client = new OAuthClient({ authorize: authUrl, token: tokenUrl, scope: scope.join(" "), redirectUri, pkce });

    return {
      redirectUri,
      verifies: true,
      connect: (consent, credentials) => client.connect(consent, credentials),
      async test() {
        const { valid, error } = await piece.auth.validate({ auth: client.tokens });
        if (!valid) throw new Error(error);
        return undefined;
      },
      refresh: () => client.refresh(),
      async trigger(trigger: Trigger) {
        const code = piece.getTrigger(trigger.key);
        if (!code) throw new Error(`the piece has no trigger ${trigger.key}`);
        const context = (store: Map<string, unknown>, inputs: Inputs, extra: Json = {}): Json => {
          const unknown = Object.keys(inputs).find((input) => !(input in code.props));
          if (unknown) throw new Error(`the trigger has no property ${unknown}`);
          return {
            auth: client.tokens,
            propsValue: inputs,
            store: {
              put: async (key: string, value: unknown) => void store.set(key, structuredClone(value)),
              get: async (key: string) => structuredClone(store.get(key) ?? null),
              delete: async (key: string) => void store.delete(key),
            },
            ...extra,
          };
        };
        return {
          async dropdowns() {
            const filled: Record<string, unknown[]> = {};
            for (const [name, property] of Object.entries<Json>(code.props)) {
              if (property.type !== "DROPDOWN") continue;
              if (!(await property.options({}, {})).disabled) throw new Error(`${name} is open without a connection`);
              filled[name] = (await property.options({ auth: client.tokens }, {})).options;
            }
            return filled;
          },
          async subscribe(webhookUrl, inputs) {
            const store = new Map<string, unknown>();
            await code.onEnable(context(store, inputs, { webhookUrl }));
            return { store, inputs };
          },
          async receive(subscription, { headers, raw, body }) {
            const { store, inputs } = subscription as Json;
            const withRaw = await code.run(
              context(store, inputs, { payload: { headers, rawBody: raw.toString("utf8"), body, queryParams: {} } }),
            );
            const without = await code.run(context(store, inputs, { payload: { headers, body, queryParams: {} } }));
            if (withRaw.length !== without.length) throw new Error("the raw body that it makes itself differs from the one sent");
            return withRaw;
          },
          samples: (inputs) => code.test(context(new Map(), inputs)),
          staticSample: code.sampleData,
          declared: declaredOf(code.outputSchema.fields, optionalPaths(trigger)),
          async unsubscribe(subscription) {
            const { store, inputs } = subscription as Json;
            await code.onDisable(context(store, inputs));
            if (store.size > 0) throw new Error("it still remembers the webhook");
          },
        };
      },
    };
  },
};

const types: Record<string, Declared["type"]> = { datetime: "date", number: "number", boolean: "boolean" };

/** The output schema has formats, not types: what has none may be anything. */
function declaredOf(fields: Json[], optional: ReadonlySet<string>, prefix: string[] = []): Declared[] {
  return fields.flatMap(({ key, format, children }: Json): Declared[] => {
    const path = [...prefix, key];
    if (children) return declaredOf(children, optional, path);
    return [{ path, type: types[format] ?? "any", open: format === undefined, optional: optional.has(path.join(".")) }];
  });
}
