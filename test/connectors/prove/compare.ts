import type { Declared } from "./platform.ts";

/**
 * Where an item and the fields declared for it differ, key by key and type by type: declared and not there, there and not
 * declared, or of another type. Null fits every type; what hangs below a null isn't missing.
 */
export function differences(item: Record<string, unknown>, declared: Declared[]): string[] {
  const problems: string[] = [];
  for (const { path, type, optional } of declared) {
    const found = lookUp(item, path);
    if (found === missing && optional) continue;
    if (found === missing) problems.push(`${path.join(".")} is declared and missing`);
    else if (found !== undefined && found !== null && !fits(found, type))
      problems.push(`${path.join(".")} is declared ${type} and is ${JSON.stringify(found)}`);
  }
  const known = new Set(declared.map(({ path }) => path.join(".")));
  const open = new Set(declared.filter((field) => field.open).map(({ path }) => path.join(".")));
  for (const path of keyPaths(item, open)) if (!known.has(path)) problems.push(`${path} is there and not declared`);
  return problems;
}

/** Keys of `part` that `whole` lacks; what hangs below a null in `whole` counts as there. */
export function missingKeys(part: unknown, whole: unknown, path = ""): string[] {
  if (!isRecord(part) || whole === null) return [];
  if (!isRecord(whole)) return [path];
  return Object.entries(part).flatMap(([key, value]) => {
    const inner = path ? `${path}.${key}` : key;
    return key in whole ? missingKeys(value, whole[key], inner) : [inner];
  });
}

const missing = Symbol("missing");

/** undefined where the way there ends at a null; keys of an open object may be absent. */
function lookUp(item: unknown, path: string[]): unknown {
  let value = item;
  for (const part of path) {
    if (value === null) return undefined;
    if (!isRecord(value) || !(part in value)) return missing;
    value = value[part];
  }
  return value;
}

function fits(value: unknown, type: Declared["type"]): boolean {
  switch (type) {
    case "any":
      return true;
    case "integer":
      return Number.isInteger(value);
    case "list":
      return Array.isArray(value);
    case "object":
      return isRecord(value);
    case "date":
      return value instanceof Date || (typeof value === "string" && /^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:?\d{2})$/.test(value));
    default:
      return typeof value === type;
  }
}

/** The paths of all leaves and of the objects on the way, but for what is below open ones and in lists. */
function keyPaths(value: Record<string, unknown>, open: ReadonlySet<string>, prefix = ""): string[] {
  return Object.entries(value).flatMap(([key, inner]) => {
    const path = prefix ? `${prefix}.${key}` : key;
    if (isRecord(inner) && !open.has(path) && !(inner instanceof Date)) {
      const below = keyPaths(inner, open, path);
      return below.length > 0 ? below : [];
    }
    return inner === null ? [] : [path];
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
