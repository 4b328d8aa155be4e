import { type Connection, type Model, Schema } from "mongoose";
import type { Scope } from "../accounts/api-key.ts";

/** One person's grant of a company to an app. Its tokens and hooks live and die with it. */
export type InstallRecord = {
  _id: string;
  app: string;
  user: string;
  company: string;
  product: string;
  scopes: Scope[];
  /** Set while active: what makes the same grant the same install. */
  grant?: string;
  revokedAt: Date | null;
  reason: string | null;
  createdAt: Date;
  lastUsedAt: Date | null;
};

const installSchema = new Schema<InstallRecord>(
  {
    _id: String,
    app: String,
    user: String,
    company: String,
    product: String,
    scopes: [String],
    grant: String,
    revokedAt: Date,
    reason: String,
    createdAt: Date,
    lastUsedAt: Date,
  },
  { versionKey: false },
);
// Two consents may be given at once; the second joins the first one's install.
installSchema.index({ grant: 1 }, { unique: true, partialFilterExpression: { grant: { $exists: true } } });
installSchema.index({ company: 1, _id: 1 });
installSchema.index({ app: 1, _id: 1 });
installSchema.index({ user: 1, _id: 1 });

export function installs(db: Connection): Model<InstallRecord> {
  return db.models.Install ?? db.model<InstallRecord>("Install", installSchema);
}
