import { BlockedTargetError } from "./target-guard.ts";

/** No answer within the product's time, or no connection. */
export class TimedOutError extends Error {
  readonly code = "TIMEOUT";
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

/** What went wrong, for people and with a code: `Connection refused`, `TLS certificate expired`. */
export function failureInWords(error: unknown, timeoutMs: number): { code: string; message: string } {
  if (error instanceof TimedOutError) return { code: "TIMEOUT", message: `Timed out after ${timeoutMs / 1000} s` };
  if (error instanceof BlockedTargetError) return { code: error.code, message: `Blocked: ${error.message}` };
  const { code = "ERROR", name, message, errors } = error as { code?: string; name: string; message: string; errors?: { code?: string }[] };
  const known = words[code] ?? words[errors?.[0]?.code ?? ""];
  if (known) return { code, message: known };
  if (name === "HTTPParserError") return { code, message: "The answer was not HTTP" };
  if (code.startsWith("ERR_SSL_") || code.startsWith("ERR_TLS_")) return { code, message: `TLS handshake failed (${code})` };
  return { code, message: message.slice(0, 200) };
}
