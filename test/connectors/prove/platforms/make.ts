import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Trigger } from "../../../../connectors/connector-app.ts";
import { moduleLabel } from "../../../../connectors/make/generate-make.ts";
import type { MakeField } from "../../../../connectors/make/make-fields.ts";
import type { Json } from "../../../helpers/test-app.ts";
import type { Declared, Platform } from "../platform.ts";
import { optionalPaths } from "../platform.ts";
import { fillIn, type Scope } from "./iml.ts";

const redirectUri = "https://www.make.com/oauth/cb/app";

/** Make's side, as far as our apps use it: what it does with makecomapp.json and the files that are listed there. */
export const make: Platform = {
  id: "make",
  playedBy: "our own interpreter for the part of IML that the apps use",
  async load(folder) {
    const { generalCodeFiles, components } = JSON.parse(readFileSync(join(folder, "makecomapp.json"), "utf8")) as Json;
    const read = (file: string): Json => JSON.parse(readFileSync(join(folder, file), "utf8"));
    const base = read(generalCodeFiles.base);
    const communication = read(components.connection.oauth.codeFiles.communication);
    const oauth = { scope: read(components.connection.oauth.codeFiles.defaultScope), localRedirectUri: redirectUri };
    let common: Scope = {};
    let data: Json = {};

    /** One request of a communication: the base's address, headers and error handling around it. */
    async function request(spec: Json, scope: Scope, withBase: boolean): Promise<Json> {
      const all: Scope = { parameters: {}, common, oauth, data, connection: data, ...scope };
      if (spec.condition !== undefined && !fillIn(spec.condition, all)) return { skipped: true };
      const address = String(fillIn(spec.url, all));
      const url = new URL(withBase && address.startsWith("/") ? `${base.baseUrl}${address}` : address);
      for (const [name, value] of Object.entries((fillIn(spec.qs ?? {}, all) as Scope) ?? {})) url.searchParams.set(name, String(value));
      const headers: Record<string, string> = {
        ...(withBase ? (fillIn(base.headers, all) as Json) : {}),
        ...(fillIn(spec.headers ?? {}, all) as Json),
      };
      const body = fillIn(spec.body, all);
      const method = String(fillIn(spec.method ?? "GET", all));
      const encoded =
        spec.type === "urlencoded"
          ? new URLSearchParams(body as Record<string, string>).toString()
          : typeof body === "string"
            ? body
            : JSON.stringify(body);
      if (body !== undefined && spec.type !== "text")
        headers["content-type"] = spec.type === "urlencoded" ? "application/x-www-form-urlencoded" : "application/json";
      const answer = await fetch(url, { method, headers, ...(body === undefined || method === "GET" ? {} : { body: encoded as string }) });
      const text = await answer.text();
      const after = { ...all, statusCode: answer.status, headers: Object.fromEntries(answer.headers), body: parsed(text) };
      if (answer.status >= 400) {
        const error = spec.response?.error ?? (withBase ? base.response.error : undefined);
        const chosen = error?.[String(answer.status)] ?? error;
        throw new Error(chosen ? String(fillIn(chosen.message, after)) : `[${answer.status}]`);
      }
      const { iterate, output, limit, data: kept, temp, metadata } = spec.response ?? {};
      const items = iterate ? (fillIn(iterate, after) as unknown[]).map((item) => fillIn(output, { ...after, item })) : undefined;
      return {
        after,
        items: items?.slice(0, limit),
        output: iterate ? undefined : fillIn(output, after),
        data: fillIn(kept, after),
        temp: fillIn(temp, after),
        metadata: fillIn(metadata, after),
      };
    }

    /** An RPC with its further pages, up to its limit. */
    async function callRpc(id: string): Promise<unknown[]> {
      const spec = read(components.rpc[id].codeFiles.communication);
      const first = await request(spec, {}, true);
      const items = [...first.items];
      for (let page = 2; items.length < spec.response.limit; page++) {
        const scope = { ...first.after, pagination: { page } };
        if (!fillIn(spec.pagination.condition, scope)) break;
        const next = await request({ ...spec, qs: spec.pagination.qs }, { pagination: { page } }, true);
        first.after = next.after;
        items.push(...next.items);
      }
      return items.slice(0, spec.response.limit);
    }

    return {
      redirectUri,
      verifies: false,
      async connect(consent, { clientId, clientSecret }) {
        common = { clientId, clientSecret };
        const all = { parameters: {}, common, oauth };
        const url = new URL(String(fillIn(communication.authorize.url, all)));
        for (const [name, value] of Object.entries(fillIn(communication.authorize.qs, all) as Scope))
          url.searchParams.set(name, String(value));
        url.searchParams.set("state", "make-1");
        const back = await consent(url.href);
        const temp = fillIn(communication.authorize.response.temp, { query: Object.fromEntries(back.searchParams) });
        ({ data } = await request(communication.token, { temp }, false));
        if (!data.accessToken || !data.refreshToken || !(data.expires > new Date()))
          throw new Error(`the tokens came as ${JSON.stringify(data)}`);
      },
      async test() {
        const { metadata } = await request(communication.info, {}, false);
        // The module for everything else goes by the same connection.
        const universal = read(components.module.makeAnApiCall.codeFiles.communication);
        const call = await request(
          universal,
          { parameters: { url: "me", method: "GET", headers: [{ key: "Accept", value: "application/json" }] } },
          true,
        );
        if (call.output.statusCode !== 200 || !call.output.body.company)
          throw new Error(`"Make an API call" gave ${JSON.stringify(call.output)}`);
        return metadata.value;
      },
      async refresh() {
        if (!(await request(communication.refresh, {}, false)).skipped) throw new Error("it refreshed long before the token expires");
        const before = data.accessToken;
        data = { ...data, expires: new Date(Date.now() + 10 * 60_000) };
        data = (await request(communication.refresh, {}, false)).data;
        if (data.accessToken === before) throw new Error("refreshing gave the same access token");
      },
      async disconnect() {
        await request(communication.invalidate, {}, false);
      },
      async trigger(trigger: Trigger) {
        const label = moduleLabel(trigger);
        const module = Object.values(components.module as Record<string, Json>).find((candidate) => candidate.label === label);
        if (!module) throw new Error(`there is no module "${label}"`);
        const { codeFiles } = components.webhook[module.webhook];
        const parameters = read(codeFiles.params) as MakeField[];
        return {
          async dropdowns() {
            const filled: Record<string, unknown[]> = {};
            for (const { name, options } of parameters)
              if (typeof options === "string") filled[name] = await callRpc(options.replace(/^rpc:\/\//, ""));
            return filled;
          },
          async subscribe(targetUrl, inputs) {
            const unknown = Object.keys(inputs).find((name) => !parameters.some((parameter) => parameter.name === name));
            if (unknown) throw new Error(`the webhook has no parameter ${unknown}`);
            const attached = await request(read(codeFiles.attach), { parameters: inputs, webhook: { url: targetUrl } }, true);
            return { ...attached.data, url: targetUrl };
          },
          async receive(_subscription, { body }) {
            return [fillIn(read(codeFiles.communication).output, { body }) as Record<string, unknown>];
          },
          samples: undefined,
          staticSample: read(module.codeFiles.samples),
          declared: declaredOf(read(module.codeFiles.interface), optionalPaths(trigger)),
          async unsubscribe(subscription) {
            await request(read(codeFiles.detach), { webhook: subscription }, true);
          },
        };
      },
    };
  },
};

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const types: Record<string, Declared["type"]> = {
  uinteger: "integer",
  text: "string",
  email: "string",
  url: "string",
  array: "list",
  collection: "object",
};

function declaredOf(fields: MakeField[], optional: ReadonlySet<string>, prefix: string[] = []): Declared[] {
  return fields.flatMap(({ name, type, spec }) => {
    const path = [...prefix, name];
    if (type === "collection" && Array.isArray(spec)) return declaredOf(spec, optional, path);
    return [{ path, type: types[type] ?? (type as Declared["type"]), open: type === "collection", optional: optional.has(path.join(".")) }];
  });
}
