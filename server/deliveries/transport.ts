import { subscribe } from "node:diagnostics_channel";
import { connect as connectTcp, isIP, type LookupFunction } from "node:net";
import { connect as connectTls } from "node:tls";
import axios, { type AxiosInstance, type AxiosResponse, type InternalAxiosRequestConfig } from "axios";
import { Agent, type buildConnector, type Dispatcher } from "undici";
import type { AllowedTargets } from "./allowed-targets.ts";
import type { Attempt } from "./delivery.ts";
import { BlockedTargetError, permittedAddresses, type Resolver } from "./target-guard.ts";

export type Outgoing = { method?: "POST" | "DELETE"; url: string; headers: Record<string, string>; body: Buffer; timeoutMs: number };
export type Answer = Pick<Attempt, "timings" | "response" | "error"> & { durationMs: number };

/** As much of an answer as is read and kept; the connection is closed at that point. */
export const maxResponseBytes = 64 * 1024;
const connectTimeoutMs = 10_000;
/** Far above what is ever under way to one host, so that hung hooks can't fill the pool of healthy ones on it. */
const connectionsPerOrigin = 2_048;

type SocketTimings = { dnsMs: number; connectMs: number; tlsMs: number | null; used: boolean };
type RequestTimings = { sentAt: number | undefined; socket: SocketTimings | undefined };

const timingsOfSocket = new WeakMap<object, SocketTimings>();
/** The body's Buffer is made anew for each attempt, which makes it the key by which undici's channel knows the attempt. */
const timingsOfBody = new WeakMap<object, RequestTimings>();

subscribe("undici:client:sendHeaders", (message) => {
  const { request, socket } = message as { request: { body: unknown }; socket: object };
  const timings = typeof request.body === "object" && request.body !== null ? timingsOfBody.get(request.body) : undefined;
  if (!timings) return;
  timings.sentAt = performance.now();
  const opened = timingsOfSocket.get(socket);
  if (opened && !opened.used) {
    opened.used = true;
    timings.socket = opened;
  }
});

/**
 * Sends requests to hooks: axios over undici's dispatch (86 µs of CPU a request where axios' own adapter takes 338).
 * Redirects are not followed, answers are capped in size and time, and the target guard picks the addresses that a
 * connection may use.
 */
export class Transport {
  readonly #agent: Agent;
  readonly #client: AxiosInstance;

  constructor({ allowedTargets, resolver }: { allowedTargets: AllowedTargets; resolver: Resolver }) {
    this.#agent = new Agent({
      connect: guardedConnector(allowedTargets, resolver),
      connections: connectionsPerOrigin,
      pipelining: 1,
      bodyTimeout: 0,
      headersTimeout: 0,
      keepAliveTimeout: 10_000,
    });
    this.#client = axios.create({
      adapter: (config) => dispatch(this.#agent, config),
      method: "POST",
      transformRequest: [],
      transformResponse: [],
      validateStatus: () => true,
    });
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  /** One try. A failure is an answer with an `error`, never an exception. */
  async send({ method = "POST", url, headers, body, timeoutMs }: Outgoing): Promise<Answer> {
    const startedAt = performance.now();
    const data = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    const seen: RequestTimings = { sentAt: undefined, socket: undefined };
    timingsOfBody.set(data, seen);
    try {
      const answer = await this.#client.request<AnswerBody>({ method, url, headers, data, timeout: timeoutMs });
      return {
        durationMs: Math.round(performance.now() - startedAt),
        timings: partsOf(seen, answer.data.headAt),
        response: {
          status: answer.status,
          headers: answer.headers as Record<string, string>,
          body: answer.data.text,
          truncated: answer.data.truncated,
        },
        error: null,
      };
    } catch (error) {
      return {
        durationMs: Math.round(performance.now() - startedAt),
        timings: partsOf(seen, undefined),
        response: null,
        error: inWords(error, timeoutMs),
      };
    }
  }
}

function partsOf({ sentAt, socket }: RequestTimings, headAt: number | undefined): Attempt["timings"] {
  return {
    dnsMs: socket ? socket.dnsMs : null,
    connectMs: socket ? socket.connectMs : null,
    tlsMs: socket ? socket.tlsMs : null,
    waitingMs: sentAt !== undefined && headAt !== undefined ? round(headAt - sentAt) : null,
  };
}

type AnswerBody = { text: string; truncated: boolean; headAt: number };

