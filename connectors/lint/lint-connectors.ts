import { join } from "node:path";
import type { ConnectorApp } from "../connector-app.ts";
import { activepiecesRules, pipedreamRules } from "./component-rules.ts";
import { makeRules } from "./make-rules.ts";
import { n8nRules } from "./n8n-rules.ts";
import { powerAutomateRules } from "./power-automate-rules.ts";
import { type Finding, LintedApp, type Rule } from "./rule.ts";
import { zapierRules } from "./zapier-rules.ts";

export const rulesOf: Record<string, Rule[]> = {
  zapier: zapierRules,
  make: makeRules,
  n8n: n8nRules,
  activepieces: activepiecesRules,
  "power-automate": powerAutomateRules,
  pipedream: pipedreamRules,
};

/** Holds a product's generated apps (`<folder>/<platform>-<product>/`) against the platforms' review rules. */
export function lintConnectors(app: ConnectorApp, folder: string, platforms: readonly string[] = Object.keys(rulesOf)): Finding[] {
  return platforms.flatMap((platform) => lintApp(platform, new LintedApp(join(folder, `${platform}-${app.product.id}`), app)));
}

export function lintApp(platform: string, linted: LintedApp): Finding[] {
  return (rulesOf[platform] ?? []).flatMap(({ id, fix, find }) => {
    try {
      return find(linted).map((place) => ({ ...place, platform, product: linted.app.product.id, rule: id, fix }));
    } catch (error) {
      // What can't even be read is a finding too, and the other rules go on.
      return [
        { platform, product: linted.app.product.id, rule: id, file: ".", message: `can't be checked: ${(error as Error).message}`, fix },
      ];
    }
  });
}
