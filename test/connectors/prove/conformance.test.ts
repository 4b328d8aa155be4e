import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { connectorApp, type Trigger } from "../../../connectors/connector-app.ts";
import { generateConnectors } from "../../../connectors/generate-connectors.ts";
import { LintedApp } from "../../../connectors/lint/rule.ts";
import { type Catalogue, loadCatalogue } from "../../../schemas/load-catalogue.ts";
import { schemasFolder } from "../../../server/config.ts";
import { temporaryFolder } from "../../helpers/store.ts";
import { Matrix } from "./matrix.ts";
import { make } from "./platforms/make.ts";
import { powerAutomate } from "./platforms/power-automate.ts";
import { proveApp, provingGround } from "./prove-app.ts";
import { World } from "./world.ts";

/**
 * `npm run connectors:prove` in small, for the platforms that we play ourselves: the others need packages that a plain
 * install doesn't have. And that the proof can fail: apps that are broken in one place fail at the step that is about it.
 */
describe("conformance", () => {
  const dataDir = temporaryFolder();
  const folder = provingGround(join(temporaryFolder(), "apps"), undefined);
  let world: World;
  let catalogue: Catalogue;
  before(async () => {
    catalogue = loadCatalogue(schemasFolder);
    world = await new World(dataDir, { ALLOW_TARGETS: "loopback" }).start();
  });
  after(async () => {
    await world.stop();
    rmSync(dataDir, { recursive: true, force: true });
    rmSync(join(folder, ".."), { recursive: true, force: true });
  });

  const product = () => catalogue.get("tesoro") as NonNullable<ReturnType<Catalogue["get"]>>;
  const triggers = ["deal.status_changed", "lead.updated"];

  for (const { check: _, ...platform } of [make, powerAutomate]) {
    it(`${platform.id}: connect, subscribe twice, receive, compare, 410, unsubscribe, revoke`, async () => {
      const matrix = new Matrix();
      await proveApp({ world, folder, matrix }, platform, product(), { triggers });
      assert.deepEqual([...matrix.failures(), ...matrix.holes()], []);
      assert.ok(matrix.counts().passed > 15);
    }).timeout(60_000);
  }

  it("Make's dropdowns go on to further pages: 130 owners are all there", async () => {
    const [example] = product().eventTypes.get("lead.created")?.examples ?? [];
    const events = Array.from({ length: 130 }, (_, i) => ({
      event: "lead.created",
      company_id: "acme",
      data: { ...example?.data, owner: { id: `usr_${i}`, name: `Owner ${String(i).padStart(3, "0")}`, email: null } },
    }));
    await world.server.backend("tesoro").post("/v1/events", events).expect(202);
    const app = connectorApp(product(), world.server.url);
    await generateConnectors(product(), { server: world.server.url, out: folder, platforms: ["make"] });
    const played = await make.load(join(folder, "make-tesoro"), app);
    await played.connect(world.consent("tesoro"), await world.register("tesoro", "make", played.redirectUri));
    const code = await played.trigger(app.triggers.find(({ type }) => type === "lead.created") as Trigger);
    const { owner } = await code.dropdowns();
    const labels = (owner as { label: string }[]).map(({ label }) => label);
    assert.equal(new Set(labels.filter((label) => label.startsWith("Owner "))).size, 130);
    assert.equal(new Set(labels).size, labels.length, "no page came twice");
  }).timeout(30_000);

  const mistakes: [string, string, (app: LintedApp) => void, RegExp][] = [
    [
      "a field that isn't declared",
      "fields",
      (app) => app.editJson("modules/watchDealStatusChanges/watchDealStatusChanges.interface.iml.json", (fields) => fields.shift()),
      /id is there and not declared/,
    ],
    [
      "a field of another type",
      "fields",
      (app) => app.edit("modules/watchDealStatusChanges/watchDealStatusChanges.interface.iml.json", '"number"', '"boolean"'),
      /is declared boolean and is/,
    ],
    [
      "a sample with a key that no event has",
      "static",
      (app) => app.editJson("modules/watchDealStatusChanges/watchDealStatusChanges.samples.iml.json", (sample) => (sample.data.more = 1)),
      /data\.more/,
    ],
    [
      "an input that asks for nothing",
      "filters",
      (app) =>
        app.editJson("webhooks/dealStatusChanged/dealStatusChanged.attach.iml.json", ({ body }) => delete body.filter["data.owner.id"]),
      /data\.owner\.id/,
    ],
    [
      "a webhook that isn't detached",
      "unsubscribe",
      (app) => app.edit("webhooks/dealStatusChanged/dealStatusChanged.detach.iml.json", "externalHookId", "hookId"),
      /DELETE/,
    ],
    [
      "a token that is never refreshed",
      "refresh",
      (app) => app.edit("connections/oauth/oauth.communication.iml.json", "{{data.refreshToken}}", "{{data.accessToken}}"),
      /refresh token is invalid/i,
    ],
  ];
  describe("of an app with mistakes", () => {
    const matrix = new Matrix();
    before(async function () {
      this.timeout(60_000);
      const { check: _, ...platform } = make;
      await proveApp({ world, folder, matrix }, platform, product(), {
        triggers: ["deal.status_changed"],
        spoil: (appFolder, app) => {
          for (const [, , spoil] of mistakes) spoil(new LintedApp(appFolder, app));
        },
      });
    });

    for (const [what, step, , reason] of mistakes) {
      it(`finds ${what}, at the step "${step}"`, () => {
        const failures = matrix.failures();
        const own = failures.find((failure) => failure.includes(`· ${step}:`));
        assert.match(own ?? `nothing at ${step}: ${failures.join("\n")}`, reason);
      });
    }

    it("and nothing else", () => {
      const steps = matrix.failures().map((failure) => failure.split(" · ").at(-1)?.split(":")[0]);
      // A webhook that is gone is unsubscribed too, at the step that is about 410.
      assert.deepEqual([...steps].sort(), [...new Set([...mistakes.map(([, step]) => step), "410"])].sort());
    });
  });
});
