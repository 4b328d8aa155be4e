import { createHmac } from "node:crypto";
import type { ProductRules } from "../../schemas/product.ts";
import { standardKey } from "../hooks/secret.ts";

/**
 * The headers by which a receiver knows who sent the body, in both families: the product's own (hex HMAC-SHA256 of the
 * raw body under the secret's UTF-8 bytes) and Standard Webhooks' (`v1,` and base64 over `id.timestamp.body`).
 * While a secret is being rotated the old one signs too: beside the new one, separated by a space, as Standard Webhooks
 * has it, and in the product's header for the previous secret.
 */
export function signatureHeaders(
  signature: ProductRules["signature"],
  {
    id,
    timestamp,
    body,
    secret,
    previousSecret,
  }: { id: string; timestamp: number; body: Buffer; secret: string | null; previousSecret: string | null },
): Record<string, string> {
  const headers: Record<string, string> = { "webhook-id": id, "webhook-timestamp": String(timestamp) };
  if (secret === null) return headers;
  const secrets = previousSecret === null ? [secret] : [secret, previousSecret];
  headers["webhook-signature"] = secrets.map((key) => `v1,${standardSignature(key, id, timestamp, body)}`).join(" ");
  headers[signature.header] = hexSignature(secret, body);
  if (previousSecret !== null) headers[signature.previous_header] = hexSignature(previousSecret, body);
  return headers;
}

function hexSignature(secret: string, body: Buffer): string {
  return createHmac("sha256", Buffer.from(secret, "utf8")).update(body).digest("hex");
}

function standardSignature(secret: string, id: string, timestamp: number, body: Buffer): string {
  return createHmac("sha256", standardKey(secret)).update(`${id}.${timestamp}.`).update(body).digest("base64");
}
