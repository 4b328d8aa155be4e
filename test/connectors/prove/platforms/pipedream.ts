import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Trigger } from "../../../../connectors/connector-app.ts";
import { camelCase } from "../../../../connectors/names.ts";
import { sourceName } from "../../../../connectors/pipedream/generate-pipedream.ts";
import type { Json } from "../../../helpers/test-app.ts";
import { catalogueFields, type Inputs, type Platform } from "../platform.ts";
import { compile, lint } from "./compile.ts";
import { OAuthClient } from "./oauth-client.ts";

const redirectUri = "https://api.pipedream.com/connect/oauth/oa_1/callback";

/** The sources, strictly checked, on @pipedream/platform; hooks and run with the `this` that Pipedream makes of the props. */
export const pipedream: Platform = {
  id: "pipedream",
  playedBy:
    "the sources, strictly type-checked and through Pipedream's lint, on @pipedream/platform, with a `this` made of their props as Pipedream does",
  async check(folder) {
    compile(folder);
    lint(folder);
  },
  async load(folder, app) {
    const registration = JSON.parse(readFileSync(join(folder, "app-registration.json"), "utf8")) as Json;
    const client = new OAuthClient({
      authorize: registration.authorization_request.url,
      token: registration.access_token_request.url,
      scope: registration.authorization_request.scopes.join(registration.authorization_request.scope_separator),
      redirectUri,
      pkce: true,
    });
    const { default: appFile } = (await import(pathToFileURL(join(folder, `${app.product.id}.app.mjs`)).href)) as Json;
    const account = (): Json => ({ ...appFile.methods, $auth: { oauth_access_token: client.tokens.access_token } });

    return {
      redirectUri,
      verifies: true,
      connect: (consent, credentials) => client.connect(consent, credentials),
      async test() {
        const me = await account().getMe();
        return registration.connection_name.replace(/\{\{([\w.]+)\}\}/g, (_: string, path: string) =>
          String(path.split(".").reduce((value: Json, part: string) => value?.[part], me)),
        );
      },
      refresh: () => client.refresh(),
      async trigger(trigger: Trigger) {
        const name = sourceName(trigger);
        const file = join(folder, "sources", name, `${name}.mjs`);
        if (!existsSync(file)) throw new Error(`there is no source ${name}`);
        const { default: source } = (await import(pathToFileURL(file).href)) as Json;
        if (source.dedupe !== "unique" || source.key !== `${app.product.id}-${name}`)
          throw new Error(`${name} is not a source that dedupes`);

        const instance = (targetUrl: string, inputs: Inputs): Json => {
          const store = new Map<string, unknown>();
          const seen = new Set<string>();
          const emitted: Json[] = [];
          const responses: Json[] = [];
          const props = Object.fromEntries(Object.entries(inputs).map(([key, value]) => [camelCase(key), value]));
          const unknown = Object.keys(props).find((prop) => !(prop in source.props));
          if (unknown) throw new Error(`the source has no prop ${unknown}`);
          return {
            ...source.methods,
            ...props,
            app: account(),
            db: { get: (key: string) => store.get(key), set: (key: string, value: unknown) => void store.set(key, structuredClone(value)) },
            http: { endpoint: targetUrl, respond: (response: Json) => void responses.push(response) },
            // `dedupe: "unique"`: an id that was emitted before is dropped.
            $emit: (event: Json, { id }: Json) => {
              if (!seen.has(id)) emitted.push(event);
              seen.add(id);
            },
            emitted,
            responses,
          };
        };

        return {
          async dropdowns() {
            const filled: Record<string, unknown[]> = {};
            for (const { key, choices } of trigger.filters)
              if (choices?.kind === "seen") filled[key] = await source.props[camelCase(key)].options.call(instance("", {}));
            return filled;
          },
          async subscribe(targetUrl, inputs) {
            const self = instance(targetUrl, inputs);
            await source.hooks.activate.call(self);
            return self;
          },
          async receive(subscription, { headers, raw, body }) {
            const { emitted, responses } = subscription as Json;
            emitted.length = 0;
            // Seen before in this proof, where a source would have seen it once.
            const self = { ...(subscription as Json), $emit: (event: Json) => void emitted.push(event) };
            await source.run.call(self, { headers, body, bodyRaw: raw.toString("utf8") });
            const { status } = responses.at(-1) ?? {};
            if (status !== (emitted.length > 0 ? 200 : 401)) throw new Error(`it answered ${status} and emitted ${emitted.length}`);
            return [...emitted];
          },
          // What a source shows at first is what it emits when it is deployed, oldest first.
          async samples(inputs) {
            const self = instance("", inputs);
            await source.hooks.deploy.call(self);
            await source.hooks.deploy.call(self);
            return self.emitted.reverse();
          },
          staticSample: source.sampleEmit,
          declared: catalogueFields(trigger),
          async unsubscribe(subscription) {
            await source.hooks.deactivate.call(subscription);
            if ((subscription as Json).db.get("hook")) throw new Error("it still remembers the webhook");
          },
        };
      },
    };
  },
};
