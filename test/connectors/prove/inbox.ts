import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { eventually } from "../../helpers/eventually.ts";

export type Inbound = { headers: IncomingHttpHeaders; raw: Buffer; body: Record<string, unknown> & { id: string } };
export type Answer = { status: number; body?: string };

/** A platform's receiving end on loopback: an address for each subscription, with answers of its own. */
export class Inbox {
  readonly #server: Server;
  readonly #arrived = new Map<string, Inbound[]>();
  readonly #answers = new Map<string, Answer[]>();
  #addresses = 0;

  constructor() {
    this.#server = createServer((req, res) => {
      const chunks: Buffer[] = [];
      req.on("data", (chunk: Buffer) => chunks.push(chunk));
      req.on("end", () => {
        const path = req.url ?? "";
        const raw = Buffer.concat(chunks);
        const { status, body } = this.#answers.get(path)?.shift() ?? { status: 200, body: undefined };
        if (req.method === "POST") this.#arrived.get(path)?.push({ headers: req.headers, raw, body: JSON.parse(raw.toString("utf8")) });
        res.writeHead(status, { "content-type": "text/plain" }).end(body);
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

  newAddress(): string {
    const path = `/hooks/${++this.#addresses}`;
    this.#arrived.set(path, []);
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${path}`;
  }

  answerNext(address: string, ...answers: Answer[]): void {
    this.#answers.set(new URL(address).pathname, answers);
  }

  arrived(address: string): Inbound[] {
    return this.#arrived.get(new URL(address).pathname) ?? [];
  }

  async next(address: string, count: number): Promise<Inbound> {
    const found = await eventually(
      () => this.arrived(address),
      (list) => list.length >= count,
      `request ${count} at ${address}`,
    );
    return found[count - 1] as Inbound;
  }
}
