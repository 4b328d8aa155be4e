import { type Connection, type Model, Schema } from "mongoose";

/** A tenant of a product. `_id` is `product:id`, since two products may use the same ids. */
export type CompanyRecord = { _id: string; product: string; externalId: string; name: string; createdAt: Date; updatedAt: Date };

const companySchema = new Schema<CompanyRecord>(
  { _id: String, product: String, externalId: String, name: String, createdAt: Date, updatedAt: Date },
  { versionKey: false },
);
companySchema.index({ product: 1, _id: 1 });

export function companies(db: Connection): Model<CompanyRecord> {
  return db.models.Company ?? db.model<CompanyRecord>("Company", companySchema);
}

export function companyKey(product: string, externalId: string): string {
  return `${product}:${externalId}`;
}

export function presentCompany(company: CompanyRecord) {
  return {
    id: company.externalId,
    name: company.name,
    product: company.product,
    created_at: company.createdAt,
    updated_at: company.updatedAt,
  };
}
