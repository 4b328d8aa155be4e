import type { Context } from "../context.ts";
import { newId } from "../ids.ts";
import { type ApiKeyRecord, apiKeys, companyScopes, hashKey, newKey, productScopes, type Scope } from "./api-key.ts";

export type NewApiKey = {
  product: string;
  company?: string | undefined;
  user?: string | undefined;
  name: string;
  scopes?: Scope[] | undefined;
};

/** Makes a key. `key` is in this answer and never again. */
export async function addKey(
  { db, clock }: Pick<Context, "db" | "clock">,
  wanted: NewApiKey,
): Promise<{ record: ApiKeyRecord; key: string }> {
  const key = newKey(wanted.company ? "company" : "product");
  const record: ApiKeyRecord = {
    _id: newId("key"),
    hash: hashKey(key),
    hint: `${key.slice(0, 10)}…`,
    name: wanted.name,
    product: wanted.product,
    ...(wanted.company ? { company: wanted.company } : {}),
    ...(wanted.user ? { user: wanted.user } : {}),
    scopes: wanted.scopes ?? [...(wanted.company ? companyScopes : productScopes)],
    createdAt: clock.now(),
  };
  await apiKeys(db).create(record);
  return { record, key };
}
