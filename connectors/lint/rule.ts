import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import type { ConnectorApp } from "../connector-app.ts";

/** Where a rule is broken: the file, and what is wrong there. */
export type Place = { file: string; message: string };

/** One review rule of a platform, as far as it can be decided without the platform: our reading of it. */
export type Rule = {
  /** The platform's own id where it has one (Zapier's D021), otherwise a name of ours. */
  id: string;
  /** What must hold. */
  rule: string;
  /** What to do about it; where it is the catalogue's matter, that says so. */
  fix: string;
  find(app: LintedApp): Place[];
  /** Breaks the rule in a generated app; the tests see that it is found. */
  breaks(app: LintedApp): void;
};

/** One place where something is broken, or none. */
export function when(broken: boolean, file: string, message: string): Place[] {
  return broken ? [{ file, message }] : [];
}

export type Finding = Place & { platform: string; product: string; rule: string; fix: string };

/** A generated app on disk, and the catalogue's side of it. */
export class LintedApp {
  readonly folder: string;
  readonly app: ConnectorApp;

  constructor(folder: string, app: ConnectorApp) {
    this.folder = folder;
    this.app = app;
  }

  /** Relative paths, sorted; what was installed or built there doesn't belong to the app. */
  files(pattern = /./): string[] {
    return readdirSync(this.folder, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(this.folder, join(entry.parentPath, entry.name)))
      .filter((path) => !/^(node_modules|dist)\//.test(path) && pattern.test(path))
      .sort();
  }

  has(path: string): boolean {
    return existsSync(join(this.folder, path));
  }

  text(path: string): string {
    return readFileSync(join(this.folder, path), "utf8");
  }

  bytes(path: string): Buffer {
    return readFileSync(join(this.folder, path));
  }

  // What a file holds is looked into freely; each rule says what it expects.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  json(path: string): any {
    return JSON.parse(this.text(path));
  }

  /** Loads a CommonJS module of the app, fresh each time. */
  // biome-ignore lint/suspicious/noExplicitAny: see above
  load(path: string): any {
    const require = createRequire(join(this.folder, "package.json"));
    for (const loaded of Object.keys(require.cache)) if (loaded.startsWith(this.folder)) delete require.cache[loaded];
    return require(`./${path}`);
  }

  /** Replaces a text once; for breaking an app on purpose, so a text that isn't there is a mistake. */
  edit(path: string, from: string | RegExp, to: string | ((match: string, ...groups: string[]) => string)): void {
    const before = this.text(path);
    const after = before.replace(from, to as string);
    if (after === before) throw new Error(`${path} has no ${from} to replace`);
    writeFileSync(join(this.folder, path), after);
  }

  // biome-ignore lint/suspicious/noExplicitAny: as for json()
  editJson(path: string, change: (value: any) => void): void {
    const value = this.json(path);
    change(value);
    writeFileSync(join(this.folder, path), JSON.stringify(value));
  }

  remove(path: string): void {
    rmSync(join(this.folder, path));
  }

  /** The first trigger that is shown, to break something in. */
  get firstKey(): string {
    return this.app.triggers.find(({ deprecated }) => !deprecated)?.key ?? "";
  }
}

/** Width and height of a PNG; undefined where it isn't one. */
export function pngSize(bytes: Buffer): { width: number; height: number } | undefined {
  if (bytes.length < 24 || bytes.readUInt32BE(0) !== 0x89504e47) return undefined;
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}
