import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What arrived of one event at one webhook: how often it was taken, and the bodies it came with. */
export type Arrival = { taken: number; bodies: Set<string> };

const kinds = ["fine", "failing", "resetting", "garbage", "slow", "hanging"] as const;
export type Kind = (typeof kinds)[number];

/** A receiver that answers in its way until it is told to be good, and remembers what it took. */
export class ChaoticReceiver {
  readonly kind: Kind;
  readonly arrivals = new Map<string, Arrival>();
  requests = 0;
  good = false;
  readonly #server: Server;
  url = "";

  static readonly kinds = kinds;

  constructor(kind: Kind) {
    this.kind = kind;
    this.#server = createServer((req, res) => this.#receive(req, res));
  }

  async start(): Promise<this> {
    await new Promise<void>((listening) => this.#server.listen(0, "127.0.0.1", listening));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/${this.kind}`;
    return this;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #receive(req: IncomingMessage, res: ServerResponse): void {
    const hash = createHash("sha256");
    req.on("data", (chunk: Buffer) => hash.update(chunk));
    req.on("error", () => {});
    req.on("end", () => {
      this.requests++;
      this.#answer(req, res, String(req.headers["webhook-id"]), hash.digest("hex"));
    });
  }

  #answer(req: IncomingMessage, res: ServerResponse, event: string, body: string): void {
    const take = () => {
      const arrival = this.arrivals.get(event) ?? { taken: 0, bodies: new Set<string>() };
      this.arrivals.set(event, arrival);
      arrival.taken++;
      arrival.bodies.add(body);
      res.end("ok");
    };
    const misbehaves = !this.good && Math.random() < 0.4;
    switch (misbehaves ? this.kind : "fine") {
      case "fine":
        take();
        break;
      case "failing":
        res.statusCode = 500;
        res.end("no");
        break;
      case "resetting":
        req.socket.resetAndDestroy();
        break;
      case "garbage":
        req.socket.end("this is no HTTP\r\n\r\n");
        break;
      case "slow":
        setTimeout(take, 1_000 + Math.random() * 1_000);
        break;
      // Until the sender gives up.
      case "hanging":
        break;
    }
  }
}
