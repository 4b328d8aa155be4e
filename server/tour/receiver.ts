import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

export type Received = { headers: IncomingHttpHeaders; body: string; answered: number };

/** A customer's endpoint on loopback: keeps what arrives and answers as it is told, 200 when nothing was said. */
export async function startReceiver(): Promise<{
  url: string;
  received: Received[];
  answerNext: (...statuses: number[]) => void;
  next(count: number, withinMs: number): Promise<Received>;
  stop(): Promise<void>;
}> {
  const received: Received[] = [];
  const answers: number[] = [];
  let arrived = () => {};
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on("data", (chunk: Buffer) => chunks.push(chunk));
    req.on("end", () => {
      const status = answers.shift() ?? 200;
      received.push({ headers: req.headers, body: Buffer.concat(chunks).toString("utf8"), answered: status });
      res.writeHead(status, { "content-type": "text/plain" }).end(status === 200 ? "thanks" : "not now");
      arrived();
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`,
    received,
    answerNext: (...statuses) => answers.push(...statuses),
    next(count, withinMs) {
      return new Promise((resolve, reject) => {
        const late = setTimeout(() => reject(new Error(`request ${count} did not arrive within ${withinMs / 1000} s`)), withinMs);
        arrived = () => {
          const wanted = received[count - 1];
          if (!wanted) return;
          clearTimeout(late);
          resolve(wanted);
        };
        arrived();
      });
    },
    stop: () =>
      new Promise((stopped) => {
        server.close(() => stopped());
        server.closeAllConnections();
      }),
  };
}
