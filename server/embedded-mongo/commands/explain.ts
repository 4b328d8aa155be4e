import { type Doc, isPlainObject } from "../bson-order.ts";
import type { Plan, Sort } from "../planner.ts";
import { type Effort, prepare } from "../query.ts";
import { parseSort } from "../sort.ts";
import { StoreError } from "../store-error.ts";
import { splitPipeline } from "./aggregate.ts";
import { type Command, docOption } from "./command.ts";
import { readingOf } from "./find.ts";
import { type Reading, readQuery } from "./read-query.ts";

const verbosities = ["queryPlanner", "executionStats", "allPlansExecution"];

/** Tells how a command would reach its documents, in the shape of MongoDB's `queryPlanner` and `executionStats`. */
const explain: Command = {
  writes: false,
  handler({ storage }, { body, database }) {
    const inner = body.explain;
    const verbosity = String(body.verbosity ?? "allPlansExecution");
    if (!isPlainObject(inner)) throw new StoreError(14, "'explain' must be a document");
    if (!verbosities.includes(verbosity)) throw new StoreError(2, `verbosity must be one of ${verbosities.join(", ")}`);
    const command = Object.keys(inner)[0] as string;
    const namespace = `${database}.${String(inner[command])}`;
    const reading = readingOfCommand(command, inner);
    const { skip, limit } = reading;
    const prepared = prepare(storage, storage.collection(namespace), reading.filter, reading);
    const winningPlan = withBounds(winning(prepared.plans, prepared.sorted, reading.sort ?? []), reading);
    const answer: Doc = {
      queryPlanner: { namespace, parsedQuery: reading.filter, winningPlan, rejectedPlans: [] },
      command: inner,
      serverInfo: { version: "7.0.0" },
      ok: 1,
    };
    if (verbosity === "queryPlanner") return answer;
    const effort: Effort = { keys: 0, docs: 0 };
    const started = performance.now();
    let nReturned = 0;
    for (const { taken } of readQuery(storage, namespace, { ...reading, skip, limit, effort }).open()) {
      nReturned++;
      taken();
    }
    return {
      ...answer,
      executionStats: {
        executionSuccess: true,
        nReturned,
        executionTimeMillis: Math.round(performance.now() - started),
        totalKeysExamined: effort.keys,
        totalDocsExamined: effort.docs,
      },
    };
  },
};

function readingOfCommand(command: string, inner: Doc): Reading {
  const all = { skip: 0, limit: Number.POSITIVE_INFINITY };
  switch (command) {
    case "find":
      return { ...readingOf(inner), project: undefined };
    case "aggregate":
      return splitPipeline(inner).reading;
    case "count":
    case "distinct":
      return { ...all, filter: docOption(inner.query, "query"), hint: inner.hint };
    case "findAndModify":
    case "findandmodify":
      return { filter: docOption(inner.query, "query"), sort: parseSort(inner.sort), hint: inner.hint, skip: 0, limit: 1 };
    case "update":
    case "delete": {
      const statements = (inner.updates ?? inner.deletes) as unknown;
      const first = Array.isArray(statements) ? statements[0] : undefined;
      if (!isPlainObject(first)) throw new StoreError(9, "explained write batches must be of size 1");
      const many = first.multi === true || (command === "delete" && Number(first.limit) !== 1);
      return { filter: docOption(first.q, "q"), hint: first.hint, skip: 0, limit: many ? Number.POSITIVE_INFINITY : 1 };
    }
    default:
      throw new StoreError(59, `Explain failed due to unknown command: ${command}`);
  }
}

function winning(plans: Plan[], sorted: boolean, sort: Sort): Doc {
  if (plans.length === 0) return { stage: "EOF" };
  const reached =
    plans.length === 1 ? stageOf(plans[0] as Plan) : { stage: "SUBPLAN", inputStage: { stage: "OR", inputStages: plans.map(stageOf) } };
  return sorted ? reached : { stage: "SORT", sortPattern: Object.fromEntries(sort), memLimit: 104_857_600, inputStage: reached };
}

function stageOf({ index, ranges, reverse, whole }: Plan): Doc {
  const direction = reverse ? "backward" : "forward";
  if (!index) {
    if (whole) return { stage: "COLLSCAN", direction };
    const points = ranges.every(({ start, end }) => end.length === start.length + 1 && end.subarray(0, start.length).equals(start));
    if (points && ranges.length === 1) return { stage: "IDHACK" };
    return {
      stage: "FETCH",
      inputStage: { stage: "IXSCAN", keyPattern: { _id: 1 }, indexName: "_id_", isUnique: true, direction, ranges: ranges.length },
    };
  }
  return {
    stage: "FETCH",
    inputStage: {
      stage: "IXSCAN",
      keyPattern: Object.fromEntries(index.key),
      indexName: index.name,
      isMultiKey: index.multikey,
      isUnique: index.unique,
      isSparse: index.sparse,
      isPartial: index.partialFilterExpression !== undefined,
      direction,
      ranges: ranges.length,
    },
  };
}

function withBounds(stage: Doc, { skip, limit }: Reading): Doc {
  const skipping = skip > 0 ? { stage: "SKIP", skipAmount: skip, inputStage: stage } : stage;
  return Number.isFinite(limit) ? { stage: "LIMIT", limitAmount: limit, inputStage: skipping } : skipping;
}

export const explainCommands: Record<string, Command> = { explain };
