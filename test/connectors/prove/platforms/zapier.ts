import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Trigger } from "../../../../connectors/connector-app.ts";
import type { ZapierField } from "../../../../connectors/zapier/zapier-item.ts";
import type { Json } from "../../../helpers/test-app.ts";
import type { Declared, Platform } from "../platform.ts";

const redirectUri = "https://zapier.com/dashboard/auth/oauth/return/App1CLIAPI/";
const worker = fileURLToPath(new URL("./zapier-worker.js", import.meta.url));

/** zapier-platform-core runs the app: its app tester, its checks of results, and the structural check of `zapier validate`. */
export const zapier: Platform = {
  id: "zapier",
  playedBy: "zapier-platform-core's app tester and the structural check of `zapier validate`",
  async check(folder) {
    const app = startWorker(folder);
    const findings = await app.call("validate").finally(app.stop);
    if (findings.length > 0) throw new Error(`zapier validate finds: ${JSON.stringify(findings)}`);
  },
  async load(folder) {
    const { call, stop } = startWorker(folder);
    const { triggers } = await call("definition");
    let authData: Json = {};

    return {
      redirectUri,
      verifies: false,
      async connect(consent, { clientId, clientSecret }) {
        const inputData = { state: "zap-1", redirect_uri: redirectUri };
        const env = { CLIENT_ID: clientId, CLIENT_SECRET: clientSecret };
        const url = await call("authentication.oauth2Config.authorizeUrl", { inputData }, env);
        const back = await consent(url);
        if (back.searchParams.get("state") !== "zap-1") throw new Error(`the state came back as ${back.searchParams.get("state")}`);
        const code = back.searchParams.get("code");
        authData = await call("authentication.oauth2Config.getAccessToken", { inputData: { code, redirect_uri: redirectUri } });
        if (!authData.refresh_token || !authData.expires_in) throw new Error("Zapier needs refresh_token and expires_in at the top");
      },
      async test() {
        const inputData = await call("authentication.test", { authData });
        return call("authentication.connectionLabel", { authData, inputData });
      },
      async refresh() {
        const fresh = await call("authentication.oauth2Config.refreshAccessToken", { authData });
        if (fresh.access_token === authData.access_token) throw new Error("refreshing gave the same access token");
        authData = fresh;
      },
      async trigger({ key }: Trigger) {
        const { operation } = triggers[key];
        const at = (method: string): string => `triggers.${key}.operation.${method}`;
        return {
          async dropdowns() {
            const filled: Record<string, unknown[]> = {};
            for (const field of operation.inputFields.filter(({ dynamic }: Json) => dynamic)) {
              const [hidden] = field.dynamic.split(".");
              if (!triggers[hidden].display.hidden) throw new Error(`${hidden} is shown as a trigger`);
              filled[field.key] = await call(`triggers.${hidden}.operation.perform`, { authData });
            }
            return filled;
          },
          async subscribe(targetUrl, inputs) {
            const subscribeData = await call(at("performSubscribe"), { authData, inputData: inputs, targetUrl });
            if (!(Date.parse(subscribeData.expiration_date) > Date.now())) throw new Error("there is no expiration_date in the future");
            return { subscribeData, targetUrl, inputs };
          },
          async receive(subscription, { body, raw }) {
            const { inputs } = subscription as Json;
            const rawRequest = { content: raw.toString("utf8") };
            return call(at("perform"), { authData, inputData: inputs, cleanedRequest: body, rawRequest });
          },
          samples: (inputs) => call(at("performList"), { authData, inputData: inputs, meta: { isLoadingSample: true } }),
          staticSample: operation.sample,
          declared: declaredOf(operation.outputFields),
          unsubscribe: (subscription) => call(at("performUnsubscribe"), { authData, ...(subscription as object) }),
        };
      },
      stop,
    };
  },
};

type Worker = { call(path: string, bundle?: object, env?: Record<string, string>): Promise<Json>; stop(): void };

function startWorker(folder: string): Worker {
  // The core's checks of results throw only under NODE_ENV=test; elsewhere they are logged and forgotten.
  const child: ChildProcess = fork(worker, [folder], { env: { ...process.env, NODE_ENV: "test" } });
  const waiting = new Map<number, { resolve: (result: Json) => void; reject: (error: Error) => void }>();
  let calls = 0;
  child.on("message", ({ id, result, error }: Json) => {
    if (error === undefined) waiting.get(id)?.resolve(result);
    else waiting.get(id)?.reject(new Error(error));
    waiting.delete(id);
  });
  child.on("exit", (code) => {
    for (const { reject } of waiting.values()) reject(new Error(`zapier-platform-core ended with ${code}`));
  });
  return {
    call: (path, bundle = {}, env = {}) =>
      new Promise((resolve, reject) => {
        const id = ++calls;
        waiting.set(id, { resolve, reject });
        child.send({ id, path, bundle, env });
      }),
    stop: () => void (child.connected && child.disconnect()),
  };
}

function declaredOf(fields: ZapierField[]): Declared[] {
  return fields.map(({ key, type, list, dict, children }) => ({
    path: key.split("__"),
    type: list || children ? "list" : dict ? "object" : type === "datetime" ? "date" : ((type ?? "string") as Declared["type"]),
    open: dict === true,
  }));
}
