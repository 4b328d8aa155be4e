import { type Doc, equalValues, MISSING } from "../bson-order.ts";
import { isOperatorDocument, isRegex } from "../matcher.ts";
import { valueAt } from "../paths.ts";
import { StoreError } from "../store-error.ts";
import { setAt } from "./set-path.ts";

/** The document an upsert begins with: the equality parts of its query (MongoDB manual, "Upsert Behavior"). */
export function upsertBase(query: Doc): Doc {
  const doc: Doc = {};
  gather(doc, query);
  return doc;
}

function gather(doc: Doc, query: Doc): void {
  for (const [key, condition] of Object.entries(query)) {
    if (key === "$and" && Array.isArray(condition)) for (const part of condition) gather(doc, part as Doc);
    // An `$or` of one branch says the same as the branch.
    if (key === "$or" && Array.isArray(condition) && condition.length === 1) gather(doc, condition[0] as Doc);
    if (key.startsWith("$")) continue;
    const equal = isOperatorDocument(condition) ? equalityOf(condition) : condition;
    if (equal === MISSING || isRegex(equal)) continue;
    const parts = key.split(".");
    const present = valueAt(doc, parts);
    if (present !== MISSING && !equalValues(present, equal))
      throw new StoreError(54, `cannot infer query fields to set, path '${key}' is matched twice`);
    setAt(doc, parts, equal);
  }
}

function equalityOf(condition: Doc): unknown {
  if (Object.hasOwn(condition, "$eq")) return condition.$eq;
  const { $in: oneOf, $all: all } = condition;
  if (Array.isArray(all) && all.length === 1 && !isOperatorDocument(all[0])) return all[0];
  return Array.isArray(oneOf) && oneOf.length === 1 ? oneOf[0] : MISSING;
}
