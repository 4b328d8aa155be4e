import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { type Connection, type Model, Schema } from "mongoose";

export const companyScopes = ["hooks:read", "hooks:write", "events:read"] as const;
export const productScopes = ["events:write", "companies:write"] as const;
export const operatorScopes = ["operator"] as const;
export type Scope = (typeof companyScopes)[number] | (typeof productScopes)[number] | (typeof operatorScopes)[number];

/** A key of a product's backend (no company), of one company, or of the operator (no product). The key itself is shown once; its hash is kept. */
export type ApiKeyRecord = {
  _id: string;
  hash: string;
  /** The first characters, so that people can tell keys apart. */
  hint: string;
  name: string;
  product: string;
  company?: string;
  user?: string;
  scopes: Scope[];
  createdAt: Date;
  lastUsedAt?: Date;
  revokedAt?: Date;
};

const apiKeySchema = new Schema<ApiKeyRecord>(
  {
    _id: String,
    hash: String,
    hint: String,
    name: String,
    product: String,
    company: String,
    user: String,
    scopes: [String],
    createdAt: Date,
    lastUsedAt: Date,
    revokedAt: Date,
  },
  { versionKey: false },
);
apiKeySchema.index({ hash: 1 }, { unique: true });
apiKeySchema.index({ product: 1, company: 1, _id: 1 });
// A person's keys end with the person.
apiKeySchema.index({ user: 1 }, { partialFilterExpression: { user: { $exists: true } } });

export function apiKeys(db: Connection): Model<ApiKeyRecord> {
  return db.models.ApiKey ?? db.model<ApiKeyRecord>("ApiKey", apiKeySchema);
}

/** A key has 256 random bits, so a plain hash can't be searched and needs no salt. */
export function hashKey(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

export function sameHash(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

export function newKey(kind: "product" | "company" | "operator"): string {
  return `hl_${{ product: "pk", company: "ck", operator: "op" }[kind]}_${randomBytes(32).toString("base64url")}`;
}

export function presentKey(key: ApiKeyRecord) {
  return {
    id: key._id,
    name: key.name,
    hint: key.hint,
    scopes: key.scopes,
    created_at: key.createdAt,
    last_used_at: key.lastUsedAt ?? null,
    revoked_at: key.revokedAt ?? null,
  };
}
