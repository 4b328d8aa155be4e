import { BlockList } from "node:net";
import ipaddr from "ipaddr.js";
import type { AllowedTargets } from "./allowed-targets.ts";

/** IANA IPv4 and IPv6 Special-Purpose Address Registries, multicast, and what was reserved and never given out. */
const specialIpv4 = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.31.196.0/24",
  "192.52.193.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "192.175.48.0/24",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
];
const specialIpv6 = [
  "::/8",
  "64:ff9b:1::/48",
  "100::/64",
  "100:0:0:1::/64",
  "2001::/23",
  "2001:db8::/32",
  "2620:4f:8000::/48",
  "3fff::/20",
  "5f00::/16",
  "fc00::/7",
  "fe80::/10",
  "fec0::/10",
  "ff00::/8",
];

/** A list a family: Node holds IPv4 addresses against IPv6 ranges too, as if they were mapped. */
const special = { ipv4: new BlockList(), ipv6: new BlockList() };
for (const range of specialIpv4) special.ipv4.addSubnet(range.split("/")[0] as string, Number(range.split("/")[1]), "ipv4");
for (const range of specialIpv6) special.ipv6.addSubnet(range.split("/")[0] as string, Number(range.split("/")[1]), "ipv6");
/** Only 2000::/3 has been given out for global unicast. */
const globalIpv6 = new BlockList();
globalIpv6.addSubnet("2000::", 3, "ipv6");

/**
 * Whether a request may go to this address: it is public, or the operator allowed its range.
 * IPv6 forms that carry an IPv4 address (mapped, NAT64, 6to4) are judged by the address they carry.
 */
export function isPermitted(address: string, allowed: AllowedTargets): boolean {
  if (address.includes("%") || !ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  const inner = parsed instanceof ipaddr.IPv6 ? embeddedIpv4(parsed) : undefined;
  if (inner) return isPermitted(inner, allowed);
  const family = parsed.kind();
  const plain = parsed.toString();
  if (allowed.ranges.check(plain, family)) return true;
  return !special[family].check(plain, family) && (family === "ipv4" || globalIpv6.check(plain, "ipv6"));
}

/** Whether the address lies in a range that the operator opened, so that product rules for public targets don't apply. */
export function isOperatorAllowed(address: string, allowed: AllowedTargets): boolean {
  if (address.includes("%") || !ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  const inner = parsed instanceof ipaddr.IPv6 ? embeddedIpv4(parsed) : undefined;
  return inner ? isOperatorAllowed(inner, allowed) : allowed.ranges.check(parsed.toString(), parsed.kind());
}

function embeddedIpv4(address: ipaddr.IPv6): string | undefined {
  const bytes = address.toByteArray();
  const startsWith = (...prefix: number[]) => prefix.every((byte, i) => bytes[i] === byte);
  const mapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  const nat64 = startsWith(0x00, 0x64, 0xff, 0x9b) && bytes.slice(4, 12).every((byte) => byte === 0);
  if (mapped || nat64) return bytes.slice(12).join(".");
  if (startsWith(0x20, 0x02)) return bytes.slice(2, 6).join(".");
  return undefined;
}
