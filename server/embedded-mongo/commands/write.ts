import { ObjectId, serialize } from "bson";
import { type Doc, equalValues } from "../bson-order.ts";
import { decode, decodeTyped, plain } from "../decode.ts";
import { compileProjection } from "../projection.ts";
import { type Found, query } from "../query.ts";
import { parseSort } from "../sort.ts";
import type { Storage } from "../storage.ts";
import { StoreError } from "../store-error.ts";
import { compileUpdate, type Update } from "../update/compile-update.ts";
import { upsertBase } from "../update/upsert-base.ts";
import type { Request } from "../wire.ts";
import { inWords } from "../words.ts";
import { type Command, docOption, namespaceOf, refuseUnknown } from "./command.ts";

type WriteError = Doc & { index: number };

const mostStatements = 100_000;

/** Runs each statement, stops at the first error if ordered, and reports errors by index as MongoDB does. */
function eachStatement<T>(statements: readonly T[], ordered: boolean, run: (statement: T, index: number) => void): WriteError[] {
  const errors: WriteError[] = [];
  for (const [index, statement] of statements.entries()) {
    try {
      run(statement, index);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      errors.push({ index, code: error.code, errmsg: error.message, ...error.details });
      if (ordered) break;
    }
  }
  return errors;
}

function withErrors(reply: Doc, errors: WriteError[]): Doc {
  return errors.length > 0 ? { ...reply, writeErrors: errors, ok: 1 } : { ...reply, ok: 1 };
}

/** The statements of a write, as bytes: drivers send them beside the body, by hand they may stand in it. */
function statementsOf(request: Request, field: string): Buffer[] {
  const inBody = request.body[field];
  const found = Array.isArray(inBody)
    ? (decodeTyped(request.raw)[field] as Doc[]).map((item) => Buffer.from(serialize(item)))
    : (request.sequences.get(field) ?? []);
  if (found.length === 0 || found.length > mostStatements)
    throw new StoreError(16, `Write batch sizes must be between 1 and ${mostStatements}. Got ${found.length} operations.`);
  return found;
}

const insert: Command = {
  writes: true,
  handler({ storage }, request) {
    refuseUnknown(request.body, ["documents", "ordered", "bypassDocumentValidation"]);
    const namespace = namespaceOf(request);
    const documents = statementsOf(request, "documents");
    const collection = storage.createCollection(namespace);
    let n = 0;
    const errors = eachStatement(documents, request.body.ordered !== false, (raw) => {
      const doc = decode(raw);
      // MongoDB keeps _id first; drivers send it first, so only the odd document is built again.
      if (Object.keys(doc)[0] === "_id") storage.insert(namespace, collection, doc, Buffer.from(raw));
      else {
        const { _id = new ObjectId(), ...rest } = decodeTyped(raw);
        storage.insert(namespace, collection, { ...doc, _id }, Buffer.from(serialize({ _id, ...rest })));
      }
      n++;
    });
    return withErrors({ n }, errors);
  },
};

const update: Command = {
  writes: true,
  handler({ storage }, request) {
    refuseUnknown(request.body, ["updates", "ordered", "bypassDocumentValidation"]);
    const namespace = namespaceOf(request);
    const upserted: Doc[] = [];
    let n = 0;
    let nModified = 0;
    const errors = eachStatement(statementsOf(request, "updates"), request.body.ordered !== false, (raw, index) => {
      const statement = decodeTyped(raw);
      refuseUnknown({ q: statement.q, ...statement }, ["u", "multi", "upsert", "hint", "arrayFilters", "sort"]);
      const typed = docOption(statement.q, "q");
      const filter = plain(typed) as Doc;
      const change = compileUpdate(statement.u, plain(statement.arrayFilters));
      const multi = statement.multi === true;
      if (multi && change.replacement) throw new StoreError(9, "multi update is not supported for replacement-style update");
      if (multi && statement.sort !== undefined) throw new StoreError(9, "Cannot specify sort with multi=true");
      const options = { hint: plain(statement.hint), sort: statement.sort };
      let found = 0;
      for (const item of touched(storage, namespace, filter, options, multi)) {
        found++;
        if (store(storage, namespace, item, change, filter)) nModified++;
      }
      n += found;
      if (found === 0 && statement.upsert === true) {
        const doc = upsert(storage, namespace, typed, change);
        upserted.push({ index, _id: doc._id });
        n++;
      }
    });
    return withErrors({ n, nModified, ...(upserted.length > 0 ? { upserted } : {}) }, errors);
  },
};

const remove: Command = {
  writes: true,
  handler({ storage }, request) {
    refuseUnknown(request.body, ["deletes", "ordered"]);
    const namespace = namespaceOf(request);
    let n = 0;
    const errors = eachStatement(statementsOf(request, "deletes"), request.body.ordered !== false, (raw) => {
      const statement = decode(raw);
      refuseUnknown({ q: statement.q, ...statement }, ["limit", "hint"]);
      const collection = storage.collection(namespace);
      const filter = docOption(statement.q, "q");
      const many = Number(statement.limit) !== 1;
      for (const { key, doc } of touched(storage, namespace, filter, { hint: statement.hint }, many)) {
        if (collection) storage.remove(collection, key, doc);
        n++;
      }
    });
    return withErrors({ n }, errors);
  },
};

