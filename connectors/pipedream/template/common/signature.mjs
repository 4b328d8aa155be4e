import { createHmac, timingSafeEqual } from "crypto";

const mostSecondsApart = 300;

/**
 * Standard Webhooks: HMAC-SHA256 over id, timestamp and the body's very bytes. Old requests are refused, so that nobody
 * can play one again. While the secret is being changed there are two signatures; one that fits is enough.
 * @param {Record<string, string | undefined>} headers
 * @param {string} rawBody
 * @param {string} secret
 * @param {number} [now]
 */
export function isSigned(headers, rawBody, secret, now = Date.now()) {
  const id = headers["webhook-id"];
  const timestamp = Number(headers["webhook-timestamp"]);
  const signatures = headers["webhook-signature"];
  if (!id || !signatures || !(Math.abs(now / 1000 - timestamp) <= mostSecondsApart)) return false;
  const expected = createHmac("sha256", Buffer.from(secret.replace(/^whsec_/, ""), "base64"))
    .update(`${id}.${timestamp}.`)
    .update(rawBody)
    .digest();
  return signatures.split(" ").some((signature) => {
    const [version, value = ""] = signature.split(",");
    const given = Buffer.from(value, "base64");
    return version === "v1" && given.length === expected.length && timingSafeEqual(given, expected);
  });
}
