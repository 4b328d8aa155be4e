import { createHash, randomBytes } from "node:crypto";
import type { Json } from "../../../helpers/test-app.ts";
import type { Consent, Credentials } from "../platform.ts";

export type Endpoints = { authorize: string; token: string; scope: string; redirectUri: string; pkce: boolean };

/** The OAuth client that a platform runs itself for its connectors: code, tokens and refresh, with the secret in the body. */
export class OAuthClient {
  readonly #endpoints: Endpoints;
  #credentials: Credentials | undefined;
  tokens: Json = {};

  constructor(endpoints: Endpoints) {
    this.#endpoints = endpoints;
  }

  async connect(consent: Consent, credentials: Credentials): Promise<void> {
    const { authorize, scope, redirectUri, pkce } = this.#endpoints;
    this.#credentials = credentials;
    const verifier = randomBytes(32).toString("base64url");
    const challenge = createHash("sha256").update(verifier).digest("base64url");
    const url = new URL(authorize);
    const query = { response_type: "code", client_id: credentials.clientId, redirect_uri: redirectUri, scope, state: "s-1" };
    url.search = new URLSearchParams({
      ...query,
      ...(pkce ? { code_challenge: challenge, code_challenge_method: "S256" } : {}),
    }).toString();
    const back = await consent(url.href);
    const code = back.searchParams.get("code") ?? "";
    await this.#grant({ grant_type: "authorization_code", code, redirect_uri: redirectUri, ...(pkce ? { code_verifier: verifier } : {}) });
  }

  async refresh(): Promise<void> {
    const before = this.tokens.access_token;
    await this.#grant({ grant_type: "refresh_token", refresh_token: this.tokens.refresh_token });
    if (this.tokens.access_token === before) throw new Error("refreshing gave the same access token");
  }

  async #grant(body: Record<string, string>): Promise<void> {
    const { clientId = "", clientSecret = "" } = this.#credentials ?? {};
    const answer = await fetch(this.#endpoints.token, {
      method: "POST",
      body: new URLSearchParams({ client_id: clientId, client_secret: clientSecret, ...body }),
    });
    const tokens = (await answer.json()) as Json;
    if (!answer.ok) throw new Error(`the token endpoint answered ${answer.status}: ${JSON.stringify(tokens)}`);
    if (!tokens.refresh_token || !tokens.expires_in) throw new Error("platforms need refresh_token and expires_in");
    this.tokens = tokens;
  }
}
