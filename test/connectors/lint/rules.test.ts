import assert from "node:assert/strict";
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { exampleServer } from "../../../connectors/chosen-products.ts";
import { type ConnectorApp, connectorApp } from "../../../connectors/connector-app.ts";
import { generateConnectors } from "../../../connectors/generate-connectors.ts";
import { lintConnectors, rulesOf } from "../../../connectors/lint/lint-connectors.ts";
import { LintedApp } from "../../../connectors/lint/rule.ts";
import { loadCatalogue } from "../../../schemas/load-catalogue.ts";
import { schemasFolder } from "../../../server/config.ts";
import { temporaryFolder } from "../../helpers/store.ts";

const fixtures = fileURLToPath(new URL("../../../../test/fixtures/products", import.meta.url));

describe("the listing linter", () => {
  const folder = temporaryFolder();
  const apps = new Map<string, ConnectorApp>();
  before(async function () {
    this.timeout(60_000);
    for (const product of loadCatalogue(schemasFolder, fixtures).values()) {
      apps.set(product.id, connectorApp(product, exampleServer(product)));
      await generateConnectors(product, { server: exampleServer(product), out: folder });
    }
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("finds nothing in the apps of both products, nor in a third one's", () => {
    assert.equal(apps.size, 3);
    for (const app of apps.values()) assert.deepEqual(lintConnectors(app, folder), []);
  });

  for (const [platform, rules] of Object.entries(rulesOf)) {
    describe(platform, () => {
      it("has rules with ids of their own, each with a fix", () => {
        assert.ok(rules.length >= 5);
        assert.equal(new Set(rules.map(({ id }) => id)).size, rules.length);
        for (const { rule, fix } of rules) assert.ok(rule.length > 10 && fix.length > 10);
      });

      for (const rule of rules) {
        it(`${rule.id}: ${rule.rule}`, () => {
          const app = apps.get("tesoro") as ConnectorApp;
          const broken = join(folder, `broken-${platform}`);
          cpSync(join(folder, `${platform}-tesoro`), broken, { recursive: true });
          try {
            const linted = new LintedApp(broken, app);
            rule.breaks(linted);
            assert.ok(rule.find(linted).length > 0, "the broken app passes");
          } finally {
            rmSync(broken, { recursive: true, force: true });
          }
        });
      }
    });
  }
});
