import { serialize } from "bson";
import { type Doc, equalValues } from "../bson-order.ts";
import { compileProjection } from "../projection.ts";
import { type Found, parseSort, query } from "../query.ts";
import { decode, type Storage } from "../storage.ts";
import { StoreError } from "../store-error.ts";
import { compileUpdate, newObjectId, type Update, upsertBase } from "../updater.ts";
import type { Request } from "../wire.ts";
import { type Command, docOption, namespaceOf, refuseUnknown } from "./command.ts";

type WriteError = Doc & { index: number };

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

function statementsOf(request: Request, field: string): Buffer[] {
  const inBody = request.body[field];
  if (Array.isArray(inBody)) return inBody.map((item) => Buffer.from(serialize(item as Doc)));
  const sequence = request.sequences.get(field);
  if (!sequence || sequence.length === 0) throw new StoreError(2, `Write batch sizes must be between 1 and 100000. Got 0 operations.`);
  return sequence;
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
      const withId = doc._id === undefined ? { _id: newObjectId(), ...doc } : doc;
      const bytes =
        Object.keys(withId)[0] === "_id" && withId === doc ? Buffer.from(raw) : Buffer.from(serialize({ _id: withId._id, ...withId }));
      storage.insert(namespace, collection, withId, bytes);
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
      const statement = decode(raw);
      refuseUnknown({ q: statement.q, ...statement }, ["u", "multi", "upsert", "hint"]);
      const filter = docOption(statement.q, "q");
      const change = compileUpdate(statement.u);
      const multi = statement.multi === true;
      if (multi && change.replacement) throw new StoreError(9, "multi update is not supported for replacement-style update");
      const found = collect(storage, namespace, filter, undefined, multi);
      for (const item of found) {
        n++;
        if (store(storage, namespace, item, change)) nModified++;
      }
      if (found.length === 0 && statement.upsert === true) {
        const doc = upsert(storage, namespace, filter, change);
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
      if (!collection) return;
      for (const { key, doc } of collect(storage, namespace, docOption(statement.q, "q"), undefined, Number(statement.limit) !== 1)) {
        storage.remove(collection, key, doc);
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
    refuseUnknown(body, ["query", "sort", "remove", "update", "new", "fields", "upsert", "bypassDocumentValidation", "hint"]);
    const namespace = namespaceOf(request);
    const filter = docOption(body.query, "query");
    const project = compileProjection(body.fields) ?? ((doc: Doc) => doc);
    const [found] = collect(storage, namespace, filter, body.sort, false);
    if (body.remove === true) {
      const collection = storage.collection(namespace);
      if (found && collection) storage.remove(collection, found.key, found.doc);
      return { lastErrorObject: { n: found ? 1 : 0 }, value: found ? project(found.doc) : null, ok: 1 };
    }
    const change = compileUpdate(body.update);
    if (found) {
      const before = project(decode(found.raw));
      store(storage, namespace, found, change);
      const after = body.new === true ? project(decode(storage.get(found.key) as Buffer)) : before;
      return { lastErrorObject: { n: 1, updatedExisting: true }, value: after, ok: 1 };
    }
    if (body.upsert !== true) return { lastErrorObject: { n: 0, updatedExisting: false }, value: null, ok: 1 };
    const doc = upsert(storage, namespace, filter, change);
    return { lastErrorObject: { n: 1, updatedExisting: false, upserted: doc._id }, value: body.new === true ? project(doc) : null, ok: 1 };
  },
};

/** Everything a write will touch is read before the first change, so that it never meets its own work. */
function collect(storage: Storage, namespace: string, filter: Doc, sort: unknown, many: boolean): Found[] {
  const found: Found[] = [];
  for (const item of query(storage, storage.collection(namespace), filter, parseSort(sort))) {
    found.push(item);
    if (!many) break;
  }
  return found;
}

function store(storage: Storage, namespace: string, found: Found, change: Update): boolean {
  const before = decode(found.raw);
  const after = change.replacement ? { _id: before._id, ...change.replacement } : found.doc;
  change.apply(after, false);
  if (!equalValues(after._id, before._id)) {
    throw new StoreError(66, "Performing an update on the path '_id' would modify the immutable field '_id'");
  }
  if (sameDocument(before, after)) return false;
  const collection = storage.collection(namespace);
  if (collection) storage.replace(namespace, collection, found.key, before, after);
  return true;
}

/** The same to the byte: 1 and 1.0 are equal values but not the same document. */
function sameDocument(before: Doc, after: Doc): boolean {
  return Buffer.compare(serialize(before, { ignoreUndefined: true }), serialize(after, { ignoreUndefined: true })) === 0;
}

function upsert(storage: Storage, namespace: string, filter: Doc, change: Update): Doc {
  const base = upsertBase(filter);
  const built: Doc = change.replacement ? { ...(base._id === undefined ? {} : { _id: base._id }), ...change.replacement } : base;
  change.apply(built, true);
  if (base._id !== undefined && !equalValues(base._id, built._id)) {
    throw new StoreError(66, "Performing an update on the path '_id' would modify the immutable field '_id'");
  }
  const { _id, ...rest } = built;
  const doc: Doc = { _id: _id === undefined ? newObjectId() : _id, ...rest };
  storage.insert(namespace, storage.createCollection(namespace), doc, Buffer.from(serialize(doc, { ignoreUndefined: true })));
  return doc;
}

export const writeCommands: Record<string, Command> = { insert, update, delete: remove, findAndModify, findandmodify: findAndModify };
