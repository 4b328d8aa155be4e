import { BlockList, isIP } from "node:net";

/** Special address ranges that the operator opened to hooks by name. */
export type AllowedTargets = { ranges: BlockList; description: string };

const named: Record<string, string[]> = {
  loopback: ["127.0.0.0/8", "::1/128"],
  private: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"],
};

/**
 * Reads ALLOW_TARGETS: `none`, or addresses, CIDR ranges and the names `loopback` and `private`, with commas between.
 * Throws with the entry that is wrong.
 */
export function parseAllowedTargets(value: string): AllowedTargets {
  const entries = value.split(/[\s,]+/).filter((entry) => entry !== "");
  const ranges = new BlockList();
  if (entries.includes("none")) {
    if (entries.length > 1) throw new Error('"none" stands alone');
    return { ranges, description: "none" };
  }
  for (const range of entries.flatMap((entry) => named[entry.toLowerCase()] ?? [entry])) {
    const [address = "", bits] = range.split("/");
    const family = isIP(address);
    const longest = family === 6 ? 128 : 32;
    const prefix = bits === undefined ? longest : Number(bits);
    if (family === 0 || !Number.isInteger(prefix) || bits === "" || prefix < 0 || prefix > longest) {
      throw new Error(`"${range}" is not an address, a range like 10.0.0.0/8, loopback, private or none`);
    }
    ranges.addSubnet(address, prefix, family === 6 ? "ipv6" : "ipv4");
  }
  return { ranges, description: entries.join(", ") };
}
