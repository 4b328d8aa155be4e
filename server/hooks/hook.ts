import { createHash } from "node:crypto";
import { type Connection, type Model, Schema } from "mongoose";
import type { Filter } from "./filter.ts";

export type HookStatus = "active" | "paused" | "disabled" | "removed";

/** A subscription. A removed one stays for the history's sake and is invisible to everything else. */
export type HookRecord = {
  _id: string;
  product: string;
  company: string;
  install?: string;
  /** User or key that made it. */
  createdBy: string;
  name: string | null;
  targetUrl: string;
  events: string[];
  filter: Filter | null;
  platform: string | null;
  status: HookStatus;
  /** Why it is disabled or removed, in words. */
  reason: string | null;
  /** Sealed by the secret box. */
  secret: string | null;
  previousSecret: string | null;
  previousSecretUntil: Date | null;
  /** Since when every attempt has failed; null after a success. */
  failingSince: Date | null;
  /** What the last failed attempt came to, in a word or two: `503`, `Timed out after 10 s`. */
  failure?: string | null;
  /** Who paused it and when; unset unless it is paused. */
  pausedBy?: string | null;
  pausedAt?: Date | null;
  /** When its receiver unsubscribed it by answering 410. */
  goneAt?: Date;
  /** When the platform is asked to subscribe again (its profile's `renew_after_days`). */
  renewBy?: Date | null;
  /** What makes the same subscription the same hook; unset once it is removed. */
  fingerprint?: string;
  createdAt: Date;
  updatedAt: Date;
};

const hookSchema = new Schema<HookRecord>(
  {
    _id: String,
    product: String,
    company: String,
    install: String,
    createdBy: String,
    name: String,
    targetUrl: String,
    events: [String],
    filter: Schema.Types.Mixed,
    platform: String,
    status: String,
    reason: String,
    secret: String,
    previousSecret: String,
    previousSecretUntil: Date,
    failingSince: Date,
    failure: String,
    pausedBy: String,
    pausedAt: Date,
    goneAt: Date,
    renewBy: Date,
    fingerprint: String,
    createdAt: Date,
    updatedAt: Date,
  },
  { versionKey: false, minimize: false },
);
hookSchema.index({ company: 1, _id: 1 });
hookSchema.index({ company: 1, failingSince: 1 });
hookSchema.index({ company: 1, goneAt: 1 }, { partialFilterExpression: { goneAt: { $exists: true } } });
// Two subscribe calls may arrive at once; the second finds the first one's hook here.
hookSchema.index({ fingerprint: 1 }, { unique: true, partialFilterExpression: { fingerprint: { $exists: true } } });

export function hooks(db: Connection): Model<HookRecord> {
  return db.models.Hook ?? db.model<HookRecord>("Hook", hookSchema);
}

/** The same install, URL, events and filter are the same hook, in whatever order they are written. */
export function hookFingerprint(
  hook: Pick<HookRecord, "company" | "targetUrl" | "events" | "filter"> & { install?: string | undefined },
): string {
  const parts = [hook.company, hook.install ?? null, hook.targetUrl, [...hook.events].sort(), canonical(hook.filter)];
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64url");
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== "object" || value === null) return value;
  return Object.entries(value)
    .map(([key, inner]) => [key, canonical(inner)])
    .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
}
