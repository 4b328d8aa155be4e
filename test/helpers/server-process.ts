import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Demo } from "../../server/demo/seed-demo.ts";
import { Api } from "./test-app.ts";

const main = fileURLToPath(new URL("../../server/main.js", import.meta.url));
const startWithinMs = 20_000;

/** The server as an operator runs it: a process of its own, which tests may kill. */
export class ServerProcess {
  readonly dataDir: string;
  readonly #env: Record<string, string>;
  #child: ChildProcess | undefined;
  output = "";
  url = "";

  constructor(dataDir: string, env: Record<string, string> = {}) {
    this.dataDir = dataDir;
    this.#env = env;
  }

  async start(): Promise<this> {
    const child = spawn(process.execPath, [main], {
      env: { PATH: process.env.PATH ?? "", PORT: "0", DATA_DIR: this.dataDir, LOG_LEVEL: "error", ...this.#env },
    });
    this.#child = child;
    this.output = "";
    await new Promise<void>((started, failed) => {
      const late = setTimeout(() => failed(new Error(`the server did not start:\n${this.output}`)), startWithinMs);
      const look = (chunk: Buffer) => {
        this.output += chunk.toString();
        const [, url] = /running(?: at|, its health at) (http:\/\/[^\s/]+)/.exec(this.output) ?? [];
        if (!url) return;
        this.url = url;
        clearTimeout(late);
        started();
      };
      child.stdout?.on("data", look);
      child.stderr?.on("data", look);
      child.once("exit", (code) => {
        clearTimeout(late);
        failed(new Error(`the server ended with ${code}:\n${this.output}`));
      });
    });
    return this;
  }

  /** Ends it at once, as a crash or an OOM killer would, or kindly with SIGTERM. Gives the exit code. */
  async end(signal: "SIGKILL" | "SIGTERM"): Promise<number | null> {
    const child = this.#child;
    if (!child || child.exitCode !== null) return child?.exitCode ?? null;
    const ended = new Promise<number | null>((done) => child.once("exit", (code) => done(code)));
    child.kill(signal);
    return ended;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get demo(): Demo {
    return JSON.parse(readFileSync(join(this.dataDir, "demo.json"), "utf8")) as Demo;
  }

  api(product: string, company = 0): Api {
    return new Api(this.url, this.demo.products[product]?.companies[company]?.key ?? "");
  }

  backend(product: string): Api {
    return new Api(this.url, this.demo.products[product]?.product_key ?? "");
  }
}
