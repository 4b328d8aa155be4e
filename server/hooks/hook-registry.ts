import type { Connection } from "mongoose";
import type { Catalogue, EventBody, EventType } from "../../schemas/load-catalogue.ts";
import { companies } from "../accounts/company.ts";
import { compileFilter, type FilterTest } from "./filter.ts";
import { type HookRecord, hooks } from "./hook.ts";
import type { SecretBox } from "./secret-box.ts";

/** A hook as fan-out and delivery use it: filter compiled, secrets open. Only ever in memory. */
export type LiveHook = {
  record: HookRecord;
  matches: FilterTest;
  secret: string | null;
  previousSecret: string | null;
};

type CompanyHooks = { byId: Map<string, LiveHook>; byType: Map<string, LiveHook[]> };

/**
 * The hooks of the companies that events came for, in memory: fan-out and sending read no database. Every change goes
 * through `reload`, on all processes before it is answered (see `workers/presence.ts`).
 */
export class HookRegistry {
  readonly #loaded = new Map<string, Promise<CompanyHooks | undefined>>();
  readonly #ready = new Map<string, CompanyHooks>();
  #reloading: Promise<void> = Promise.resolve();
  readonly #db: Connection;
  readonly #catalogue: Catalogue;
  readonly #secretBox: SecretBox;

  constructor({ db, catalogue, secretBox }: { db: Connection; catalogue: Catalogue; secretBox: SecretBox }) {
    this.#db = db;
    this.#catalogue = catalogue;
    this.#secretBox = secretBox;
  }

  /** The active and paused hooks that want this event; undefined where the company doesn't exist. */
  async matching(company: string, body: EventBody): Promise<LiveHook[] | undefined> {
    const found = await this.#company(company);
    if (!found) return undefined;
    const candidates = found.byType.get(body.event) ?? [];
    return candidates.filter(({ record, matches }) => record.status !== "disabled" && matches(body));
  }

  /** A hook that is not removed. */
  async hook(company: string, id: string): Promise<LiveHook | undefined> {
    return (await this.#company(company))?.byId.get(id);
  }

  /** All that are not removed, in no particular order; none where the company doesn't exist. */
  async all(company: string): Promise<LiveHook[]> {
    return [...((await this.#company(company))?.byId.values() ?? [])];
  }

  /** One without waiting, for the last look before a request goes out; the company must have been loaded. */
  peek(company: string, id: string): LiveHook | undefined {
    return this.#ready.get(company)?.byId.get(id);
  }

  #company(company: string): Promise<CompanyHooks | undefined> {
    let loading = this.#loaded.get(company);
    if (!loading) {
      loading = this.#load(company);
      this.#loaded.set(company, loading);
      // What isn't there may come, and what failed may work: neither is remembered.
      loading.then(
        (found) => (found ? this.#ready.set(company, found) : this.#loaded.delete(company)),
        () => this.#loaded.delete(company),
      );
    }
    return loading;
  }

  async #load(company: string): Promise<CompanyHooks | undefined> {
    if (!(await companies(this.#db).exists({ _id: company }))) return undefined;
    const found: CompanyHooks = { byId: new Map(), byType: new Map() };
    const records = await hooks(this.#db)
      .find({ company, status: { $ne: "removed" } })
      .lean();
    for (const record of records) put(found, this.#open(record));
    return found;
  }

  /** Takes a hook's present state from the database. One after the other, so that an older state never comes last. */
  reload(company: string, id: string): Promise<void> {
    const turn = this.#reloading.then(() => this.#reload(company, id));
    this.#reloading = turn.catch(() => this.#forget(company));
    return turn;
  }

  async #reload(company: string, id: string): Promise<void> {
    const found = await this.#loaded.get(company);
    if (!found) return;
    const record = await hooks(this.#db).findById(id).lean();
    drop(found, id);
    if (record && record.status !== "removed") put(found, this.#open(record));
  }

  #forget(company: string): void {
    this.#loaded.delete(company);
    this.#ready.delete(company);
  }

  /** Forgets everything; what is needed is read again. */
  clear(): void {
    this.#loaded.clear();
    this.#ready.clear();
  }

  #open(record: HookRecord): LiveHook {
    const product = this.#catalogue.get(record.product);
    const eventTypes = record.events.map((type) => product?.eventTypes.get(type)).filter((type): type is EventType => type !== undefined);
    const open = (sealed: string | null) => (sealed === null ? null : this.#secretBox.open(sealed, record._id));
    return {
      record,
      matches: compileFilter(record.filter, eventTypes),
      secret: open(record.secret),
      previousSecret: open(record.previousSecret),
    };
  }
}

function put(found: CompanyHooks, hook: LiveHook): void {
  found.byId.set(hook.record._id, hook);
  for (const type of hook.record.events) {
    const list = found.byType.get(type);
    if (list) list.push(hook);
    else found.byType.set(type, [hook]);
  }
}

function drop(found: CompanyHooks, id: string): void {
  const hook = found.byId.get(id);
  if (!hook) return;
  found.byId.delete(id);
  for (const type of hook.record.events) {
    found.byType.set(
      type,
      (found.byType.get(type) ?? []).filter((other) => other !== hook),
    );
  }
}
