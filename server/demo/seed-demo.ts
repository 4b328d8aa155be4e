import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { addKey } from "../accounts/add-key.ts";
import { apiKeys } from "../accounts/api-key.ts";
import { putCompany } from "../accounts/put-company.ts";
import { putUser } from "../accounts/put-user.ts";
import { demoFile } from "../config.ts";
import type { Context } from "../context.ts";

export type DemoCompany = { id: string; name: string; key: string; user: { id: string; email: string; password: string } };
export type Demo = { url: string; products: Record<string, { product_key: string; companies: DemoCompany[] }> };

const companies = [
  { id: "acme", name: "Acme Corporation" },
  { id: "brightwater", name: "Brightwater Studio" },
];

/**
 * On an empty store in development: a product key for each product and two companies to play with, written to
 * DATA_DIR/demo.json for the tour. Gives the demo if there is one.
 */
export async function seedDemo(ctx: Pick<Context, "config" | "db" | "clock" | "catalogue">, url: string): Promise<Demo | undefined> {
  const file = demoFile(ctx.config);
  if (existsSync(file)) return rewriteUrl(file, url);
  if (await apiKeys(ctx.db).exists({})) return undefined;
  const demo: Demo = { url, products: {} };
  for (const product of ctx.catalogue.keys()) {
    const { key } = await addKey(ctx, { product, name: "Demo backend" });
    const seeded: DemoCompany[] = [];
    for (const company of companies) seeded.push(await seedCompany(ctx, product, company));
    demo.products[product] = { product_key: key, companies: seeded };
  }
  write(file, demo);
  return demo;
}

async function seedCompany(
  ctx: Pick<Context, "db" | "clock">,
  product: string,
  { id, name }: { id: string; name: string },
): Promise<DemoCompany> {
  const { company } = await putCompany(ctx, product, { id, name });
  const password = randomBytes(12).toString("base64url");
  const { user } = await putUser(ctx, product, id, {
    id: "admin",
    email: `admin@${id}.example`,
    name: `${name} admin`,
    role: "admin",
    password,
  });
  const { key } = await addKey(ctx, { product, company: company._id, user: user._id, name: "Demo key" });
  return { id, name, key, user: { id: user.externalId, email: user.email, password } };
}

/** The port may be another one this time. */
function rewriteUrl(file: string, url: string): Demo {
  const demo = JSON.parse(readFileSync(file, "utf8")) as Demo;
  if (demo.url === url) return demo;
  const moved = { ...demo, url };
  write(file, moved);
  return moved;
}

function write(file: string, demo: Demo): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(demo, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
