import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { eventually } from "./eventually.ts";

export type Received = {
  path: string;
  method: string;
  headers: IncomingHttpHeaders;
  raw: Buffer;
  body: Record<string, unknown> & { data: Record<string, unknown> };
};
type Answer = number | { status: number; headers?: Record<string, string>; body?: string } | ((res: ServerResponse) => void);

/** A customer's endpoint: real HTTP on loopback, keeps what arrives, answers what it is told and 200 after that. */
export class Receiver {
  readonly requests: Received[] = [];
  #answers: Answer[] = [];
  #always: Answer = 200;
  readonly #server: Server;

  constructor() {
    this.#server = createServer((req, res) => {
      const chunks: Buffer[] = [];
      req.on("data", (chunk: Buffer) => chunks.push(chunk));
      req.on("end", () => {
        const raw = Buffer.concat(chunks);
        this.requests.push({
          path: req.url ?? "",
          method: req.method ?? "",
          headers: req.headers,
          raw,
          body: JSON.parse(raw.toString("utf8") || "null"),
        });
        const answer = this.#answers.shift() ?? this.#always;
        if (typeof answer === "function") answer(res);
        else if (typeof answer === "number") res.writeHead(answer).end();
        else res.writeHead(answer.status, answer.headers).end(answer.body);
      });
    });
  }

  async start(): Promise<this> {
    await new Promise<void>((listening) => this.#server.listen(0, "127.0.0.1", listening));
    return this;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hook`;
  }

  /** The next requests are answered with these, in order. */
  respondWith(...answers: Answer[]): void {
    this.#answers.push(...answers);
  }

  /** What every request without an answer of its own gets. */
  alwaysRespond(answer: Answer): void {
    this.#always = answer;
  }

  /** Waits until that many requests have arrived, and gives them. */
  async received(count: number): Promise<Received[]> {
    return eventually(
      async () => this.requests,
      (requests) => requests.length >= count,
      `${count} requests`,
    );
  }
}
