import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { type ConnectorApp, connectorApp } from "../../../connectors/connector-app.ts";
import { generateConnectors } from "../../../connectors/generate-connectors.ts";
import type { Product } from "../../../schemas/load-catalogue.ts";
import type { Matrix, Row } from "./matrix.ts";
import type { Platform, PlayedApp } from "./platform.ts";
import { NotApplicable, proveRevoke, proveTrigger, type Run } from "./steps.ts";
import type { World } from "./world.ts";

/** A folder for generated apps, in which they find their platform's packages as after an `npm install` of their own. */
export function provingGround(folder: string, packages: string | undefined): string {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  if (packages) symlinkSync(packages, join(folder, "node_modules"), "dir");
  return folder;
}

/** Generates one app and takes it through every step, each trigger in a row of its own. */
export async function proveApp(
  { world, folder, matrix }: { world: World; folder: string; matrix: Matrix },
  platform: Platform,
  product: Product,
  { triggers, spoil }: { triggers?: readonly string[]; spoil?: (folder: string, app: ConnectorApp) => void } = {},
): Promise<void> {
  const app = connectorApp(product, world.server.url);
  const appRow = matrix.row(platform.id, product.id, null);
  const run = runner(appRow);
  let played: PlayedApp | undefined;
  try {
    await generateConnectors(product, { server: world.server.url, out: folder, platforms: [platform.id] });
    const appFolder = join(folder, `${platform.id}-${product.id}`);
    spoil?.(appFolder, app);
    await run("own rules", async () => {
      if (!platform.check) throw new NotApplicable("the platform has no checks of its own that can be had");
      await platform.check(appFolder);
    });
    const loaded = await platform.load(appFolder, app);
    played = loaded;
    const scene = { world, app, played: loaded, platform: platform.id };
    await run("connect", async () =>
      loaded.connect(world.consent(product.id), await world.register(product.id, platform.id, loaded.redirectUri)),
    );
    await run("test", async () => {
      const label = await loaded.test();
      if (label !== undefined && !label.includes("Acme Corporation")) throw new Error(`the connection is labelled "${label}"`);
    });
    await run("refresh", async () => {
      await loaded.refresh();
      await loaded.test();
    });
    for (const trigger of app.triggers)
      if (!triggers || triggers.includes(trigger.type))
        await proveTrigger(scene, trigger, runner(matrix.row(platform.id, product.id, trigger.type)));
    await proveRevoke(scene, run);
  } catch (error) {
    appRow.outcomes.connect = { state: "failed", reason: (error as Error).message };
  } finally {
    played?.stop?.();
  }
}

function runner(row: Row): Run {
  return async (step, work) => {
    try {
      await work();
      row.outcomes[step] = { state: "passed" };
    } catch (error) {
      const { message } = error as Error;
      row.outcomes[step] =
        error instanceof NotApplicable
          ? { state: "not applicable", reason: message }
          : { state: "failed", reason: message.replace(/\s+/g, " ").slice(0, 600) };
    }
  };
}