const findAndModify: Command = {
  writes: true,
  handler({ storage }, request) {
    const { body } = request;
    refuseUnknown(body, [
      "query",
      "sort",
      "remove",
      "update",
      "new",
      "fields",
      "upsert",
      "bypassDocumentValidation",
      "hint",
      "arrayFilters",
    ]);
    const namespace = namespaceOf(request);
    const filter = docOption(body.query, "query");
    const project = compileProjection(body.fields, filter) ?? ((doc: Doc) => doc);
    const removing = body.remove === true;
    if (removing === (body.update !== undefined && body.update !== null))
      throw new StoreError(
        9,
        removing ? "Cannot specify both an update and remove=true" : "Either an update or remove=true must be specified",
      );
    if (removing && body.new === true)
      throw new StoreError(9, "Cannot specify both new=true and remove=true; 'remove' always returns the deleted document");
    if (removing && body.upsert === true) throw new StoreError(9, "Cannot specify both upsert=true and remove=true");
    const typed = removing ? {} : decodeTyped(request.raw);
    const change = removing ? undefined : compileUpdate(typed.update, body.arrayFilters);
    const [found] = touched(storage, namespace, filter, { sort: body.sort, hint: body.hint }, false);
    if (!change) {
      const collection = storage.collection(namespace);
      if (found && collection) storage.remove(collection, found.key, found.doc);
      return { lastErrorObject: { n: found ? 1 : 0 }, value: found ? project(decodeTyped(found.raw)) : null, ok: 1 };
    }
    if (found) {
      const stored = store(storage, namespace, found, change, filter) ?? found.raw;
      const value = project(decodeTyped(body.new === true ? stored : found.raw));
      return { lastErrorObject: { n: 1, updatedExisting: true }, value, ok: 1 };
    }
    if (body.upsert !== true) return { lastErrorObject: { n: 0, updatedExisting: false }, value: null, ok: 1 };
    const doc = upsert(storage, namespace, docOption(typed.query, "query"), change);
    return { lastErrorObject: { n: 1, updatedExisting: false, upserted: doc._id }, value: body.new === true ? project(doc) : null, ok: 1 };
  },
};

type Choice = { sort?: unknown; hint?: unknown };

/**
 * The documents that a write touches, found before the first change so that it never meets its own work. Of many only
 * the keys are kept, and each is read when its turn comes.
 */
function* touched(
  storage: Storage,
  namespace: string,
  filter: Doc,
  { sort, hint }: Choice,
  many: boolean,
): Generator<Pick<Found, "key" | "raw" | "doc">> {
  const collection = storage.collection(namespace);
  const options = { sort: parseSort(sort), hint, ...(many ? {} : { limit: 1 }) };
  if (!many) {
    for (const found of query(storage, collection, filter, options)) {
      yield found;
      return;
    }
    return;
  }
  const keys: Buffer[] = [];
  for (const { key } of query(storage, collection, filter, options)) keys.push(key);
  for (const key of keys) {
    const raw = storage.get(key);
    if (raw) yield { key, raw, doc: decode(raw) };
  }
}

/** The document's new bytes; undefined where nothing changed. */
function store(
  storage: Storage,
  namespace: string,
  found: Pick<Found, "key" | "raw" | "doc">,
  change: Update,
  filter: Doc,
): Buffer | undefined {
  const { _id } = found.doc;
  const after = change.replacement ? { _id: decodeTyped(found.raw)._id, ...change.replacement } : decodeTyped(found.raw);
  change.apply(after, filter);
  if (!equalValues(after._id, _id))
    throw new StoreError(
      66,
      change.replacement
        ? `After applying the update, the (immutable) field '_id' was found to have been altered to _id: ${inWords(after._id)}`
        : "Performing an update on the path '_id' would modify the immutable field '_id'",
    );
  const raw = Buffer.from(serialize(after, { ignoreUndefined: true }));
  if (raw.equals(found.raw)) return undefined;
  const collection = storage.collection(namespace);
  if (collection) storage.replace(namespace, collection, found.key, { before: found.doc, after, raw, touches: change.touches });
  return raw;
}

function upsert(storage: Storage, namespace: string, typedFilter: Doc, change: Update): Doc {
  const base = upsertBase(typedFilter);
  const built: Doc = change.replacement ? { ...(base._id === undefined ? {} : { _id: base._id }), ...change.replacement } : base;
  const given = base._id;
  change.apply(built, undefined);
  if (given !== undefined && !equalValues(given, built._id))
    throw new StoreError(66, "Performing an update on the path '_id' would modify the immutable field '_id'");
  const { _id = new ObjectId(), ...rest } = built;
  const doc: Doc = { _id, ...rest };
  storage.insert(namespace, storage.createCollection(namespace), doc, Buffer.from(serialize(doc, { ignoreUndefined: true })));
  return doc;
}

export const writeCommands: Record<string, Command> = { insert, update, delete: remove, findAndModify, findandmodify: findAndModify };
