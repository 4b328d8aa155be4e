import { readdirSync, readFileSync } from "node:fs";
import { extname, join, relative } from "node:path";
import { connectorsFolder } from "./folders.ts";
import type { Files } from "./source.ts";

const texts = new Set([".js", ".mjs", ".ts", ".json", ".md", ".yml", ".svg", ".txt", ""]);

/**
 * The hand-written part of a platform's app (`connectors/<platform>/template/`): every file, with `__NAME__` replaced in
 * paths and contents. What a value is missing for is a mistake of ours and throws.
 */
export function fromTemplate(platform: string, values: Record<string, string>): Files {
  const folder = join(connectorsFolder, platform, "template");
  const filled = (text: string, file: string): string =>
    text.replace(/__([A-Z][A-Z0-9_]*?)__/g, (_, name: string) => {
      const value = values[name];
      if (value === undefined) throw new Error(`${file} wants __${name}__, which has no value`);
      return value;
    });
  const files: Files = new Map();
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const path = filled(relative(folder, file).replace(/(^|\/)_(?!_)/g, "$1."), file);
    const content = readFileSync(file);
    files.set(path, texts.has(extname(entry.name)) ? filled(content.toString("utf8"), file) : content);
  }
  return files;
}
