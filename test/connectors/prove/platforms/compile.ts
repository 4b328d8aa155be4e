import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** Compiles a generated app with the toolchain's TypeScript, by the app's own tsconfig.json; throws with what it prints. */
export function compile(folder: string, ...args: string[]): void {
  try {
    execFileSync(process.execPath, [join(modulesOf(folder), "typescript", "bin", "tsc"), "-p", folder, ...args], { encoding: "utf8" });
  } catch (error) {
    throw new Error(`it doesn't compile: ${(error as { stdout?: string }).stdout}`);
  }
}

/** Runs eslint with the app's own configuration; a warning is a finding. */
export function lint(folder: string): void {
  try {
    execFileSync(process.execPath, [join(modulesOf(folder), "eslint", "bin", "eslint.js"), "--max-warnings", "0", "."], {
      cwd: folder,
      encoding: "utf8",
      // Under NODE_ENV=test n8n's rules look at every file as if it were their own test's.
      env: { ...process.env, NODE_ENV: "production" },
    });
  } catch (error) {
    throw new Error(`the platform's lint finds: ${(error as { stdout?: string }).stdout}`);
  }
}

/** The node_modules that the folder's code resolves to. */
export function modulesOf(folder: string): string {
  for (let at = folder; at !== dirname(at); at = dirname(at))
    if (existsSync(join(at, "node_modules", "typescript"))) return join(at, "node_modules");
  throw new Error(`no node_modules above ${folder}`);
}
