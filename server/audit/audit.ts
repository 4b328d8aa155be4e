import { type Connection, type Model, Schema } from "mongoose";
import type { Context } from "../context.ts";
import { newId } from "../ids.ts";

/** Who did what to whom, from where. Kept for a year. */
export type AuditRecord = {
  _id: string;
  at: Date;
  company: string;
  /** User, key or install that did it; `operator`, or `system` for what follows from something else. */
  actor: string;
  action: string;
  target: string;
  address: string | null;
  details: Record<string, unknown>;
};

const auditSchema = new Schema<AuditRecord>(
  { _id: String, at: Date, company: String, actor: String, action: String, target: String, address: String, details: Schema.Types.Mixed },
  { versionKey: false, minimize: false },
);
auditSchema.index({ company: 1, at: -1, _id: -1 });
auditSchema.index({ at: 1 }, { expireAfterSeconds: 365 * 24 * 3_600 });

export function auditRecords(db: Connection): Model<AuditRecord> {
  return db.models.Audit ?? db.model<AuditRecord>("Audit", auditSchema);
}

export type AuditEntry = {
  company: string;
  actor: string;
  action: string;
  target: string;
  address?: string | undefined;
  details?: Record<string, unknown>;
};

/** Written before the answer goes out, so that what was answered is on record. Never a secret in `details`. */
export async function recordAudit(
  { db, clock }: Pick<Context, "db" | "clock">,
  { company, actor, action, target, address, details = {} }: AuditEntry,
): Promise<void> {
  await auditRecords(db).create({ _id: newId("aud"), at: clock.now(), company, actor, action, target, address: address ?? null, details });
}

export function presentAudit({ _id, at, actor, action, target, address, details }: AuditRecord) {
  return { id: _id, at, actor, action, target, address, details };
}
