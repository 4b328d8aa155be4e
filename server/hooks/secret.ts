import { randomBytes } from "node:crypto";
import type { FieldError } from "../errors.ts";

const prefix = "whsec_";

/** A secret as Standard Webhooks writes it: `whsec_` and 24 random bytes in base64. */
export function newSecret(): string {
  return prefix + randomBytes(24).toString("base64");
}

/** The key bytes that sign `webhook-signature`: a `whsec_` secret is base64, any other is taken as it is. */
export function standardKey(secret: string): Buffer {
  return secret.startsWith(prefix) ? Buffer.from(secret.slice(prefix.length), "base64") : Buffer.from(secret, "utf8");
}

/** What is wrong with a secret that a caller chose, if anything. */
export function secretProblem(secret: string): FieldError | undefined {
  if (secret.startsWith(prefix)) {
    const encoded = secret.slice(prefix.length);
    const bytes = Buffer.from(encoded, "base64");
    const clean = bytes.toString("base64").replace(/=+$/, "") === encoded.replace(/=+$/, "");
    if (!clean || bytes.length < 24 || bytes.length > 64)
      return { field: "secret", message: "after whsec_ must come 24 to 64 bytes in base64, as Standard Webhooks has it" };
  }
  return undefined;
}
