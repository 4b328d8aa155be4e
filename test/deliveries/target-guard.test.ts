import assert from "node:assert/strict";
import { parseAllowedTargets } from "../../server/deliveries/allowed-targets.ts";
import { isPermitted } from "../../server/deliveries/special-addresses.ts";
import { permittedAddresses } from "../../server/deliveries/target-guard.ts";

const none = parseAllowedTargets("none");

/** One address of every range in IANA's special-purpose registries, and of every form that hides one. */
const special = [
  "0.0.0.0",
  "0.1.2.3",
  "10.0.0.1",
  "100.64.0.1",
  "100.127.255.255",
  "127.0.0.1",
  "127.255.255.254",
  "169.254.169.254",
  "172.16.0.1",
  "172.31.255.255",
  "192.0.0.8",
  "192.0.2.1",
  "192.88.99.1",
  "192.168.0.1",
  "198.18.0.1",
  "198.19.255.255",
  "198.51.100.1",
  "203.0.113.1",
  "224.0.0.1",
  "239.255.255.255",
  "240.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "::7f00:1",
  "::ffff:127.0.0.1",
  "::ffff:a00:1",
  "::ffff:0:a00:1",
  "64:ff9b::10.0.0.1",
  "64:ff9b::7f00:1",
  "64:ff9b:1::1",
  "100::1",
  "2001::1",
  "2001:0:4136:e378:8000:63bf:3fff:fdd2",
  "2001:2::1",
  "2001:10::1",
  "2001:20::1",
  "2001:db8::1",
  "2002:a00:1::",
  "2002:7f00:1::1",
  "2002:c0a8:101::",
  "3fff::1",
  "5f00::1",
  "fc00::1",
  "fd12:3456::1",
  "fe80::1",
  "fe80::1%eth0",
  "fec0::1",
  "ff02::1",
  "4000::1",
  "not an address",
  "",
];
const open = [
  "1.1.1.1",
  "8.8.8.8",
  "93.184.216.34",
  "100.63.255.255",
  "100.128.0.1",
  "172.15.255.255",
  "172.32.0.1",
  "192.0.1.1",
  "223.255.255.255",
  "2606:4700:4700::1111",
  "2a00:1450:4001:800::200e",
  "::ffff:8.8.8.8",
  "64:ff9b::8.8.8.8",
  "2002:808:808::1",
];

describe("the target guard", () => {
  for (const address of special) it(`refuses ${address || "nothing"}`, () => assert.equal(isPermitted(address, none), false));
  for (const address of open) it(`lets ${address} through`, () => assert.equal(isPermitted(address, none), true));

  it("lets through what the operator names, in every form, and nothing beside it", () => {
    const loopback = parseAllowedTargets("loopback");
    for (const address of ["127.0.0.1", "::1", "::ffff:127.0.0.1", "64:ff9b::127.0.0.1"])
      assert.ok(isPermitted(address, loopback), address);
    for (const address of ["10.0.0.1", "169.254.169.254", "::2", "fd00::1"]) assert.ok(!isPermitted(address, loopback), address);
    const range = parseAllowedTargets("10.1.0.0/16, fd00:1::/32 192.168.7.7");
    for (const address of ["10.1.255.255", "fd00:1:ffff::1", "192.168.7.7"]) assert.ok(isPermitted(address, range), address);
    for (const address of ["10.2.0.0", "fd00:2::1", "192.168.7.8", "127.0.0.1"]) assert.ok(!isPermitted(address, range), address);
    assert.ok(isPermitted("172.20.0.1", parseAllowedTargets("private")));
  });

  it("names the entry of ALLOW_TARGETS that is wrong", () => {
    for (const value of ["10.0.0.0/33", "10.0.0/8", "localhost", "10.0.0.0/", "::/129", "10.0.0.0/8, everything"])
      assert.throws(() => parseAllowedTargets(value), /is not an address, a range/, value);
    assert.throws(() => parseAllowedTargets("none, loopback"), /stands alone/);
  });

  it("judges every address a name has, and hosts that are addresses without asking anybody", async () => {
    const resolver = async () => [
      { address: "8.8.8.8", family: 4 },
      { address: "::1", family: 6 },
    ];
    await assert.rejects(
      permittedAddresses("mixed.example.com", none, resolver),
      /mixed\.example\.com resolves to ::1, which is not a public address/,
    );
    const unasked = async () => assert.fail("an address needs no resolving");
    await assert.rejects(permittedAddresses("[::1]", none, unasked), /::1 is not a public address/);
    assert.deepEqual(await permittedAddresses("8.8.8.8", none, unasked), [{ address: "8.8.8.8", family: 4 }]);
  });
});
