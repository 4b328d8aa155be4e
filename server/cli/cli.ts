#!/usr/bin/env node
import { parseArgs } from "node:util";
import { loadCatalogue } from "../../schemas/load-catalogue.ts";
import { operatorProduct } from "../accounts/add-key.ts";
import { type Config, readConfig } from "../config.ts";
import { AppError } from "../errors.ts";
import { openStore, type Store } from "../open-store.ts";
import { prepareDatabase } from "../prepare-database.ts";
import { addAppCommand, disableAppCommand, listAppsCommand, rotateSecretCommand } from "./app-commands.ts";
import { addKeyCommand, listKeysCommand, revokeKeyCommand } from "./key-commands.ts";
import { backupCommand, restoreCommand } from "./store-commands.ts";
import { UsageError } from "./usage-error.ts";
import { linkCommand } from "./user-commands.ts";

const usage = `Usage: npm run hookline -- <command>

  keys add --product ID [--company ID] [--name TEXT]   make a key and print it once
  keys add --operator [--name TEXT]                    a key for /v1/operator
  keys list --product ID | --operator                  the keys there are (not the keys themselves)
  keys revoke KEY_ID                                   a key stops working at once

  users invite --product ID --company ID --user ID     a one-time link to choose a password, good for a week
  users reset-password --product ID --company ID --user ID
                                                       the same for somebody who forgot it, good for an hour

  apps add [--product ID] --platform NAME [--redirect-uri URL]…
                                                       register an OAuth app with what the platform needs
  apps add [--product ID] --name TEXT --redirect-uri URL [--public] [--icon FILE.png]
  apps list                                            the apps there are
  apps rotate-secret CLIENT_ID                         new secret; the old one counts for a week more
  apps disable CLIENT_ID                               nobody can connect it; every install is taken back

  backup FOLDER                                        a copy of the embedded store, running or not
  restore FOLDER [--replace]                           puts a backup in its place; nothing may run on it

It works on the same store as the server (DATA_DIR or MONGODB_URI), running or not.
`;

const options = {
  product: { type: "string" },
  company: { type: "string" },
  user: { type: "string" },
  name: { type: "string" },
  platform: { type: "string" },
  "redirect-uri": { type: "string", multiple: true },
  icon: { type: "string" },
  public: { type: "boolean" },
  operator: { type: "boolean" },
  replace: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/** What an operator does at the terminal. */
async function run(args: string[]): Promise<string> {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options });
  const [noun, verb, id] = positionals;
  if (values.help || noun === undefined || noun === "help") return usage;
  // These open the store in ways of their own.
  if (noun === "backup") return backupCommand(readConfig(), verb);
  if (noun === "restore") return restoreCommand(readConfig(), verb, values.replace === true);
  const commands: Record<string, (store: Store, config: Config) => Promise<string>> = {
    "keys add": (store, config) => addKeyCommand(store, owner(config, values), values.company, values.name),
    "keys list": (store, config) => listKeysCommand(store, owner(config, values)),
    "keys revoke": (store) => revokeKeyCommand(store, id),
    "users invite": (store, config) => linkCommand(store, config, owner(config, values), values, "invitation"),
    "users reset-password": (store, config) => linkCommand(store, config, owner(config, values), values, "reset"),
    "apps add": (store, config) => addAppCommand(store, config, values),
    "apps list": (store) => listAppsCommand(store),
    "apps rotate-secret": (store) => rotateSecretCommand(store, id),
    "apps disable": (store, config) => disableAppCommand(store, config, id),
  };
  const command = commands[`${noun} ${verb}`];
  if (!command) throw new UsageError(`There is no command "${positionals.join(" ")}".`);
  const config = readConfig();
  const store = await openStore(config);
  try {
    await prepareDatabase(store.db);
    return await command(store, config);
  } finally {
    await store.close();
  }
}

function owner(config: Config, { product, operator }: { product?: string | undefined; operator?: boolean | undefined }): string {
  if (operator) return operatorProduct;
  const known = [...loadCatalogue(...config.schemaFolders).keys()];
  if (!product || !known.includes(product))
    throw new UsageError(`--product must be one of ${known.join(", ")}${product ? ` (it is "${product}")` : ""}.`);
  return product;
}

try {
  process.stdout.write(await run(process.argv.slice(2)));
} catch (error) {
  const known = error instanceof UsageError || (error as { code?: string }).code?.startsWith("ERR_PARSE_ARGS");
  const shown =
    error instanceof AppError
      ? error.fields.map(({ field, message }) => `--${field.replaceAll("_", "-").replace(/s(\.\d+)?$/, "")} ${message}`).join("\n")
      : (error as Error).message;
  process.stderr.write(`${shown}\n${known ? `\n${usage}` : ""}`);
  process.exitCode = 1;
}
