import type { Context } from "../context.ts";
import { newId } from "../ids.ts";
import { type ApiKeyRecord, apiKeys, companyScopes, hashKey, newKey, operatorScopes, productScopes, type Scope } from "./api-key.ts";

export type NewApiKey = {
  product: string;
  company?: string | undefined;
  user?: string | undefined;
  name: string;
  scopes?: Scope[] | undefined;
};

/** The operator's keys belong to no product. */
export const operatorProduct = "*";

/** Makes a key. `key` is in this answer and never again. */
export async function addKey(
  { db, clock }: Pick<Context, "db" | "clock">,
  wanted: NewApiKey,
): Promise<{ record: ApiKeyRecord; key: string }> {
  const kind = wanted.company ? "company" : wanted.product === operatorProduct ? "operator" : "product";
  const key = newKey(kind);
  const record: ApiKeyRecord = {
    _id: newId("key"),
    hash: hashKey(key),
    hint: `${key.slice(0, 10)}…`,
    name: wanted.name,
    product: wanted.product,
    ...(wanted.company ? { company: wanted.company } : {}),
    ...(wanted.user ? { user: wanted.user } : {}),
    scopes: wanted.scopes ?? [...{ company: companyScopes, product: productScopes, operator: operatorScopes }[kind]],
    createdAt: clock.now(),
  };
  await apiKeys(db).create(record);
  return { record, key };
}
