import { createHash, randomBytes } from "node:crypto";
import supertest from "supertest";
import { putCompany } from "../../server/accounts/put-company.ts";
import { putUser } from "../../server/accounts/put-user.ts";
import { addApp } from "../../server/oauth/add-app.ts";
import type { AppRecord } from "../../server/oauth/app.ts";
import { Browser, fieldsOf, type Page } from "./browser.ts";
import { Api, type Json, type TestApp } from "./test-app.ts";

export const redirectUri = "https://platform.example/callback";
export const password = "correct horse battery";

export type Client = { id: string; secret: string | undefined; app: AppRecord };

export async function newClient({ hookline, product }: TestApp, changes: Partial<AppRecord> = {}): Promise<Client> {
  const { app, secret } = await addApp(hookline.ctx, {
    product,
    name: "Platform",
    platform: null,
    verified: true,
    redirectUris: [redirectUri],
    kind: "confidential",
    pkce: "optional",
    ...changes,
  });
  return { id: app._id, secret, app };
}

/** Ada is Acme's admin, Bo a member; Ada also belongs to Globex. */
export async function addPeople({ hookline: { ctx }, product }: TestApp): Promise<void> {
  await putCompany(ctx, product, { id: "acme", name: "Acme Corporation" });
  await putUser(ctx, product, "acme", { id: "ada", email: "ada@acme.example", name: "Ada", role: "admin", password });
  await putUser(ctx, product, "acme", { id: "bo", email: "bo@acme.example", name: "Bo", role: "member", password });
}

export type Pkce = { verifier: string; challenge: string };
export function newPkce(): Pkce {
  const verifier = randomBytes(32).toString("base64url");
  return { verifier, challenge: createHash("sha256").update(verifier).digest("base64url") };
}

export function authorizePath(client: Client, extra: Record<string, string> = {}): string {
  return `/oauth/authorize?${new URLSearchParams({ response_type: "code", client_id: client.id, redirect_uri: redirectUri, state: "s-1", ...extra })}`;
}

/** Opens the consent page as a signed-in person. */
export async function openConsent(browser: Browser, path: string): Promise<Page> {
  return browser.get(path);
}

export async function decide(
  browser: Browser,
  page: Page,
  decision: "allow" | "deny" = "allow",
  extra: Record<string, string> = {},
): Promise<URL> {
  const answer = await browser.post("/oauth/authorize", { ...fieldsOf(page, "/oauth/authorize"), decision, ...extra });
  if (answer.status !== 303) throw new Error(`deciding answered ${answer.status}: ${answer.text.replace(/<[^>]+>/g, " ")}`);
  return new URL(answer.headers.location as string);
}

/** From nothing to a code, as a person in a browser does it. */
export async function authorize(
  app: TestApp,
  client: Client,
  extra: Record<string, string> = {},
  email = "ada@acme.example",
): Promise<{ code: string; browser: Browser; location: URL }> {
  const browser = new Browser(app.url);
  await browser.signIn(email, password);
  const location = await decide(browser, await browser.get(authorizePath(client, extra)));
  return { code: location.searchParams.get("code") ?? "", browser, location };
}

export function requestToken({ url }: TestApp, client: Client, body: Record<string, string>) {
  const secret: Record<string, string> = client.secret ? { client_secret: client.secret } : {};
  return supertest(url)
    .post("/oauth/token")
    .type("form")
    .send({ client_id: client.id, ...secret, ...body });
}

export function exchange(app: TestApp, client: Client, code: string, extra: Record<string, string> = {}) {
  return requestToken(app, client, { grant_type: "authorization_code", code, redirect_uri: redirectUri, ...extra });
}

export function refresh(app: TestApp, client: Client, token: string) {
  return requestToken(app, client, { grant_type: "refresh_token", refresh_token: token });
}

/** From nothing to an API that works with an access token. */
export async function connect(
  app: TestApp,
  client: Client,
  email = "ada@acme.example",
): Promise<{ api: Api; tokens: Json; install: string }> {
  const { code } = await authorize(app, client, {}, email);
  const { body } = await exchange(app, client, code).expect(200);
  const api = new Api(app.url, body.access_token);
  const install = (await api.get("/v1/installs").expect(200)).body.data[0].id;
  return { api, tokens: body, install };
}
