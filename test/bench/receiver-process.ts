import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * The customers' endpoints of a benchmark, in a process of their own. `/hang…` never answers. Told "report", it sends what
 * arrived since the last report: how many, how many more than once, and when each event first came.
 */
let arrivals = new Map<string, number>();
let requests = 0;
let duplicates = 0;

const server = createServer((req, res) => {
  req.resume();
  req.on("end", () => {
    requests++;
    const key = `${req.headers["webhook-id"]} ${req.url}`;
    if (arrivals.has(key)) duplicates++;
    else arrivals.set(key, Date.now());
    if (!req.url?.startsWith("/hang")) res.writeHead(200).end();
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));

process.on("message", (message: "count" | "report" | "reset") => {
  if (message === "count") process.send?.({ requests });
  if (message === "report") process.send?.({ requests, duplicates, arrivals: [...arrivals] });
  if (message === "reset") {
    arrivals = new Map();
    requests = 0;
    duplicates = 0;
    process.send?.({ requests });
  }
});
