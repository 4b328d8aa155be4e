import { rmSync } from "node:fs";
import { pino } from "pino";
import supertest from "supertest";
import { type Catalogue, loadCatalogue } from "../../schemas/load-catalogue.ts";
import { addKey } from "../../server/accounts/add-key.ts";
import { companyKey } from "../../server/accounts/company.ts";
import { putCompany } from "../../server/accounts/put-company.ts";
import { type Config, schemasFolder } from "../../server/config.ts";
import { parseAllowedTargets } from "../../server/deliveries/allowed-targets.ts";
import { type Hookline, type Replacements, startHookline } from "../../server/hookline.ts";
import { eventually } from "./eventually.ts";
import { Receiver } from "./receiver.ts";
import { temporaryFolder, testDatabaseUri } from "./store.ts";
import { TestClock } from "./test-clock.ts";

export type ProductId = "tonic-desk" | "tesoro";
type Body = Record<string, unknown>;

// What the API answers is looked into freely by tests; a wrong guess shows as a failed assertion.
// biome-ignore lint/suspicious/noExplicitAny: see above
export type Json = any;

/** The API as one company's key or one product's key sees it. */
export class Api {
  readonly #url: string;
  readonly key: string;

  constructor(url: string, key: string) {
    this.#url = url;
    this.key = key;
  }

  #send(method: "get" | "post" | "put" | "patch" | "delete", path: string) {
    return supertest(this.#url)[method](path).set("authorization", `Bearer ${this.key}`);
  }

  get(path: string) {
    return this.#send("get", path);
  }

  post(path: string, body?: unknown) {
    return body === undefined ? this.#send("post", path) : this.#send("post", path).send(body as object);
  }

  put(path: string, body: unknown) {
    return this.#send("put", path).send(body as object);
  }

  patch(path: string, body: unknown) {
    return this.#send("patch", path).send(body as object);
  }

  delete(path: string) {
    return this.#send("delete", path);
  }

  async subscribe(body: Body): Promise<Json> {
    const answer = await this.post("/v1/hooks", { name: "Test", ...body });
    if (answer.status > 201) throw new Error(`subscribing answered ${answer.status}: ${answer.text}`);
    return answer.body;
  }

  async deliveries(hook: string, query = ""): Promise<Json[]> {
    return (await this.get(`/v1/hooks/${hook}/deliveries${query}`).expect(200)).body.data;
  }

  async delivery(id: string): Promise<Json> {
    return (await this.get(`/v1/deliveries/${id}`).expect(200)).body;
  }

  /** Waits until the hook's only (or newest) delivery is in one of the states. */
  async settled(hook: string, ...states: string[]): Promise<Json> {
    const [newest] = await eventually(
      () => this.deliveries(hook),
      ([delivery]) => delivery !== undefined && states.includes(delivery.status),
      `a delivery that is ${states.join(" or ")}`,
    );
    return this.delivery(newest.id);
  }

  /** Waits until the hook's newest delivery has that many attempts. */
  async attempted(hook: string, count: number): Promise<Json> {
    const [newest] = await eventually(
      () => this.deliveries(hook),
      ([delivery]) => delivery?.attempts_count >= count,
      `${count} attempts`,
    );
    return this.delivery(newest.id);
  }
}

export type TestApp = {
  hookline: Hookline;
  url: string;
  clock: TestClock;
  /** Acme's key for the product. */
  api: Api;
  /** Another company's key for the same product. */
  other: Api;
  /** The product's backend. */
  backend: Api;
  product: ProductId;
  receiver: Receiver;
  config: Config;
  newReceiver(): Promise<Receiver>;
  /** Publishes an example of the catalogue for Acme, with changes to its data. */
  publish(event: string, data?: Body, rest?: Body): Promise<Json>;
  example(event: string): Json;
  stop(): Promise<void>;
};

export type TestAppOptions = Replacements & { product?: ProductId; config?: Partial<Config>; uri?: string; realClock?: boolean };

/** Compiling 39 schemas takes longer than the rest of a start, so apps of the built-in products share them. */
let builtIn: Catalogue | undefined;

export function testConfig(uri: string, dataDir: string, changes: Partial<Config> = {}): Config {
  return {
    production: false,
    host: "127.0.0.1",
    port: 0,
    publicUrl: "",
    dataDir,
    mongodbUri: uri,
    secretKey: "a key for tests only, of sufficient length",
    allowedTargets: parseAllowedTargets("loopback"),
    schemaFolders: [schemasFolder],
    logLevel: "silent",
    role: "all",
    drainSeconds: 2,
    metricsToken: undefined,
    openRegistration: true,
    trustedProxies: 0,
    smtpUrl: undefined,
    mailFrom: undefined,
    embedOrigins: [],
    ...changes,
  };
}

/** The real app on the real store with a real receiver; only the context is replaced. */
export async function startTestApp({
  product = "tonic-desk",
  config: changes = {},
  uri,
  realClock = false,
  ...replace
}: TestAppOptions = {}): Promise<TestApp> {
  const clock = new TestClock();
  const dataDir = temporaryFolder();
  const config = testConfig(uri ?? (await testDatabaseUri()), dataDir, changes);
  if (!changes.schemaFolders) builtIn ??= loadCatalogue(schemasFolder);
  const catalogue = changes.schemaFolders ? loadCatalogue(...changes.schemaFolders) : (builtIn as Catalogue);
  const hookline = await startHookline(config, { catalogue, ...(realClock ? {} : { clock }), log: pino({ level: "silent" }), ...replace });
  const { ctx, url } = hookline;
  for (const id of ["acme", "globex"]) await putCompany(ctx, product, { id, name: id === "acme" ? "Acme Corporation" : "Globex" });
  const [acme, globex, backendKey] = await Promise.all([
    addKey(ctx, { product, company: companyKey(product, "acme"), name: "Acme key" }),
    addKey(ctx, { product, company: companyKey(product, "globex"), name: "Globex key" }),
    addKey(ctx, { product, name: "Backend" }),
  ]);
  const receivers: Receiver[] = [];
  const newReceiver = async (): Promise<Receiver> => {
    const receiver = await new Receiver().start();
    receivers.push(receiver);
    return receiver;
  };
  const backend = new Api(url, backendKey.key);
  const example = (event: string): Json => structuredClone(ctx.catalogue.get(product)?.eventTypes.get(event)?.examples[0]);
  return {
    hookline,
    url,
    clock,
    api: new Api(url, acme.key),
    other: new Api(url, globex.key),
    backend,
    product,
    receiver: await newReceiver(),
    config,
    newReceiver,
    example,
    async publish(event, data = {}, rest = {}) {
      const { data: sample, previous_data } = example(event);
      const body = { event, company_id: "acme", data: { ...sample, ...data }, ...(previous_data ? { previous_data } : {}), ...rest };
      const answer = await backend.post("/v1/events", body);
      if (answer.status !== 202) throw new Error(`publishing answered ${answer.status}: ${answer.text}`);
      return answer.body;
    },
    async stop() {
      for (const receiver of receivers) await receiver.stop();
      await hookline.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
