import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

export type JsonSchema = { [keyword: string]: unknown };

/** A mistake in the catalogue: which file, where in it, what is wrong. */
export class CatalogueError extends Error {
  constructor(file: string, path: string, problem: string) {
    super(`${file}${path ? ` at ${path}` : ""}: ${problem}`);
    this.name = "CatalogueError";
  }
}

export function readJson(file: string): JsonSchema {
  let content: string;
  try {
    content = readFileSync(file, "utf8");
  } catch {
    throw new CatalogueError(file, "", "the file is missing or can't be read");
  }
  try {
    return JSON.parse(content) as JsonSchema;
  } catch (error) {
    throw new CatalogueError(file, "", `not valid JSON: ${(error as Error).message}`);
  }
}

/**
 * Reads a schema and brings the files it refers to into its `$defs`, so that it stands on its own.
 * `{"$ref": "../objects/deal.json"}` becomes `{"$ref": "#/$defs/deal"}`.
 */
export function bundle(file: string): JsonSchema {
  const definitions: Record<string, JsonSchema> = {};

  function localise(node: unknown, from: string, path: string): unknown {
    if (Array.isArray(node)) return node.map((item, i) => localise(item, from, `${path}/${i}`));
    if (typeof node !== "object" || node === null) return node;
    return Object.fromEntries(
      Object.entries(node).map(([keyword, value]) => {
        if (keyword === "$ref" && typeof value === "string") return [keyword, refer(value, from, path)];
        // What stands in examples and enums is data, whatever it looks like.
        return [
          keyword,
          keyword === "examples" || keyword === "enum" || keyword === "const" ? value : localise(value, from, `${path}/${keyword}`),
        ];
      }),
    );
  }

  function refer(reference: string, from: string, path: string): string {
    const [target = "", pointer = ""] = reference.split("#");
    if (target === "") throw new CatalogueError(from, `${path}/$ref`, `"${reference}" must name a file, like "../objects/deal.json"`);
    const targetFile = join(dirname(from), target);
    const name = basename(target, ".json");
    if (!(name in definitions)) {
      definitions[name] = {};
      const { $schema: _, ...content } = readJson(targetFile);
      definitions[name] = localise(content, targetFile, "") as JsonSchema;
    }
    const found = pointer
      .split("/")
      .slice(1)
      .reduce<unknown>((node, part) => (node as JsonSchema | undefined)?.[part], definitions[name]);
    if (found === undefined) throw new CatalogueError(from, `${path}/$ref`, `${targetFile} has nothing at ${pointer}`);
    return `#/$defs/${name}${pointer}`;
  }

  const root = localise(readJson(file), file, "") as JsonSchema;
  return Object.keys(definitions).length > 0 ? { ...root, $defs: definitions } : root;
}
