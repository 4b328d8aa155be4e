import assert from "node:assert/strict";
import supertest from "supertest";
import { Browser, fieldsOf } from "../helpers/browser.ts";
import {
  addPeople,
  authorize,
  authorizePath,
  connect,
  decide,
  exchange,
  newClient,
  newPkce,
  password,
  redirectUri,
  refresh,
  requestToken,
} from "../helpers/oauth-app.ts";
import { Api, startTestApp, type TestApp } from "../helpers/test-app.ts";

describe("connecting an app", () => {
  let app: TestApp;
  beforeEach(async () => {
    app = await startTestApp();
    await addPeople(app);
  });
  afterEach(() => app.stop());

  it("authorize, exchange, call, refresh: one round trip each", async () => {
    const client = await newClient(app);
    const { code, location } = await authorize(app, client);
    assert.equal(location.origin + location.pathname, redirectUri);
    assert.equal(location.searchParams.get("state"), "s-1");
    assert.equal(location.searchParams.get("iss"), app.url);
    const answer = await exchange(app, client, code).expect(200);
    assert.equal(answer.headers["cache-control"], "no-store");
    const { access_token, refresh_token, expires_in, token_type, scope } = answer.body;
    assert.deepEqual([token_type, expires_in, scope], ["Bearer", 3600, "hooks:read hooks:write events:read"]);
    const me = (await new Api(app.url, access_token).get("/v1/me").expect(200)).body;
    assert.deepEqual([me.id, me.email, me.name, me.company.id], ["ada", "ada@acme.example", "Ada", "acme"]);
    const renewed = (await refresh(app, client, refresh_token).expect(200)).body;
    assert.notEqual(renewed.refresh_token, refresh_token);
    await new Api(app.url, renewed.access_token).get("/v1/me").expect(200);
  });

  it("a client authenticates by body or by Basic, and a wrong or missing secret is 401", async () => {
    const client = await newClient(app);
    const basic = (secret: string) => `Basic ${Buffer.from(`${client.id}:${secret}`).toString("base64")}`;
    const send = async (authorization: string | undefined, body: Record<string, string>) => {
      const { code } = await authorize(app, client);
      const call = supertest(app.url).post("/oauth/token").type("form");
      if (authorization) call.set("authorization", authorization);
      return call.send({ grant_type: "authorization_code", code, redirect_uri: redirectUri, ...body });
    };
    assert.equal((await send(basic(client.secret as string), {})).status, 200);
    // Platforms send a stale bearer token along; it means nothing here.
    assert.equal((await send("Bearer hl_at_stale", { client_id: client.id, client_secret: client.secret as string })).status, 200);
    for (const answer of [
      await send(basic("wrong"), {}),
      await send(undefined, { client_id: client.id, client_secret: "wrong" }),
      await send(undefined, { client_id: client.id }),
      await send(undefined, { client_id: "app_unknown", client_secret: "x" }),
    ]) {
      assert.deepEqual([answer.status, answer.body.error], [401, "invalid_client"]);
      assert.match(answer.headers["www-authenticate"] as string, /^Basic/);
    }
  });

  it("a code is good once: the second use takes the install back", async () => {
    const client = await newClient(app);
    const { code } = await authorize(app, client);
    const { body } = await exchange(app, client, code).expect(200);
    const api = new Api(app.url, body.access_token);
    const hook = await api.subscribe({ event: "deal.won", target_url: app.receiver.url });
    assert.equal((await exchange(app, client, code).expect(400)).body.error, "invalid_grant");
    await api.get("/v1/me").expect(401);
    await refresh(app, client, body.refresh_token).expect(400);
    await app.api.get(`/v1/hooks/${hook.id}`).expect(404);
  });

  it("of two exchanges at the same moment at most one gets tokens", async () => {
    const client = await newClient(app);
    const { code } = await authorize(app, client);
    const answers = await Promise.all([1, 2, 3, 4].map(() => exchange(app, client, code)));
    assert.ok(answers.filter(({ status }) => status === 200).length <= 1);
  });

  it("a code is good for a minute and for its own client and address", async () => {
    const client = await newClient(app);
    const other = await newClient(app);
    const late = await authorize(app, client);
    app.clock.advance({ seconds: 61 });
    assert.equal((await exchange(app, client, late.code).expect(400)).body.error, "invalid_grant");
    const { code } = await authorize(app, client);
    assert.equal((await exchange(app, other, code).expect(400)).body.error, "invalid_grant");
    assert.equal(
      (await exchange(app, client, code, { redirect_uri: "https://platform.example/other" }).expect(400)).body.error,
      "invalid_request",
    );
  });

  it("an access token lasts an hour; expired is 401 with WWW-Authenticate, so that platforms refresh", async () => {
    const { api, tokens } = await connect(app, await newClient(app));
    app.clock.advance({ seconds: 3_599 });
    await api.get("/v1/me").expect(200);
    app.clock.advance({ seconds: 1 });
    const answer = await api.get("/v1/me").expect(401);
    assert.match(answer.headers["www-authenticate"] as string, /^Bearer realm="hookline", error="invalid_token", resource_metadata="http/);
    assert.ok(tokens.refresh_token);
  });

  it("four refreshes in parallel all get a pair; after the grace the old token takes the install back", async () => {
    const client = await newClient(app);
    const { tokens } = await connect(app, client);
    const answers = await Promise.all([1, 2, 3, 4].map(() => refresh(app, client, tokens.refresh_token)));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200, 200],
    );
    assert.equal(new Set(answers.map(({ body }) => body.access_token)).size, 4);
    for (const { body } of answers) await new Api(app.url, body.access_token).get("/v1/me").expect(200);
    app.clock.advance({ seconds: 31 });
    assert.equal((await refresh(app, client, tokens.refresh_token).expect(400)).body.error, "invalid_grant");
    for (const { body } of answers) await new Api(app.url, body.access_token).get("/v1/me").expect(401);
    await refresh(app, client, answers[0]?.body.refresh_token).expect(400);
  });

  it("a refresh token lasts 60 days and belongs to its client", async () => {
    const client = await newClient(app);
    const other = await newClient(app);
    const { tokens } = await connect(app, client);
    await refresh(app, other, tokens.refresh_token).expect(400);
    app.clock.advance({ days: 59 });
    const { body } = await refresh(app, client, tokens.refresh_token).expect(200);
    app.clock.advance({ days: 61 });
    await refresh(app, client, body.refresh_token).expect(400);
  });

  it("PKCE: a challenge must be met, can't be left out or weakened, and public clients need one", async () => {
    const client = await newClient(app);
    const pkce = newPkce();
    const challenge = { code_challenge: pkce.challenge, code_challenge_method: "S256" };
    const met = await authorize(app, client, challenge);
    await exchange(app, client, met.code, { code_verifier: pkce.verifier }).expect(200);
    for (const extra of [{}, { code_verifier: newPkce().verifier }, { code_verifier: "short" }] as Record<string, string>[]) {
      const { code } = await authorize(app, client, challenge);
      await exchange(app, client, code, extra).expect(400);
    }
    // A verifier for a code that was asked for without a challenge: somebody took the challenge out on the way.
    const stripped = await authorize(app, client);
    await exchange(app, client, stripped.code, { code_verifier: pkce.verifier }).expect(400);
    const browser = new Browser(app.url);
    await browser.signIn("ada@acme.example", password);
    const error = async (target: typeof client, extra: Record<string, string>) =>
      new URL((await browser.get(authorizePath(target, extra))).headers.location as string).searchParams.get("error");
    assert.equal(await error(client, { code_challenge: pkce.challenge, code_challenge_method: "plain" }), "invalid_request");
    assert.equal(await error(client, { code_challenge: pkce.challenge }), "invalid_request");
    const open = await newClient(app, { kind: "public" });
    assert.equal(await error(open, {}), "invalid_request");
    const { code } = await authorize(app, open, challenge);
    await exchange(app, open, code).expect(400);
    const again = await authorize(app, open, challenge);
    const { body } = await exchange(app, open, again.code, { code_verifier: pkce.verifier }).expect(200);
    await refresh(app, open, body.refresh_token).expect(200);
  });

  it("what is wrong with app or address is told to the person, never sent anywhere", async () => {
    const client = await newClient(app);
    const browser = new Browser(app.url);
    await browser.signIn("ada@acme.example", password);
    for (const path of [
      authorizePath({ ...client, id: "app_unknown" }),
      authorizePath(client, { redirect_uri: "https://evil.example/callback" }),
      authorizePath(client, { redirect_uri: `${redirectUri}/more` }),
      authorizePath(client, { redirect_uri: `${redirectUri}?x=1` }),
      authorizePath(client, { redirect_uri: redirectUri.toUpperCase() }),
      authorizePath(client, { redirect_uri: "" }),
      `${authorizePath(client)}&redirect_uri=https://evil.example`,
      `${authorizePath(client)}&client_id=x`,
    ]) {
      const page = await browser.get(path);
      assert.equal(page.status, 400, path);
      assert.equal(page.headers.location, undefined);
    }
  });

  it("what is wrong with the request goes back to the app, with its state", async () => {
    const client = await newClient(app);
    const browser = new Browser(app.url);
    for (const [extra, error] of [
      [{ response_type: "token" }, "unsupported_response_type"],
      [{ scope: "hooks:read admin" }, "invalid_scope"],
    ] as const) {
      const location = new URL((await browser.get(authorizePath(client, extra))).headers.location as string);
      assert.deepEqual(
        [location.searchParams.get("error"), location.searchParams.get("state"), location.origin],
        [error, "s-1", "https://platform.example"],
      );
    }
    const twice = new URL((await browser.get(`${authorizePath(client)}&scope=a&scope=b`)).headers.location as string);
    assert.equal(twice.searchParams.get("error"), "invalid_request");
  });

  it("a loopback address may come with any port, no other part may differ", async () => {
    const client = await newClient(app, { redirectUris: ["http://127.0.0.1/callback"] });
    const browser = new Browser(app.url);
    await browser.signIn("ada@acme.example", password);
    assert.equal((await browser.get(authorizePath(client, { redirect_uri: "http://127.0.0.1:51004/callback" }))).status, 200);
    for (const redirect_uri of [
      "http://127.0.0.1:51004/other",
      "http://localhost:51004/callback",
      "http://127.0.0.1.evil.example/callback",
      "https://127.0.0.1:1/callback",
    ]) {
      assert.equal((await browser.get(authorizePath(client, { redirect_uri }))).status, 400, redirect_uri);
    }
  });

  it("the consent page says who asks, for what, for whom and where it leads; deny leads back with access_denied", async () => {
    const client = await newClient(app, { name: 'Evil <script>alert("x")</script>' });
    const browser = new Browser(app.url);
    await browser.signIn("ada@acme.example", password);
    const page = await browser.get(authorizePath(client, { scope: "hooks:read" }));
    assert.match(page.text, /Evil &lt;script/);
    assert.ok(!page.text.includes("<script"));
    for (const part of ["Acme Corporation", "See the webhooks it has set up", "ada@acme.example", "platform.example"])
      assert.ok(page.text.includes(part), part);
    assert.ok(!page.text.includes("Set up, change and remove"));
    assert.match(page.headers["content-security-policy"] as string, /frame-ancestors 'none'/);
    assert.match(page.headers["content-security-policy"] as string, /form-action 'self' https:\/\/platform\.example/);
    assert.equal(page.headers["x-frame-options"], "DENY");
    assert.match(page.headers["cache-control"] as string, /no-store/);
    const location = await decide(browser, page, "deny");
    assert.deepEqual(
      [location.searchParams.get("error"), location.searchParams.get("state"), location.searchParams.get("code")],
      ["access_denied", "s-1", null],
    );
  });

  it("granted scopes are all the token has", async () => {
    const client = await newClient(app);
    const { code } = await authorize(app, client, { scope: "hooks:read offline" });
    const { body } = await exchange(app, client, code).expect(200);
    assert.equal(body.scope, "hooks:read");
    const api = new Api(app.url, body.access_token);
    await api.get("/v1/hooks").expect(200);
    await api.post("/v1/hooks", { event: "deal.won", target_url: app.receiver.url }).expect(403);
    const widened = await requestToken(app, client, {
      grant_type: "refresh_token",
      refresh_token: body.refresh_token,
      scope: "hooks:read hooks:write",
    });
    assert.deepEqual([widened.status, widened.body.error], [400, "invalid_scope"]);
  });

  it("two tabs, each for its own app, both work; a decision can't be given twice or without the page's token", async () => {
    const first = await newClient(app);
    const second = await newClient(app, { redirectUris: ["https://second.example/cb"] });
    const browser = new Browser(app.url);
    await browser.signIn("ada@acme.example", password);
    const tabOne = await browser.get(authorizePath(first, { state: "one" }));
    const tabTwo = await browser.get(authorizePath(second, { state: "two", redirect_uri: "https://second.example/cb" }));
    const one = await decide(browser, tabOne);
    const two = await decide(browser, tabTwo);
    assert.deepEqual(
      [one.host, one.searchParams.get("state"), two.host, two.searchParams.get("state")],
      ["platform.example", "one", "second.example", "two"],
    );
    assert.equal((await browser.post("/oauth/authorize", { ...fieldsOf(tabOne, "/oauth/authorize"), decision: "allow" })).status, 400);
    const third = await browser.get(authorizePath(first));
    const { csrf: _, ...without } = fieldsOf(third, "/oauth/authorize");
    assert.equal((await browser.post("/oauth/authorize", { ...without, decision: "allow" })).status, 403);
    assert.equal((await browser.post("/oauth/authorize", { ...without, csrf: "forged", decision: "allow" })).status, 403);
  });

  it("after a sign-out the next person decides for themselves", async () => {
    const client = await newClient(app);
    const browser = new Browser(app.url);
    await browser.signIn("ada@acme.example", password);
    const page = await browser.get(authorizePath(client));
    await browser.post("/sign-out", fieldsOf(page, "/sign-out"));
    const sent = await browser.get(authorizePath(client));
    assert.match(sent.headers.location as string, /^\/sign-in\?return_to=/);
    // Ada's open page is worth nothing in Bo's session.
    const back = await browser.signIn("bo@acme.example", password, authorizePath(client));
    assert.equal(back.headers.location, authorizePath(client));
    assert.equal((await browser.post("/oauth/authorize", { ...fieldsOf(page, "/oauth/authorize"), decision: "allow" })).status, 403);
    const location = await decide(browser, await browser.get(authorizePath(client)));
    const { body } = await exchange(app, client, location.searchParams.get("code") as string).expect(200);
    assert.equal((await new Api(app.url, body.access_token).get("/v1/me")).body.id, "bo");
  });

  it("nobody chooses a company that isn't theirs; somebody with several chooses", async () => {
    const { ctx } = app.hookline;
    const { putUser } = await import("../../server/accounts/put-user.ts");
    await putUser(ctx, "tonic-desk", "globex", { id: "ada", email: "ada@acme.example", name: "Ada", password });
    const client = await newClient(app);
    const browser = new Browser(app.url);
    await browser.signIn("ada@acme.example", password);
    const page = await browser.get(authorizePath(client));
    assert.ok(page.text.includes("Acme Corporation") && page.text.includes("Globex"));
    assert.equal(
      (await browser.post("/oauth/authorize", { ...fieldsOf(page, "/oauth/authorize"), decision: "allow", user: "tonic-desk:acme/bo" }))
        .status,
      403,
    );
    const chosen = await decide(browser, await browser.get(authorizePath(client)), "allow", { user: "tonic-desk:globex/ada" });
    const { body } = await exchange(app, client, chosen.searchParams.get("code") as string).expect(200);
    assert.equal((await new Api(app.url, body.access_token).get("/v1/me")).body.company.id, "globex");
    const foreign = await newClient(app, { product: "tesoro" });
    assert.equal((await browser.get(authorizePath(foreign))).status, 403);
  });

  it("the token endpoint answers nonsense in OAuth's own words", async () => {
    const client = await newClient(app);
    const post = (body: string, type = "application/x-www-form-urlencoded") =>
      supertest(app.url).post("/oauth/token").set("content-type", type).send(body);
    const credentials = `client_id=${client.id}&client_secret=${client.secret}`;
    for (const [answer, error] of [
      [await post(`${credentials}&grant_type=password&username=a&password=b`), "unauthorized_client"],
      [await post(`${credentials}&grant_type=nope`), "unsupported_grant_type"],
      [await post(credentials), "invalid_request"],
      [await post("{}", "application/json"), "invalid_request"],
      [await post(`${credentials}&grant_type=authorization_code&code=a&code=b`), "invalid_request"],
      [await post(`${credentials}&grant_type=refresh_token&refresh_token[$ne]=x`), "invalid_request"],
      [await post(`${credentials}&grant_type=authorization_code&code=unknown`), "invalid_grant"],
    ] as const) {
      assert.equal(answer.body.error, error, JSON.stringify(answer.body));
      assert.ok(answer.status >= 400 && answer.status < 500);
    }
  });

  it("secrets, codes and tokens are kept as hashes only", async () => {
    const client = await newClient(app);
    const { code } = await authorize(app, client);
    const { body } = await exchange(app, client, code).expect(200);
    const { db } = app.hookline.ctx;
    const everything = JSON.stringify(
      await Promise.all(["apps", "codes", "tokens", "installs", "sessions", "audits"].map((name) => db.collection(name).find().toArray())),
    );
    for (const secret of [client.secret as string, code, body.access_token, body.refresh_token]) assert.ok(!everything.includes(secret));
  });
});
