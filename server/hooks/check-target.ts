import { setTimeout as delay } from "node:timers/promises";
import type { Product } from "../../schemas/load-catalogue.ts";
import type { Context } from "../context.ts";
import { isOperatorAllowed } from "../deliveries/special-addresses.ts";
import { BlockedTargetError, permittedAddresses } from "../deliveries/target-guard.ts";
import { invalid } from "../errors.ts";

const longestUrl = 2_048;
const resolveWithinMs = 2_000;
/** Names that never lead to a public host (RFC 6761, RFC 6762, RFC 8375, ICANN's private-use name). */
const privateNames = /(^|\.)(localhost|local|internal|intranet|lan|home|corp|private|localdomain|home\.arpa|onion|invalid|test)$/;

export type CheckedTarget = { url: string; warnings: string[] };

/**
 * Holds a target URL against its product's rules and the target guard. Throws a 422 on `target_url`.
 * A name that doesn't resolve now is let through with a warning: it may tomorrow, and the guard looks again at connect.
 */
export async function checkTarget(
  { config, resolver }: Pick<Context, "config" | "resolver">,
  product: Product,
  targetUrl: string,
): Promise<CheckedTarget> {
  const refuse = (message: string) => invalid([{ field: "target_url", message }]);
  if (targetUrl.length > longestUrl) throw refuse(`is longer than ${longestUrl} characters`);
  if (!URL.canParse(targetUrl)) throw refuse("is not a URL; use one like https://example.com/webhooks");
  const url = new URL(targetUrl);
  if (url.protocol !== "https:" && url.protocol !== "http:") throw refuse(`must begin with https:// (it begins with ${url.protocol}//)`);
  if (url.username || url.password) throw refuse("must not carry a user name or password; use a secret instead");
  if (url.hash) throw refuse("must not have a fragment (#…); it would never be sent");

  const addresses = await resolveAddresses(url.hostname);
  const operatorAllowed = addresses?.every((address) => isOperatorAllowed(address, config.allowedTargets)) === true;
  if (!operatorAllowed) {
    const host = url.hostname.replace(/\.$/, "").toLowerCase();
    if (privateNames.test(host) || (!host.includes(".") && !host.startsWith("[")))
      throw refuse(`${host} is not a public host name; a webhook needs an address that the internet can reach`);
    if (url.protocol === "http:" && product.target.https === "required")
      throw refuse(`must begin with https://; ${product.name} sends over HTTPS only`);
  }
  const warnings =
    addresses === undefined ? [`${url.hostname} did not resolve to an address just now; deliveries fail until it does.`] : [];
  return { url: url.href, warnings: [...warnings, ...targetWarnings(url.href)] };

  async function resolveAddresses(hostname: string): Promise<string[] | undefined> {
    const abort = new AbortController();
    const late = delay(resolveWithinMs, undefined, { signal: abort.signal }).catch(() => undefined);
    try {
      const found = await Promise.race([permittedAddresses(hostname, config.allowedTargets, resolver), late]);
      return found?.map(({ address }) => address);
    } catch (error) {
      if (error instanceof BlockedTargetError) throw refuse(`${error.message}; webhooks go to public addresses only`);
      return undefined;
    } finally {
      abort.abort();
    }
  }
}

/** What people should be told about a target as long as it is used. */
export function targetWarnings(targetUrl: string): string[] {
  return targetUrl.startsWith("http:") ? ["This URL is plain HTTP: anybody on the way can read what is sent. Use https://."] : [];
}
