import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Product } from "../schemas/load-catalogue.ts";
import { connectorApp } from "./connector-app.ts";
import { generators } from "./generators.ts";

export type GeneratedApp = { platform: string; product: string; folder: string; files: number };

/**
 * Writes a product's app for each platform to `<out>/<platform>-<product>/`, in place of what was there. The same
 * catalogue and server give the same bytes.
 * @param server public URL of the Hookline server that the apps will talk to
 */
export async function generateConnectors(
  product: Product,
  { server, out, platforms = Object.keys(generators) }: { server: string; out: string; platforms?: readonly string[] },
): Promise<GeneratedApp[]> {
  const app = connectorApp(product, server);
  const done: GeneratedApp[] = [];
  for (const platform of platforms) {
    const generate = generators[platform];
    if (!generate) throw new Error(`There is no generator for "${platform}"; known are ${Object.keys(generators).join(", ")}.`);
    const files = await generate(app);
    const folder = join(out, `${platform}-${product.id}`);
    rmSync(folder, { recursive: true, force: true });
    for (const [path, content] of files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    done.push({ platform, product: product.id, folder, files: files.size });
  }
  return done;
}
