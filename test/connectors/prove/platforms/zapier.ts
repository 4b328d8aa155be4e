import { createRequire } from "node:module";
import { join } from "node:path";
import type { Trigger } from "../../../../connectors/connector-app.ts";
import type { ZapierField } from "../../../../connectors/zapier/zapier-item.ts";
import type { Json } from "../../../helpers/test-app.ts";
import type { Declared, Platform } from "../platform.ts";

const redirectUri = "https://zapier.com/dashboard/auth/oauth/return/App1CLIAPI/";

/** zapier-platform-core runs the app: its app tester, its checks of results, and the structural check of `zapier validate`. */
export const zapier: Platform = {
  id: "zapier",
  playedBy: "zapier-platform-core's app tester and the structural check of `zapier validate`",
  async check(folder) {
    // Read when the core is loaded: its checks of results throw only so; elsewhere they are logged and forgotten.
    process.env.NODE_ENV = "test";
    const require = createRequire(join(folder, "index.js"));
    const handler = require("zapier-platform-core/src/tools/create-lambda-handler")(require("./index.js")) as Json;
    const { results } = await handler({ command: "validate" });
    if (results.length > 0) throw new Error(`zapier validate finds: ${JSON.stringify(results)}`);
  },
  async load(folder) {
    const require = createRequire(join(folder, "index.js"));
    const core = require("zapier-platform-core") as Json;
    const app = require("./index.js") as Json;
    const run = core.createAppTester(app) as (method: unknown, bundle?: object) => Promise<Json>;
    const { oauth2Config, test, connectionLabel } = app.authentication;
    let authData: Json = {};

    return {
      redirectUri,
      verifies: false,
      async connect(consent, { clientId, clientSecret }) {
        Object.assign(process.env, { CLIENT_ID: clientId, CLIENT_SECRET: clientSecret });
        const url = await run(oauth2Config.authorizeUrl, { inputData: { state: "zap-1", redirect_uri: redirectUri } });
        const back = await consent(url);
        if (back.searchParams.get("state") !== "zap-1") throw new Error(`the state came back as ${back.searchParams.get("state")}`);
        authData = await run(oauth2Config.getAccessToken, {
          inputData: { code: back.searchParams.get("code"), redirect_uri: redirectUri },
        });
        if (!authData.refresh_token || !authData.expires_in) throw new Error("Zapier needs refresh_token and expires_in at the top");
      },
      async test() {
        const me = await run(test, { authData });
        return run(connectionLabel, { authData, inputData: me });
      },
      async refresh() {
        const fresh = await run(oauth2Config.refreshAccessToken, { authData });
        if (fresh.access_token === authData.access_token) throw new Error("refreshing gave the same access token");
        authData = fresh;
      },
      async trigger(trigger: Trigger) {
        const { operation } = app.triggers[trigger.key];
        const dynamic = operation.inputFields.filter((field: Json) => field.dynamic);
        return {
          async dropdowns() {
            const filled: Record<string, unknown[]> = {};
            for (const { key, dynamic: reference } of dynamic) {
              const [hidden] = reference.split(".");
              if (!app.triggers[hidden].display.hidden) throw new Error(`${hidden} is shown as a trigger`);
              filled[key] = await run(app.triggers[hidden].operation.perform, { authData });
            }
            return filled;
          },
          async subscribe(targetUrl, inputs) {
            const subscribeData = await run(operation.performSubscribe, { authData, inputData: inputs, targetUrl });
            if (!(Date.parse(subscribeData.expiration_date) > Date.now())) throw new Error("there is no expiration_date in the future");
            return { subscribeData, targetUrl, inputs };
          },
          async receive(subscription, { body, raw }) {
            const { inputs } = subscription as Json;
            return run(operation.perform, {
              authData,
              inputData: inputs,
              cleanedRequest: body,
              rawRequest: { content: raw.toString("utf8") },
            });
          },
          samples: (inputs) => run(operation.performList, { authData, inputData: inputs, meta: { isLoadingSample: true } }),
          staticSample: operation.sample,
          declared: declaredOf(operation.outputFields),
          unsubscribe: (subscription) => run(operation.performUnsubscribe, { authData, ...(subscription as object) }),
        };
      },
    };
  },
};

function declaredOf(fields: ZapierField[]): Declared[] {
  return fields.map(({ key, type, list, dict, children }) => ({
    path: key.split("__"),
    type: list || children ? "list" : dict ? "object" : type === "datetime" ? "date" : ((type ?? "string") as Declared["type"]),
    open: dict === true,
  }));
}
