import { createServer, IncomingMessage, type Server, ServerResponse } from "node:http";
import type { Express } from "express";

/**
 * A server whose requests and responses are born with Express's prototypes. Express sets them on every request anyway,
 * and changing an object's prototype later makes V8 give up on it: 3,983 against 5,996 accepted events a second.
 */
export function createHttpServer(app: Express): Server {
  const options = {
    IncomingMessage: withPrototype(IncomingMessage, app.request),
    ServerResponse: withPrototype(ServerResponse, app.response),
  };
  const server = createServer(options as object, app);
  // Longer than a load balancer's usual 60 s, so that it is never us who closes a connection under a request.
  server.keepAliveTimeout = 65_000;
  return server;
}

function withPrototype(base: typeof IncomingMessage | typeof ServerResponse, prototype: object): unknown {
  function Born(this: unknown, ...args: unknown[]): object {
    return Reflect.construct(base, args, Born) as object;
  }
  Born.prototype = prototype;
  return Born;
}
