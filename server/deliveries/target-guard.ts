import type { LookupAddress } from "node:dns";
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { AllowedTargets } from "./allowed-targets.ts";
import { isPermitted } from "./special-addresses.ts";

/** What tells a blocked target from a connection that failed by itself. */
export class BlockedTargetError extends Error {
  readonly code = "BLOCKED_TARGET";

  constructor(host: string, address: string) {
    super(host === address ? `${address} is not a public address` : `${host} resolves to ${address}, which is not a public address`);
    this.name = "BlockedTargetError";
  }
}

/** Name resolution, replaced in tests that need names which change. Throws as dns.lookup does. */
export type Resolver = (hostname: string) => Promise<LookupAddress[]>;

export const systemResolver: Resolver = (hostname) => lookup(hostname, { all: true, verbatim: true });

/**
 * The addresses a request to `hostname` may connect to. Refuses the host if any of its addresses is special, so that a
 * name with one good and one bad address can't slip through.
 */
export async function permittedAddresses(hostname: string, allowed: AllowedTargets, resolver: Resolver): Promise<LookupAddress[]> {
  const bare = hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
  const family = isIP(bare);
  const addresses = family === 0 ? await resolver(bare) : [{ address: bare, family }];
  const blocked = addresses.find(({ address }) => !isPermitted(address, allowed));
  if (blocked) throw new BlockedTargetError(bare, blocked.address);
  return addresses;
}
