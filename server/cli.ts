import { parseArgs } from "node:util";
import { loadCatalogue } from "../schemas/load-catalogue.ts";
import { addKey } from "./accounts/add-key.ts";
import { apiKeys } from "./accounts/api-key.ts";
import { companies, companyKey } from "./accounts/company.ts";
import { systemClock } from "./clock.ts";
import { type Config, readConfig } from "./config.ts";
import { openStore, type Store } from "./open-store.ts";
import { prepareDatabase } from "./prepare-database.ts";

const usage = `Usage: npm run hookline -- <command>

  keys add --product ID [--company ID] [--name TEXT]   make a key and print it once
  keys list --product ID                               the product's keys (not the keys themselves)
  keys revoke KEY_ID                                   a key stops working at once

It works on the same store as the server (DATA_DIR or MONGODB_URI), running or not.
`;

class UsageError extends Error {}

/** What an operator does at the terminal. */
async function run(args: string[]): Promise<string> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { product: { type: "string" }, company: { type: "string" }, name: { type: "string" }, help: { type: "boolean", short: "h" } },
  });
  const [noun, verb, id] = positionals;
  if (values.help || noun === undefined || noun === "help") return usage;
  if (noun !== "keys") throw new UsageError(`There is no command "${positionals.join(" ")}".`);
  const config = readConfig();
  switch (verb) {
    case "add":
      return withStore(config, (store) => addKeyCommand(store, productId(config, values.product), values.company, values.name));
    case "list":
      return withStore(config, (store) => listKeys(store, productId(config, values.product)));
    case "revoke":
      if (!id) throw new UsageError("Which key? Give its id, as `keys list` shows it.");
      return withStore(config, (store) => revokeKey(store, id));
    default:
      throw new UsageError(`There is no command "keys ${verb ?? ""}".`);
  }
}

function productId(config: Config, product: string | undefined): string {
  const known = [...loadCatalogue(...config.schemaFolders).keys()];
  if (!product || !known.includes(product))
    throw new UsageError(`--product must be one of ${known.join(", ")}${product ? ` (it is "${product}")` : ""}.`);
  return product;
}

async function withStore(config: Config, work: (store: Store) => Promise<string>): Promise<string> {
  const store = await openStore(config);
  try {
    await prepareDatabase(store.db);
    return await work(store);
  } finally {
    await store.close();
  }
}

async function addKeyCommand({ db }: Store, product: string, company: string | undefined, name: string | undefined): Promise<string> {
  const owner = company === undefined ? undefined : companyKey(product, company);
  if (owner && !(await companies(db).exists({ _id: owner })))
    throw new UsageError(`${product} has no company "${company}"; the product makes it with PUT /v1/companies/${company}.`);
  const { record, key } = await addKey(
    { db, clock: systemClock },
    { product, company: owner, name: name ?? (company ? "Company key" : "Backend") },
  );
  return `${key}\n\nThis is the only time the key is shown. Its id is ${record._id}; it may ${record.scopes.join(", ")}.\n`;
}

async function listKeys({ db }: Store, product: string): Promise<string> {
  const keys = await apiKeys(db).find({ product }).sort({ _id: 1 }).lean();
  if (keys.length === 0) return "There are no keys yet.\n";
  const rows = keys.map(({ _id, hint, name, company, revokedAt }) => [
    _id,
    hint,
    company?.slice(product.length + 1) ?? "(product)",
    revokedAt ? "revoked" : "active",
    name,
  ]);
  return `${rows.map((row) => row.join("  ")).join("\n")}\n`;
}

async function revokeKey({ db }: Store, id: string): Promise<string> {
  const key = await apiKeys(db)
    .findOneAndUpdate({ _id: id }, { $min: { revokedAt: new Date() } })
    .lean();
  if (!key) throw new UsageError(`There is no key "${id}"; \`keys list\` shows their ids.`);
  return `Key ${id} is revoked.\n`;
}

try {
  process.stdout.write(await run(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n${error instanceof UsageError ? `\n${usage}` : ""}`);
  process.exitCode = 1;
}
