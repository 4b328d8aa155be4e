import assert from "node:assert/strict";
import * as oauth from "oauth4webapi";
import { Browser } from "../helpers/browser.ts";
import { addPeople, decide, password } from "../helpers/oauth-app.ts";
import { startTestApp, type TestApp } from "../helpers/test-app.ts";

/** oauth4webapi drives it as a self-hosted n8n would: discovery, registration, PKCE, calls, refresh, revocation. */
describe("an independent OAuth client", () => {
  let app: TestApp;
  const insecure = { [oauth.allowInsecureRequests]: true };
  before(async () => {
    app = await startTestApp();
    await addPeople(app);
  });
  after(() => app.stop());

  for (const method of ["none", "client_secret_basic", "client_secret_post"] as const) {
    it(`goes from discovery to revocation with ${method}`, async () => {
      // RFC 9728: the API's own refusal says where to begin.
      const refused = await fetch(`${app.url}/v1/me`);
      const [, metadataUrl] = /resource_metadata="([^"]+)"/.exec(refused.headers.get("www-authenticate") ?? "") ?? [];
      const resource = (await (await fetch(metadataUrl as string)).json()) as { authorization_servers: string[]; resource: string };
      const viaPath = await oauth.resourceDiscoveryRequest(new URL(resource.resource), insecure);
      await oauth.processResourceDiscoveryResponse(new URL(resource.resource), viaPath);
      const issuer = new URL(resource.authorization_servers[0] as string);
      const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm: "oauth2", ...insecure }));
      assert.deepEqual(as.code_challenge_methods_supported, ["S256"]);

      const redirect_uri = "https://n8n.example/rest/oauth2-credential/callback";
      const registration = {
        client_name: "My n8n",
        redirect_uris: [redirect_uri],
        token_endpoint_auth_method: method,
        grant_types: ["authorization_code", "refresh_token"],
        response_types: ["code"],
      };
      const client = await oauth.processDynamicClientRegistrationResponse(
        await oauth.dynamicClientRegistrationRequest(as, registration, insecure),
      );
      const secret = String(client.client_secret ?? "");
      const auth = {
        none: () => oauth.None(),
        client_secret_basic: () => oauth.ClientSecretBasic(secret),
        client_secret_post: () => oauth.ClientSecretPost(secret),
      }[method]();

      const verifier = oauth.generateRandomCodeVerifier();
      const state = oauth.generateRandomState();
      const url = new URL(as.authorization_endpoint as string);
      url.search = String(
        new URLSearchParams({
          client_id: client.client_id,
          redirect_uri,
          response_type: "code",
          scope: as.scopes_supported?.join(" ") ?? "",
          state,
          code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
          code_challenge_method: "S256",
        }),
      );
      const browser = new Browser(app.url);
      await browser.signIn("ada@acme.example", password);
      const page = await browser.get(url.pathname + url.search);
      assert.match(page.text, /Not verified/);
      const callback = await decide(browser, page);
      const mixedUp = new URL(callback);
      mixedUp.searchParams.set("state", "another");
      assert.throws(() => oauth.validateAuthResponse(as, client, mixedUp, state), /state/);
      const parameters = oauth.validateAuthResponse(as, client, callback, state);
      const tokens = await oauth.processAuthorizationCodeResponse(
        as,
        client,
        await oauth.authorizationCodeGrantRequest(as, client, auth, parameters, redirect_uri, verifier, insecure),
      );
      const me = await oauth.protectedResourceRequest(tokens.access_token, "GET", new URL(`${app.url}/v1/me`), undefined, null, insecure);
      assert.equal(((await me.json()) as { id: string }).id, "ada");
      const renewed = await oauth.processRefreshTokenResponse(
        as,
        client,
        await oauth.refreshTokenGrantRequest(as, client, auth, tokens.refresh_token as string, insecure),
      );
      await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, auth, renewed.refresh_token as string, insecure));
      await assert.rejects(async () => {
        await oauth.protectedResourceRequest(renewed.access_token, "GET", new URL(`${app.url}/v1/me`), undefined, null, insecure);
      });
    });
  }

  it("registration refuses what it can't vouch for in RFC 7591's words, and can be switched off", async () => {
    const register = (body: unknown, url = app.url) =>
      fetch(`${url}/oauth/register`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
    for (const [body, error] of [
      [{}, "invalid_redirect_uri"],
      [{ redirect_uris: ["http://plain.example/cb"] }, "invalid_redirect_uri"],
      [{ redirect_uris: ["javascript:alert(1)"] }, "invalid_redirect_uri"],
      [{ redirect_uris: ["https://ok.example/cb#x"] }, "invalid_redirect_uri"],
      [{ redirect_uris: ["https://ok.example/cb"], token_endpoint_auth_method: "private_key_jwt" }, "invalid_client_metadata"],
    ] as const) {
      const answer = await register(body);
      assert.deepEqual([answer.status, ((await answer.json()) as { error: string }).error], [400, error]);
    }
    const closed = await startTestApp({ config: { openRegistration: false } });
    try {
      assert.equal((await register({ redirect_uris: ["https://ok.example/cb"] }, closed.url)).status, 403);
      const metadata = (await (await fetch(`${closed.url}/.well-known/oauth-authorization-server`)).json()) as {
        registration_endpoint?: string;
      };
      assert.equal(metadata.registration_endpoint, undefined);
    } finally {
      await closed.stop();
    }
  });

  it("registration is limited per address", async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 25; i++) {
      const answer = await fetch(`${app.url}/oauth/register`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ redirect_uris: ["https://many.example/cb"] }),
      });
      statuses.push(answer.status);
    }
    assert.ok(statuses.includes(201) && statuses.at(-1) === 429);
  });
});
