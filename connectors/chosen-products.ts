import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { loadCatalogue, type Product } from "../schemas/load-catalogue.ts";
import { schemasFolder } from "./folders.ts";

export type ProductFlags = { product?: string[] | undefined; schemas?: string | undefined };

function foldersOf({ schemas }: ProductFlags): string[] {
  const further = schemas ?? process.env.SCHEMAS_DIR;
  return [schemasFolder, ...(further ? [resolve(further)] : [])];
}

/** The products that the flags name, or all; every connectors command takes the same flags. */
export function chosenProducts(flags: ProductFlags): Product[] {
  const catalogue = loadCatalogue(...foldersOf(flags));
  for (const id of flags.product ?? [])
    if (!catalogue.has(id)) throw new Error(`There is no product "${id}"; known are ${[...catalogue.keys()].join(", ")}.`);
  return [...catalogue.values()].filter(({ id }) => !flags.product || flags.product.includes(id));
}

/** Where a product's JSON lies, and its lock file beside it. */
export function productFolder({ id }: Product, flags: ProductFlags): string {
  const folder = foldersOf(flags)
    .map((parent) => join(parent, id))
    .find((candidate) => existsSync(join(candidate, "product.json")));
  if (!folder) throw new Error(`The folder of "${id}" is gone.`);
  return folder;
}

/** The URL that stands in apps made to be looked at, linted or locked: what they do doesn't depend on it. */
export function exampleServer({ url }: Product): string {
  return `https://hooks.${new URL(url).hostname.replace(/^app\./, "")}`;
}
