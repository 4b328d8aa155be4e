import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { Ajv2020, type ErrorObject } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { brandProblems } from "./brand.ts";
import { bundle, CatalogueError, type JsonSchema, readJson } from "./bundle.ts";
import { type Field, fieldsOf } from "./fields.ts";
import { type ProductRules, productSchema } from "./product.ts";

/** The body of a request to a hook, before it becomes bytes. */
export type EventBody = { id: string; event: string; timestamp: string; data: Record<string, unknown>; [field: string]: unknown };

export type EventType = {
  type: string;
  label: string;
  description: string;
  category: string;
  /** JSON Schema (2020-12) of the delivered body, standing on its own. */
  schema: JsonSchema;
  examples: EventBody[];
  fields: Map<string, Field>;
  /** Fills in what may be absent (null, or the schema's default) and gives the errors that remain. */
  validate(body: Record<string, unknown>): ErrorObject[];
};

export type Product = ProductRules & { eventTypes: Map<string, EventType> };
export type Catalogue = Map<string, Product>;

const fewestExamples = 2;

/**
 * Reads every product's folder. Throws one error that lists all mistakes, each with its file and path.
 * @param folders one or more folders that hold a folder for each product
 */
export function loadCatalogue(...folders: string[]): Catalogue {
  const problems: string[] = [];
  const catalogue: Catalogue = new Map();
  const productFolders = folders.flatMap((folder) =>
    readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(folder, entry.name)),
  );
  for (const folder of productFolders.sort()) {
    // A folder without product.json is not a product's (a half-made one has it and is told so).
    if (!existsSync(join(folder, "product.json")) && !existsSync(join(folder, "events"))) continue;
    const product = attempt(problems, () => loadProduct(folder, problems));
    if (!product) continue;
    if (catalogue.has(product.id)) problems.push(`${join(folder, "product.json")} at /id: "${product.id}" is another folder's product too`);
    catalogue.set(product.id, product);
  }
  if (problems.length > 0)
    throw new Error(`The catalogue has ${problems.length} mistake(s):\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
  return catalogue;
}

function attempt<T>(problems: string[], work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof CatalogueError)) throw error;
    problems.push(error.message);
    return undefined;
  }
}

export function newAjv(): Ajv2020 {
  const ajv = new Ajv2020({
    allErrors: true,
    useDefaults: true,
    strict: true,
    strictRequired: false,
    allowUnionTypes: true,
    verbose: true,
  });
  formats.default(ajv);
  return ajv;
}

function loadProduct(folder: string, problems: string[]): Product {
  const file = join(folder, "product.json");
  const rules = readJson(file);
  const ajv = newAjv();
  const isProduct = ajv.compile(productSchema);
  if (!isProduct(rules)) {
    const [first] = isProduct.errors ?? [];
    throw new CatalogueError(file, first?.instancePath ?? "", explain(first));
  }
  const product: Product = { ...(rules as unknown as ProductRules), eventTypes: new Map() };
  if (product.id !== basename(folder)) throw new CatalogueError(file, "/id", `must be the folder's name, "${basename(folder)}"`);
  for (const { path, message } of product.brand ? brandProblems(product.brand) : []) problems.push(`${file} at ${path}: ${message}`);
  const events = join(folder, "events");
  const files = existsSync(events)
    ? readdirSync(events)
        .filter((name) => name.endsWith(".json"))
        .sort()
    : [];
  if (files.length === 0) throw new CatalogueError(events, "", "a product needs at least one event type");
  for (const name of files) {
    const eventType = attempt(problems, () => loadEventType(join(events, name), product, ajv));
    if (eventType) product.eventTypes.set(eventType.type, eventType);
  }
  return product;
}

function loadEventType(file: string, product: Product, ajv: Ajv2020): EventType {
  const type = basename(file, ".json");
  const category = type.split(".")[0] as string;
  if (!/^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$/.test(type))
    throw new CatalogueError(file, "", `"${type}" is not an event type's name, like deal.won`);
  if (!product.categories.some(({ id }) => id === category))
    throw new CatalogueError(file, "", `product.json has no category "${category}"`);
  const { examples, ...schema } = bundle(file);
  if (!ajv.validateSchema(schema)) {
    const [first] = ajv.errors ?? [];
    throw new CatalogueError(file, first?.instancePath ?? "", explain(first));
  }
  const validate = compile(ajv, schema, file);
  const fields = fieldsOf(schema);
  for (const required of ["id", "event", "timestamp", "data"]) {
    if (!fields.has(required)) throw new CatalogueError(file, `/properties/${required}`, "every event's body has it");
  }
  if (fields.get("event")?.values?.[0] !== type)
    throw new CatalogueError(file, "/properties/event/const", `must be "${type}", as the file is named`);
  for (const field of [{ path: "", ...schema } as unknown as Field, ...fields.values()]) {
    if (!field.title || !field.description) {
      throw new CatalogueError(
        file,
        field.path ? `/properties/${field.path.replaceAll(".", "/properties/")}` : "",
        "needs a title and a description; platforms show them",
      );
    }
  }
  const bodies = (examples ?? []) as EventBody[];
  if (bodies.length < fewestExamples) throw new CatalogueError(file, "/examples", `needs at least ${fewestExamples} examples`);
  for (const [i, body] of bodies.entries()) {
    const [first] = validate(structuredClone(body));
    if (first) throw new CatalogueError(file, `/examples/${i}${first.instancePath}`, explain(first));
  }
  return {
    type,
    label: String(schema.title),
    description: String(schema.description),
    category,
    schema: { ...schema, examples: bodies },
    examples: bodies,
    fields,
    validate,
  };
}

function compile(ajv: Ajv2020, schema: JsonSchema, file: string): EventType["validate"] {
  try {
    const check = ajv.compile(schema);
    return (body) => (check(body) ? [] : (check.errors ?? []));
  } catch (error) {
    throw new CatalogueError(file, "", (error as Error).message);
  }
}

function explain(error: ErrorObject | undefined): string {
  const extra = error?.params && "additionalProperty" in error.params ? ` ("${error.params.additionalProperty}")` : "";
  return `${error?.message ?? "invalid"}${extra}`;
}
