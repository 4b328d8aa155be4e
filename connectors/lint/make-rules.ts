import { interfaceOf } from "../make/make-fields.ts";
import { sentenceCase } from "../names.ts";
import { type LintedApp, pngSize, type Rule, when } from "./rule.ts";

type Component = { label: string; moduleType?: string; webhook?: string; codeFiles: Record<string, string> };
type Components = Record<"connection" | "webhook" | "module" | "rpc", Record<string, Component>>;

const manifest = "makecomapp.json";
const oauth = "connections/oauth/oauth.communication.iml.json";
const base = "general/base.iml.json";

function components(app: LintedApp): Components {
  return app.json(manifest).components;
}

function all(app: LintedApp): [string, Component][] {
  return Object.values(components(app)).flatMap((kind) => Object.entries(kind ?? {}));
}

function instantTriggers(app: LintedApp): Component[] {
  return Object.values(components(app).module).filter(({ moduleType }) => moduleType === "instant_trigger");
}

const firstInterface = (app: LintedApp): string => instantTriggers(app)[0]?.codeFiles.interface ?? "";
const firstWebhook = (app: LintedApp, section: string): string => Object.values(components(app).webhook)[0]?.codeFiles[section] ?? "";

/** Make's review list for custom apps: what its reviewers demand, as far as it shows in the files. */
export const makeRules: Rule[] = [
  {
    id: "files",
    rule: "makecomapp.json and the files it lists fit together",
    fix: "Generate the app again.",
    find: (app) => {
      const { generalCodeFiles } = app.json(manifest);
      const listed = [...Object.values<string>(generalCodeFiles), ...all(app).flatMap(([, { codeFiles }]) => Object.values(codeFiles))];
      const missing = listed
        .filter((file) => !app.has(file))
        .map((file) => ({ file: manifest, message: `${file} is listed and not there` }));
      const stray = app.files(/\.iml\.json$/).filter((file) => !listed.includes(file));
      return [...missing, ...stray.map((file) => ({ file, message: "it is not listed in makecomapp.json" }))];
    },
    breaks: (app) => app.remove(firstWebhook(app, "params")),
  },
  {
    id: "base-sanitize",
    rule: "The base hides credentials from logs",
    fix: 'Put "request.headers.authorization" into log.sanitize.',
    find: (app) =>
      when(!app.json(base).log?.sanitize?.includes("request.headers.authorization"), base, "log.sanitize lacks the authorization header"),
    breaks: (app) => app.editJson(base, (content) => delete content.log),
  },
  {
    id: "base-errors",
    rule: "The base turns error answers into messages, and 429 into a RateLimitError",
    fix: "Describe them under response.error.",
    find: (app) => {
      const { error } = app.json(base).response ?? {};
      return [
        ...when(!error?.message?.includes("{{statusCode}}"), base, "response.error.message doesn't tell the status"),
        ...when(error?.["429"]?.type !== "RateLimitError", base, "429 is not a RateLimitError"),
      ];
    },
    breaks: (app) => app.editJson(base, (content) => delete content.response.error["429"]),
  },
  {
    id: "connection-sanitize",
    rule: "The connection hides secrets and tokens from logs",
    fix: "List them in log.sanitize of each request.",
    find: (app) => {
      const content = app.json(oauth);
      return ["token", "refresh"].flatMap((step) =>
        ["request.body.client_secret", "response.body.access_token", "response.body.refresh_token"]
          .filter((secret) => !content[step]?.log?.sanitize?.includes(secret))
          .map((secret) => ({ file: oauth, message: `${step} logs ${secret}` })),
      );
    },
    breaks: (app) => app.editJson(oauth, (content) => content.token.log.sanitize.pop()),
  },
  {
    id: "connection-test",
    rule: "Creating a connection calls an address that refuses bad credentials, says why, and gives it a name",
    fix: "Let info call /v1/me, with an error message and metadata.",
    find: (app) => {
      const { info } = app.json(oauth);
      return [
        ...when(!/\/v1\/me$/.test(info?.url ?? ""), oauth, "info doesn't call /v1/me"),
        ...when(!info?.response?.error?.message, oauth, "info has no error message"),
        ...when(!info?.response?.metadata?.value, oauth, "info gives the connection no name"),
      ];
    },
    breaks: (app) => app.editJson(oauth, (content) => delete content.info.response.error),
  },
  {
    id: "redirect",
    rule: "Both legs of OAuth use oauth.localRedirectUri, which approval demands",
    fix: "Write {{oauth.localRedirectUri}} in both.",
    find: (app) => {
      const { authorize, token } = app.json(oauth);
      return when(
        authorize.qs.redirect_uri !== "{{oauth.localRedirectUri}}" || token.body.redirect_uri !== authorize.qs.redirect_uri,
        oauth,
        "the redirect addresses differ or are not local",
      );
    },
    breaks: (app) => app.edit(oauth, "oauth.localRedirectUri", "oauth.redirectUri"),
  },
  {
    id: "refresh",
    rule: "Tokens are refreshed before they expire",
    fix: "Give refresh a condition on data.expires, and set expires from expires_in.",
    find: (app) => {
      const { token, refresh } = app.json(oauth);
      return [
        ...when(!/data\.expires\s*<\s*addMinutes\(now/.test(refresh?.condition ?? ""), oauth, "refresh has no condition on the time left"),
        ...when(!token.response?.data?.expires || !refresh?.response?.data?.expires, oauth, "the time of expiry isn't kept"),
      ];
    },
    breaks: (app) => app.editJson(oauth, (content) => delete content.refresh.condition),
  },
  {
    id: "pkce",
    rule: "No PKCE: Make's documented verifier is shorter than RFC 7636 allows",
    fix: "Leave code_challenge out; the app has a secret.",
    find: (app) => when(/code_(challenge|verifier)/.test(app.text(oauth)), oauth, "it uses PKCE"),
    breaks: (app) => app.editJson(oauth, (content) => (content.authorize.qs.code_challenge = "{{uuid}}")),
  },
  {
    id: "universal-module",
    rule: 'There is a universal module "Make an API call", bound to the API\'s own address',
    fix: "Generate the app again.",
    find: (app) => {
      const universal = Object.values(components(app).module).find(({ moduleType }) => moduleType === "universal");
      if (universal?.label !== "Make an API call") return [{ file: manifest, message: "it is missing" }];
      const file = universal.codeFiles.communication ?? "";
      // A whole URL from the person would take the token anywhere; behind the slash it is a path below the base's address.
      return when(app.json(file).url !== "/{{parameters.url}}" || app.json(file).headers?.authorization, file, "it doesn't go by the base");
    },
    breaks: (app) =>
      app.edit("modules/makeAnApiCall/makeAnApiCall.communication.iml.json", '"/{{parameters.url}}"', '"{{parameters.url}}"'),
  },
  {
    id: "webhook",
    rule: "Every instant trigger has a webhook that attaches, keeps its id, and detaches",
    fix: "Generate the app again.",
    find: (app) =>
      instantTriggers(app).flatMap(({ label, webhook }) => {
        const { codeFiles } = components(app).webhook[webhook ?? ""] ?? {};
        const attach = codeFiles?.attach ? app.json(codeFiles.attach) : undefined;
        const detach = codeFiles?.detach ? app.json(codeFiles.detach) : undefined;
        const good =
          attach?.body?.target_url === "{{webhook.url}}" &&
          attach?.response?.data?.externalHookId &&
          detach?.url?.includes("webhook.externalHookId");
        return when(!good, codeFiles?.attach ?? manifest, `"${label}" doesn't attach and detach`);
      }),
    breaks: (app) => app.editJson(firstWebhook(app, "attach"), (content) => delete content.response),
  },
  {
    id: "interface",
    rule: "Every instant trigger's interface has all fields of the event, with labels",
    fix: "Generate the app again.",
    find: (app) => {
      const wanted = new Map(app.app.triggers.map((trigger) => [JSON.stringify(interfaceOf(trigger.fields)), trigger.type]));
      return instantTriggers(app).flatMap(({ label, codeFiles }) =>
        when(
          !wanted.has(JSON.stringify(app.json(codeFiles.interface ?? ""))),
          codeFiles.interface ?? manifest,
          `"${label}" doesn't have the fields of any event type`,
        ),
      );
    },
    breaks: (app) => app.editJson(firstInterface(app), (content) => content.pop()),
  },
  {
    id: "samples",
    rule: "Every instant trigger has samples",
    fix: "Give the event type examples.",
    find: (app) =>
      instantTriggers(app).flatMap(({ label, codeFiles }) =>
        when(Object.keys(app.json(codeFiles.samples ?? "")).length === 0, codeFiles.samples ?? manifest, `"${label}" has no samples`),
      ),
    breaks: (app) =>
      app.editJson(instantTriggers(app)[0]?.codeFiles.samples ?? "", (content) => {
        for (const key of Object.keys(content)) delete content[key];
      }),
  },
  {
    id: "dates",
    rule: "Dates come out parsed",
    fix: "Let the webhook's output parse what the interface calls a date.",
    find: (app) =>
      instantTriggers(app).flatMap(({ webhook, codeFiles }) => {
        const output = app.json(components(app).webhook[webhook ?? ""]?.codeFiles.communication ?? "").output;
        return datesIn(app.json(codeFiles.interface ?? ""))
          .filter((path) => !String(path.reduce((value, part) => value?.[part], output)).includes("parseDate("))
          .map((path) => ({ file: codeFiles.interface ?? "", message: `${path.join(".")} is a date that isn't parsed` }));
      }),
    breaks: (app) => app.editJson(firstWebhook(app, "communication"), (content) => (content.output.timestamp = "{{body.timestamp}}")),
  },
  {
    id: "limits",
    rule: "What lists things has a limit and goes on to further pages",
    fix: "Give the RPC response.limit and pagination.",
    find: (app) =>
      Object.values(components(app).rpc).flatMap(({ codeFiles }) => {
        const file = codeFiles.communication ?? "";
        const { response, pagination } = app.json(file);
        return [
          ...when(!response?.limit, file, "it has no limit"),
          ...when(!pagination?.qs || !pagination?.condition, file, "it has no pagination"),
        ];
      }),
    breaks: (app) =>
      app.editJson(Object.values(components(app).rpc)[0]?.codeFiles.communication ?? "", (content) => delete content.pagination),
  },
  {
    id: "labels",
    rule: "Labels are in sentence case, and triggers' begin with Watch",
    fix: "Write the event type's title in English words; the labels follow by themselves.",
    find: (app) =>
      all(app).flatMap(([id, { label, moduleType }]) => [
        ...when(moduleType === "instant_trigger" && !label.startsWith("Watch "), manifest, `${id} is "${label}"`),
        ...when(
          moduleType !== undefined && label.replace("API", "api") !== sentenceCase(label).replace("API", "api"),
          manifest,
          `"${label}" is not in sentence case`,
        ),
      ]),
    breaks: (app) => app.edit(manifest, /"Watch (\w)/, (_, letter = "") => `"Watch ${letter.toUpperCase()}`),
  },
  {
    id: "https",
    rule: "Everything goes to one HTTPS address of the product's own",
    fix: "Generate the app with the https:// address of your server: --server https://…",
    find: (app) =>
      app
        .files(/(?<!\.samples)\.iml\.json$/)
        .flatMap((file) => [
          ...when(/http:\/\//.test(app.text(file)), file, "it has an address that is plain HTTP"),
          ...[...app.text(file).matchAll(/https:\/\/[^"/` ]+/g)].flatMap(([address]) =>
            when(address !== new URL(app.app.server).origin && file !== manifest, file, `${address} is not ${app.app.server}`),
          ),
        ]),
    breaks: (app) => app.edit(base, "https://", "http://"),
  },
  {
    id: "icon",
    rule: "The icon is a PNG of 512 by 512",
    fix: "Put such a file at assets/icon.png.",
    find: (app) => {
      const size = app.has("assets/icon.png") ? pngSize(app.bytes("assets/icon.png")) : undefined;
      return when(size?.width !== 512 || size.height !== 512, "assets/icon.png", "it is missing or of another size");
    },
    breaks: (app) => app.remove("assets/icon.png"),
  },
];

type InterfaceField = { name: string; type: string; spec?: InterfaceField[] };

// biome-ignore lint/suspicious/noExplicitAny: a path is followed through whatever is there
type Followed = any;

function datesIn(fields: InterfaceField[], prefix: string[] = []): Followed[][] {
  return fields.flatMap(({ name, type, spec }) => {
    const path = [...prefix, name];
    if (type === "date") return [path];
    return type === "collection" && Array.isArray(spec) ? datesIn(spec, path) : [];
  });
}
