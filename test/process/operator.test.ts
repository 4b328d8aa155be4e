import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, statSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readConfig, settings } from "../../server/config.ts";
import { Browser, fieldsOf } from "../helpers/browser.ts";
import { newPkce } from "../helpers/oauth-app.ts";
import { Receiver } from "../helpers/receiver.ts";
import { ServerProcess } from "../helpers/server-process.ts";
import { temporaryFolder } from "../helpers/store.ts";
import { Api } from "../helpers/test-app.ts";

const script = (name: string) => fileURLToPath(new URL(`../../server/${name}.js`, import.meta.url));
const root = fileURLToPath(new URL("../../../", import.meta.url));

describe("what an operator meets", () => {
  let folder: string;
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const run = (name: string, args: string[], env: Record<string, string> = {}) =>
    spawnSync(process.execPath, [script(name), ...args], {
      env: { PATH: process.env.PATH ?? "", DATA_DIR: folder, LOG_LEVEL: "error", ...env },
      encoding: "utf8",
      timeout: 20_000,
    });

  it("every bad setting is reported at once, with the fix", () => {
    const result = run("main", [], {
      PORT: "80000",
      LOG_LEVEL: "loud",
      ROLE: "both",
      ALLOW_TARGETS: "10.0.0.0/99",
      MONGODB_URI: "localhost",
      PUBLIC_URL: "hooks.example.com",
      SECRET_KEY: "short",
      NODE_ENV: "production",
    });
    assert.equal(result.status, 1);
    for (const name of ["PORT", "LOG_LEVEL", "ROLE", "ALLOW_TARGETS", "MONGODB_URI", "PUBLIC_URL", "SECRET_KEY"])
      assert.match(result.stderr, new RegExp(`\\b${name}\\b`));
    assert.doesNotMatch(result.stderr, /\n\s+at /, "no stack");
  });

  it("production refuses to start without SECRET_KEY and seeds nothing", async () => {
    const refused = run("main", [], { NODE_ENV: "production", PORT: "0" });
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /SECRET_KEY is missing; production needs one, for example from: openssl rand/);
    const server = await new ServerProcess(folder, { NODE_ENV: "production", SECRET_KEY: "k".repeat(40) }).start();
    try {
      assert.ok(!existsSync(join(folder, "demo.json")));
      assert.match(server.output, /keys add --product/);
      // The first key is made by the command, beside the running server.
      const added = run("cli/cli", ["keys", "add", "--product", "tesoro"], { NODE_ENV: "production", SECRET_KEY: "k".repeat(40) });
      assert.equal(added.status, 0, added.stderr);
      const [key = ""] = added.stdout.split("\n");
      const backend = new Api(server.url, key);
      assert.equal((await backend.get("/v1/me").expect(200)).body.product, "tesoro");
      await backend.put("/v1/companies/first", { name: "First" }).expect(201);
      const made = await backend.post("/v1/companies/first/keys", { name: "k" }).expect(201);
      const refusedTarget = await new Api(server.url, made.body.key)
        .post("/v1/hooks", { target_url: "http://127.0.0.1:9/x", event: "deal.won", name: "x" })
        .expect(422);
      assert.match(refusedTarget.body.detail, /not a public address/);
    } finally {
      await server.end("SIGTERM");
    }
  });

  it("the command says what it knows, what is missing, and never shows a key again", () => {
    assert.match(run("cli/cli", ["--help"]).stdout, /keys add --product ID/);
    for (const [args, message] of [
      [["keys", "add"], /--product must be one of tesoro, tonic-desk/],
      [["keys", "add", "--product", "x"], /it is "x"/],
      [["kyes"], /no command "kyes"/],
      [["keys", "revoke", "key_1"], /no key "key_1"/],
      [["keys", "add", "--product", "tesoro", "--company", "c"], /no company "c"/],
      [["keys", "add", "--prodct", "x"], /prodct/],
    ] as const) {
      const result = run("cli/cli", [...args]);
      assert.equal(result.status, 1);
      assert.match(result.stderr, message);
    }
    const added = run("cli/cli", ["keys", "add", "--product", "tesoro", "--name", "Mine"]);
    const [key = ""] = added.stdout.split("\n");
    const listed = run("cli/cli", ["keys", "list", "--product", "tesoro"]);
    assert.match(listed.stdout, /key_\w+ {2}hl_pk_\S+ {2}\(product\) {2}active {2}Mine/);
    assert.ok(!listed.stdout.includes(key));
    const [, id = ""] = /(key_\w+)/.exec(listed.stdout) ?? [];
    assert.match(run("cli/cli", ["keys", "revoke", id]).stdout, /is revoked/);
    assert.match(run("cli/cli", ["keys", "list", "--product", "tesoro"]).stdout, /revoked {2}Mine/);
  });

  it("registers, lists and disables apps, beside a running server that then lets nobody in", async () => {
    const added = run("cli/cli", ["apps", "add", "--product", "tesoro", "--platform", "make"]);
    assert.equal(added.status, 0, added.stderr);
    const [, id = ""] = /client id +(app_\w+)/.exec(added.stdout) ?? [];
    assert.match(added.stdout, /client secret {2}hl_cs_\S+\nreturns to {5}https:\/\/www\.make\.com\/oauth\/cb\/app/);
    const incomplete = run("cli/cli", ["apps", "add", "--platform", "zapier"]);
    assert.equal(incomplete.status, 1);
    assert.match(incomplete.stderr, /--redirect-uri is needed: .*Zapier shows the exact redirect address/);
    for (const [args, message] of [
      [["apps", "add", "--platform", "x"], /--platform must be one of zapier, make/],
      [["apps", "disable"], /Which app/],
      [["apps", "disable", "app_1"], /no app "app_1"/],
    ] as const) {
      assert.match(run("cli/cli", [...args]).stderr, message);
    }
    const server = await new ServerProcess(folder).start();
    try {
      const path = `/oauth/authorize?response_type=code&client_id=${id}`;
      assert.equal((await fetch(server.url + path, { redirect: "manual" })).status, 303);
      assert.match(run("cli/cli", ["apps", "disable", id]).stdout, /Make is disabled; 0 installs were taken back/);
      assert.equal((await fetch(server.url + path, { redirect: "manual" })).status, 400);
      assert.match(run("cli/cli", ["apps", "list"]).stdout, new RegExp(`${id} {2}tesoro {2}disabled {2}Make`));
      const [key = ""] = run("cli/cli", ["keys", "add", "--operator"]).stdout.split("\n");
      await new Api(server.url, key).get("/v1/operator/apps").expect(200);
    } finally {
      await server.end("SIGTERM");
    }
  }).timeout(60_000);

  it("disabling an app by command takes its installs back in the running server before it returns", async () => {
    const server = await new ServerProcess(folder).start();
    const receiver = await new Receiver().start();
    try {
      const callback = "https://platform.example/cb";
      const added = run("cli/cli", ["apps", "add", "--product", "tonic-desk", "--name", "Platform", "--redirect-uri", callback]);
      const [, id = ""] = /client id +(app_\w+)/.exec(added.stdout) ?? [];
      const [, secret = ""] = /client secret +(\S+)/.exec(added.stdout) ?? [];
      const browser = new Browser(server.url);
      const user = server.demo.products["tonic-desk"]?.companies[0]?.user ?? { email: "", password: "" };
      await browser.signIn(user.email, user.password);
      const pkce = newPkce();
      const consent = await browser.get(
        `/oauth/authorize?response_type=code&client_id=${id}&code_challenge=${pkce.challenge}&code_challenge_method=S256`,
      );
      const back = await browser.post("/oauth/authorize", { ...fieldsOf(consent, "/oauth/authorize"), decision: "allow" });
      const code = new URL(back.headers.location as string).searchParams.get("code") as string;
      const exchanged = await fetch(`${server.url}/oauth/token`, {
        method: "POST",
        body: new URLSearchParams({
          grant_type: "authorization_code",
          code,
          redirect_uri: callback,
          client_id: id,
          client_secret: secret,
          code_verifier: pkce.verifier,
        }),
      });
      const { access_token } = (await exchanged.json()) as { access_token: string };
      const api = new Api(server.url, access_token);
      const hook = await api.subscribe({ event: "deal.won", target_url: receiver.url, platform: "zapier" });
      assert.match(run("cli/cli", ["apps", "disable", id]).stdout, /Platform is disabled; 1 install was taken back/);
      await api.get("/v1/me").expect(401);
      await server
        .backend("tonic-desk")
        .post("/v1/events", { event: "deal.won", company_id: "acme", data: { id: 1, name: "After" } })
        .expect(202);
      assert.match((await server.api("tonic-desk").get(`/v1/hooks/${hook.id}`).expect(404)).body.detail, /operator turned the app off/);
      const reset = run("cli/cli", ["users", "reset-password", "--product", "tonic-desk", "--company", "acme", "--user", "admin"]);
      const [, link = ""] = /(\/links\/\S+)/.exec(reset.stdout) ?? [];
      assert.match((await new Browser(server.url).get(link)).text, /Choose a new password/);
      const nobody = run("cli/cli", ["users", "invite", "--product", "tonic-desk", "--company", "acme", "--user", "nobody"]);
      assert.match(nobody.stderr, /has no user "nobody"/);
      const { data } = (await server.api("tonic-desk").get("/v1/audit").expect(200)).body;
      const audited = data.map(({ action, actor }: { action: string; actor: string }) => `${action} by ${actor}`);
      assert.ok(audited.includes("install.revoked by operator") && audited.includes("user.reset_made by operator"), audited.join(", "));
      // Nothing was sent but the goodbye that Zapier's webhooks get.
      assert.deepEqual(
        receiver.requests.map(({ method }) => method),
        ["DELETE"],
      );
    } finally {
      await receiver.stop();
      await server.end("SIGTERM");
    }
  }).timeout(60_000);

  it("development seeds two companies for each product once, into a file for its owner only", async () => {
    const server = await new ServerProcess(folder).start();
    const first = readFileSync(join(folder, "demo.json"), "utf8");
    assert.equal(statSync(join(folder, "demo.json")).mode & 0o777, 0o600);
    assert.equal(statSync(join(folder, "secret.key")).mode & 0o777, 0o600);
    const { demo } = server;
    assert.equal(demo.url, server.url);
    assert.deepEqual(Object.keys(demo.products).sort(), ["tesoro", "tonic-desk"]);
    for (const [id, { product_key, companies }] of Object.entries(demo.products)) {
      assert.equal((await new Api(server.url, product_key).get("/v1/me").expect(200)).body.product, id);
      assert.equal(companies.length, 2);
      for (const company of companies) {
        const me = (await new Api(server.url, company.key).get("/v1/me").expect(200)).body;
        assert.deepEqual([me.id, me.email, me.company.id], [company.user.id, company.user.email, company.id]);
        assert.ok(company.user.password.length >= 12);
      }
    }
    await server.end("SIGTERM");
    await server.start();
    assert.deepEqual({ ...JSON.parse(first), url: server.url }, server.demo);
    await server.end("SIGTERM");
  }).timeout(30_000);

  it("a port in use is named, with the way out", async () => {
    const blocker = createServer();
    await new Promise<void>((listening) => blocker.listen(0, "127.0.0.1", listening));
    const { port } = blocker.address() as AddressInfo;
    const child = spawn(process.execPath, [script("main")], {
      env: { PATH: process.env.PATH ?? "", DATA_DIR: folder, PORT: String(port), LOG_LEVEL: "error" },
    });
    let stderr = "";
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    const code = await new Promise((done) => child.once("exit", done));
    blocker.close();
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`Port ${port} is in use; stop what runs there or choose another with PORT=${port + 1}`));
  });

  it("the tour goes through against a running server, and stops with 1 where there is none", async () => {
    const missing = run("tour/tour", []);
    assert.equal(missing.status, 1);
    assert.match(missing.stderr, /demo\.json is missing\. Start the server first/);
    const server = await new ServerProcess(folder).start();
    try {
      const child = spawn(process.execPath, [script("tour/tour")], { env: { PATH: process.env.PATH ?? "", DATA_DIR: folder } });
      let output = "";
      child.stdout.on("data", (chunk) => {
        output += chunk;
      });
      child.stderr.on("data", (chunk) => {
        output += chunk;
      });
      assert.equal(await new Promise((done) => child.once("exit", done)), 0, output);
      for (const line of [
        /═══ tonic-desk ═══/,
        /═══ tesoro ═══/,
        /both signatures verify/,
        /answered 500/,
        /attempt 2 .* retry {2}→ 200/,
        /Every step was as it should be/,
      ])
        assert.match(output, line);
    } finally {
      await server.end("SIGTERM");
    }
  }).timeout(60_000);

  it("the README's table of settings is the one in the code", () => {
    const readme = readFileSync(join(root, "README.md"), "utf8");
    for (const { name, fallback, meaning } of settings) assert.ok(readme.includes(`| \`${name}\` | ${fallback} | ${meaning} |`), name);
  });

  it("defaults are what the table says", () => {
    const config = readConfig({});
    assert.deepEqual(
      [config.port, config.publicUrl, config.host, config.allowedTargets.description, config.logLevel],
      [3000, "http://localhost:3000", "127.0.0.1", "loopback", "info"],
    );
    assert.deepEqual(
      [config.role, readConfig({ ROLE: "worker" }).port, readConfig({ ROLE: "worker", PORT: "0" }).port],
      ["all", undefined, 0],
    );
    assert.equal(readConfig({ NODE_ENV: "production", SECRET_KEY: "k".repeat(32) }).allowedTargets.description, "none");
  });
});
