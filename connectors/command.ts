import { connectorsCommand } from "./connectors.ts";
import { lintCommand } from "./lint/lint-command.ts";
import { lockCommand } from "./lock-command.ts";

/** `npm run connectors`, `connectors:lint`, `connectors:lock`: the part of the name after the colon comes first. */
const commands: Record<string, (args: string[]) => string | Promise<string>> = {
  generate: connectorsCommand,
  lint: lintCommand,
  lock: lockCommand,
};

const [name = "generate", ...args] = process.argv.slice(2);
try {
  const command = commands[name];
  if (!command) throw new Error(`There is no command "${name}"; known are ${Object.keys(commands).join(", ")}.`);
  process.stdout.write(await command(args));
} catch (error) {
  // A person reads this at the terminal: the message says what to do, a stack would bury it.
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
