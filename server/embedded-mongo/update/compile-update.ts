import { type Doc, isPlainObject } from "../bson-order.ts";
import { isOperatorDocument } from "../matcher.ts";
import { StoreError } from "../store-error.ts";
import { inWords, typeName } from "../words.ts";
import { arrayOperators } from "./array-operators.ts";
import { fieldOperators, type Operator } from "./field-operators.ts";
import { compileArrayFilters, concretePaths, identifierIn, isPositional } from "./positional.ts";

export type Update = {
  /** Changes a document in place. `filter` is the query that found it, which `$` refers to; none while an upsert builds it. */
  apply(doc: Doc, filter: Doc | undefined): void;
  replacement: Doc | undefined;
  /** First parts of the paths it may change; undefined where that is everything. */
  touches: ReadonlySet<string> | undefined;
};

type Step = { path: string; parts: string[]; operand: unknown; operator: Operator; insertOnly: boolean; positional: boolean };

const operators: Record<string, Operator> = { ...fieldOperators, ...arrayOperators };

/**
 * Compiles an update document, its values with their BSON types (`decodeTyped`). What is wrong with it is said before a
 * document is looked at; operators outside the tables are refused with code 9.
 * Source of the semantics: MongoDB manual, "Update Operators".
 */
export function compileUpdate(update: unknown, arrayFilters?: unknown): Update {
  if (Array.isArray(update)) throw new StoreError(238, "Aggregation pipelines in updates are not implemented by the embedded store");
  if (!isPlainObject(update)) throw new StoreError(9, "Update argument must be either an object or an array");
  const filters = compileArrayFilters(arrayFilters);
  if (!isOperatorDocument(update)) {
    const dollar = Object.keys(update).find((key) => key.startsWith("$"));
    if (dollar)
      throw new StoreError(
        52,
        `The dollar ($) prefixed field '${dollar}' in '${dollar}' is not allowed in the context of an update's replacement document. Consider using an aggregation pipeline with $replaceWith.`,
      );
    if (filters.size > 0) throw new StoreError(9, "Cannot specify arrayFilters with a replacement-style update");
    return { replacement: update, apply: () => {}, touches: undefined };
  }
  const steps = Object.entries(update).flatMap(([name, changes]) => stepsOf(name, changes));
  refuseConflicts(steps.flatMap(({ path, operand, operator }) => (operator === operators.$rename ? [path, operand as string] : [path])));
  const used = new Set(steps.flatMap(({ parts }) => parts.flatMap((part) => identifierIn(part) ?? [])));
  for (const step of steps)
    for (const name of step.parts.flatMap((part) => identifierIn(part) ?? []))
      if (!filters.has(name)) throw new StoreError(2, `No array filter found for identifier '${name}' in path '${step.path}'`);
  for (const name of filters.keys())
    if (!used.has(name)) throw new StoreError(9, `The array filter for identifier '${name}' was not used in the update ${inWords(update)}`);
  return {
    replacement: undefined,
    touches: new Set(
      steps.flatMap(({ parts, operand, operator }) => [
        parts[0] as string,
        ...(operator === operators.$rename ? [(operand as string).split(".")[0] as string] : []),
      ]),
    ),
    apply(doc, filter) {
      for (const { parts, operand, operator, insertOnly, positional } of steps) {
        if (insertOnly && filter) continue;
        if (!positional) operator.run(doc, parts, operand);
        else
          for (const path of concretePaths(doc, parts, { filter: filter ?? {}, arrayFilters: filters })) operator.run(doc, path, operand);
      }
    },
  };
}

function stepsOf(name: string, changes: unknown): Step[] {
  const operator = operators[name];
  if (!operator)
    throw new StoreError(9, `Unknown modifier: ${name}. Expected a valid update modifier or pipeline-style update specified as an array`);
  if (!isPlainObject(changes))
    throw new StoreError(
      9,
      `Modifiers operate on fields but we found type ${typeName(changes)} instead. For example: {$mod: {<field>: ...}} not {${name}: ${inWords(changes)}}`,
    );
  return Object.entries(changes).map(([path, operand]) => {
    const parts = path.split(".");
    if (path === "") throw new StoreError(56, "An empty update path is not valid.");
    if (parts.some((part) => part === ""))
      throw new StoreError(56, `The update path '${path}' contains an empty field name, which is not allowed.`);
    const first = parts[0] as string;
    if (first === "$" || first.startsWith("$["))
      throw new StoreError(
        2,
        `Cannot have ${first === "$" ? "positional (i.e. '$')" : "array filter identifier (i.e. '$[<id>]')"} element in the first position in path '${path}'`,
      );
    const odd = parts.find((part) => isPositional(part) && part !== "$" && !/^\$\[[^\]]*\]$/.test(part));
    if (odd) throw new StoreError(52, `The dollar ($) prefixed field '${odd}' in '${path}' is not valid for storage.`);
    operator.check?.(operand, path);
    return { path, parts, operand, operator, insertOnly: name === "$setOnInsert", positional: parts.some(isPositional) };
  });
}

function refuseConflicts(paths: string[]): void {
  const sorted = [...paths].sort();
  for (const [i, path] of sorted.entries()) {
    const clash = sorted.slice(i + 1).find((other) => other === path || other.startsWith(`${path}.`));
    if (clash) throw new StoreError(40, `Updating the path '${clash}' would create a conflict at '${path}'`);
  }
}
