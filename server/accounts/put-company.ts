import type { Context } from "../context.ts";
import { type CompanyRecord, companies, companyKey } from "./company.ts";

/** Makes a company or changes its name; the same call again changes nothing. */
export async function putCompany(
  { db, clock }: Pick<Context, "db" | "clock">,
  product: string,
  { id, name }: { id: string; name: string },
): Promise<{ company: CompanyRecord; created: boolean }> {
  const now = clock.now();
  const before = await companies(db)
    .findOneAndUpdate(
      { _id: companyKey(product, id) },
      { $set: { name, updatedAt: now }, $setOnInsert: { product, externalId: id, createdAt: now } },
      { upsert: true, returnDocument: "before" },
    )
    .lean();
  const createdAt = before?.createdAt ?? now;
  return { company: { _id: companyKey(product, id), product, externalId: id, name, createdAt, updatedAt: now }, created: !before };
}
