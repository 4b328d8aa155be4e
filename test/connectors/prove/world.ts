import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Browser, fieldsOf } from "../../helpers/browser.ts";
import { ServerProcess } from "../../helpers/server-process.ts";
import type { Api, Json } from "../../helpers/test-app.ts";
import { Inbox } from "./inbox.ts";
import type { Consent, Credentials } from "./platform.ts";

const cli = fileURLToPath(new URL("../../../server/cli/cli.js", import.meta.url));

/** The real server in a process of its own, the platforms' receiving end, and a person with a browser. */
export class World {
  readonly server: ServerProcess;
  readonly inbox = new Inbox();
  readonly #browsers = new Map<string, Browser>();

  readonly #env: Record<string, string>;

  constructor(dataDir: string, env: Record<string, string>) {
    this.#env = env;
    this.server = new ServerProcess(dataDir, env);
  }

  async start(): Promise<this> {
    await this.server.start();
    await this.inbox.start();
    return this;
  }

  async stop(): Promise<void> {
    await this.inbox.stop();
    await this.server.end("SIGTERM");
  }

  /** Registers the platform's app as the operator does: `hookline apps add`. */
  async register(product: string, platform: string, redirectUri: string): Promise<Credentials> {
    const args = [cli, "apps", "add", "--product", product, "--platform", platform, "--redirect-uri", redirectUri];
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      env: { PATH: process.env.PATH ?? "", ...this.#env, DATA_DIR: this.server.dataDir, PUBLIC_URL: this.server.url },
    });
    const [, clientId] = /client id\s+(\S+)/.exec(stdout) ?? [];
    const [, clientSecret] = /client secret\s+(\S+)/.exec(stdout) ?? [];
    if (!clientId || !clientSecret) throw new Error(`registering ${platform} printed: ${stdout}`);
    return { clientId, clientSecret };
  }

  /** The company's admin at the consent page. */
  consent(product: string): Consent {
    return async (authorizeUrl) => {
      const { pathname, search } = new URL(authorizeUrl);
      const browser = this.#browsers.get(product) ?? (await this.#signIn(product));
      const page = await browser.get(`${pathname}${search}`);
      if (page.status !== 200)
        throw new Error(`the consent page answered ${page.status}: ${page.text.replace(/<[^>]+>/g, " ").slice(0, 400)}`);
      const answer = await browser.post("/oauth/authorize", { ...fieldsOf(page, "/oauth/authorize"), decision: "allow" });
      if (answer.status !== 303) throw new Error(`allowing answered ${answer.status}`);
      return new URL(answer.headers.location as string);
    };
  }

  async #signIn(product: string): Promise<Browser> {
    const { email, password } = this.server.demo.products[product]?.companies[0]?.user ?? { email: "", password: "" };
    const browser = new Browser(this.server.url);
    const answer = await browser.signIn(email, password);
    if (answer.status !== 303) throw new Error(`signing in answered ${answer.status}`);
    this.#browsers.set(product, browser);
    return browser;
  }

  api(product: string): Api {
    return this.server.api(product);
  }

  async publish(product: string, body: Json): Promise<string> {
    const { id, event, timestamp, company_id, data, previous_data } = body;
    const company = this.server.demo.products[product]?.companies[0]?.id;
    const answer = await this.server.backend(product).post("/v1/events", {
      event,
      timestamp,
      company_id: company,
      data,
      ...(previous_data === undefined ? {} : { previous_data }),
    });
    if (answer.status !== 202)
      throw new Error(`publishing ${event} (like ${id}, of ${company_id}) answered ${answer.status}: ${answer.text}`);
    return answer.body.id;
  }

  /** The webhook at an address, as the company's admin sees it. */
  async hookAt(product: string, address: string): Promise<Json> {
    const { body } = await this.api(product).get("/v1/hooks?limit=200").expect(200);
    const found = body.data.filter(({ target_url }: Json) => target_url === address);
    if (found.length > 1) throw new Error(`there are ${found.length} webhooks at ${address}`);
    return found[0];
  }
}
