import { format, type Options } from "prettier";

/** A generated app: relative path → content. */
export type Files = Map<string, string | Buffer>;

const parsers: Record<string, string> = {
  ".js": "babel",
  ".mjs": "babel",
  ".ts": "typescript",
  ".json": "json",
  ".md": "markdown",
  ".yml": "yaml",
};

/** Lays the files out as Prettier does, the way each platform's own code looks. What has no parser stays as it is. */
export async function formatted(files: Files, style: Options = {}): Promise<Files> {
  const done: Files = new Map();
  for (const [path, content] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const parser = parsers[/\.[a-z]+$/.exec(path)?.[0] ?? ""];
    if (!parser || typeof content !== "string") done.set(path, content);
    else done.set(path, await format(content, { printWidth: 100, ...style, parser }));
  }
  return done;
}

/** A value as source; the formatter gives it its final shape. */
export function literal(value: unknown): string {
  return JSON.stringify(value) ?? "undefined";
}

/** Text for a single-line comment or a template: no line breaks, nothing that ends a block comment. */
export function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").replaceAll("*/", "* /").trim();
}

export function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