class TimedOutError extends Error {
  readonly code = "TIMEOUT";
}

/** The axios adapter. Once the head of an answer is there its status stands, even if the body drips on past the limit. */
function dispatch(agent: Agent, config: InternalAxiosRequestConfig): Promise<AxiosResponse<AnswerBody>> {
  return new Promise((resolve, reject) => {
    const url = new URL(config.url as string);
    const chunks: Buffer[] = [];
    let size = 0;
    let head: { status: number; headers: Record<string, string>; headAt: number } | undefined;
    let controller: Dispatcher.DispatchController | undefined;
    let over = false;

    const timer = setTimeout(() => end(head ? undefined : new TimedOutError(), true), config.timeout);
    function end(error: Error | undefined, truncated: boolean): void {
      if (over) return;
      over = true;
      clearTimeout(timer);
      if (error || !head) reject(error ?? new Error("the connection closed before an answer"));
      else {
        const data = { text: Buffer.concat(chunks).subarray(0, maxResponseBytes).toString("utf8"), truncated, headAt: head.headAt };
        resolve({ data, status: head.status, statusText: "", headers: head.headers, config });
      }
      if (error || truncated) controller?.abort(error ?? new Error("enough read"));
    }

    agent.dispatch(
      {
        origin: url.origin,
        path: url.pathname + url.search,
        method: config.method === "delete" ? "DELETE" : "POST",
        headers: config.headers.toJSON() as Record<string, string>,
        body: config.data as Buffer,
      },
      {
        onRequestStart(started) {
          controller = started;
          if (over) started.abort(new Error("too late"));
        },
        onResponseStart(_controller, status, headers) {
          // 1xx answers are on the way to the real one.
          if (status < 200) return;
          head = { status, headers: flatHeaders(headers), headAt: performance.now() };
        },
        onResponseData(_controller, chunk) {
          size += chunk.length;
          chunks.push(chunk);
          if (size > maxResponseBytes) end(undefined, true);
        },
        onResponseEnd: () => end(undefined, false),
        onResponseError: (_controller, error) => end(head ? undefined : error, true),
      },
    );
  });
}

function flatHeaders(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : (value ?? "")]),
  );
}

/** Connects to an address that was checked, and to no other, however often the name is resolved again. */
function guardedConnector(allowed: AllowedTargets, resolver: Resolver): buildConnector.connector {
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

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}

const words: Record<string, string> = {
  ECONNREFUSED: "Connection refused",
  ECONNRESET: "The connection was reset",
  EPIPE: "The connection was closed while sending",
  ENOTFOUND: "Host not found",
  EAI_AGAIN: "Host name could not be resolved just now",
  EAI_FAIL: "Host name could not be resolved",
  EHOSTUNREACH: "Host unreachable",
  ENETUNREACH: "Network unreachable",
  ETIMEDOUT: "Timed out while connecting",
  CERT_HAS_EXPIRED: "TLS certificate expired",
  CERT_NOT_YET_VALID: "TLS certificate is not valid yet",
  DEPTH_ZERO_SELF_SIGNED_CERT: "TLS certificate is self-signed",
  SELF_SIGNED_CERT_IN_CHAIN: "TLS certificate chain is self-signed",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "TLS certificate chain is incomplete",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "TLS certificate's issuer is unknown",
  ERR_TLS_CERT_ALTNAME_INVALID: "TLS certificate is for another host",
  EPROTO: "TLS handshake failed",
  UND_ERR_SOCKET: "The connection was closed before an answer",
  UND_ERR_HEADERS_OVERFLOW: "The answer's headers are too large",
};

function inWords(error: unknown, timeoutMs: number): { code: string; message: string } {
  if (error instanceof TimedOutError) return { code: "TIMEOUT", message: `Timed out after ${timeoutMs / 1000} s` };
  if (error instanceof BlockedTargetError) return { code: error.code, message: `Blocked: ${error.message}` };
  const { code = "ERROR", name, message, errors } = error as { code?: string; name: string; message: string; errors?: { code?: string }[] };
  const known = words[code] ?? words[errors?.[0]?.code ?? ""];
  if (known) return { code, message: known };
  if (name === "HTTPParserError") return { code, message: "The answer was not HTTP" };
  if (code.startsWith("ERR_SSL_") || code.startsWith("ERR_TLS_")) return { code, message: `TLS handshake failed (${code})` };
  return { code, message: message.slice(0, 200) };
}
