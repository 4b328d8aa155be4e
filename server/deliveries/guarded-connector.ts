import { connect as connectTcp, isIP, type LookupFunction } from "node:net";
import { connect as connectTls } from "node:tls";
import type { buildConnector } from "undici";
import type { AllowedTargets } from "./allowed-targets.ts";
import { TimedOutError } from "./failure-words.ts";
import { permittedAddresses, type Resolver } from "./target-guard.ts";

const connectTimeoutMs = 10_000;

/** How long opening a connection took, in its parts; the first request on it reports them. */
export type SocketTimings = { dnsMs: number; connectMs: number; tlsMs: number | null; used: boolean };

export const timingsOfSocket = new WeakMap<object, SocketTimings>();

/** Connects to an address that was checked, and to no other, however often the name is resolved again. */
export function guardedConnector(allowed: AllowedTargets, resolver: Resolver): buildConnector.connector {
  return (options, callback) => {
    const startedAt = performance.now();
    let resolvedAt = startedAt;
    let connectedAt = startedAt;
    permittedAddresses(options.hostname, allowed, resolver)
      .then((addresses) => {
        resolvedAt = performance.now();
        const secure = options.protocol === "https:";
        const host = options.hostname.replace(/^\[|\]$/g, "");
        const lookup: LookupFunction = (_name, how, done) => {
          const [first] = addresses;
          if (how.all) done(null, addresses);
          else done(null, first?.address ?? "", first?.family);
        };
        const target = { host, port: Number(options.port || (secure ? 443 : 80)), noDelay: true, lookup };
        const servername = isIP(host) ? "" : options.servername || host;
        const socket = secure ? connectTls({ ...target, servername, ALPNProtocols: ["http/1.1"] }) : connectTcp(target);
        const timer = setTimeout(() => socket.destroy(new TimedOutError()), connectTimeoutMs);
        const fail = (error: Error) => {
          clearTimeout(timer);
          callback(error, null);
        };
        socket.once("error", fail);
        socket.once("connect", () => {
          connectedAt = performance.now();
        });
        socket.once(secure ? "secureConnect" : "connect", () => {
          clearTimeout(timer);
          socket.off("error", fail);
          const now = performance.now();
          timingsOfSocket.set(socket, {
            dnsMs: round(resolvedAt - startedAt),
            connectMs: round(connectedAt - resolvedAt),
            tlsMs: secure ? round(now - connectedAt) : null,
            used: false,
          });
          callback(null, socket);
        });
      })
      .catch((error: Error) => callback(error, null));
  };
}

export function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
