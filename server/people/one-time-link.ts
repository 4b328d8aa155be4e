import { randomBytes } from "node:crypto";
import { type Connection, type Model, Schema } from "mongoose";
import type { Context } from "../context.ts";
import { hashToken } from "../oauth/token.ts";

export type LinkPurpose = "portal" | "invitation" | "reset";

/** A link that signs a person in or lets them choose a password, once. Kept by the hash of its token. */
export type OneTimeLinkRecord = { _id: string; purpose: LinkPurpose; user: string; returnTo: string; expiresAt: Date; usedAt: Date | null };

const linkSchema = new Schema<OneTimeLinkRecord>(
  { _id: String, purpose: String, user: String, returnTo: String, expiresAt: Date, usedAt: Date },
  { versionKey: false },
);
linkSchema.index({ user: 1 });
linkSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 24 * 3_600 });

export function oneTimeLinks(db: Connection): Model<OneTimeLinkRecord> {
  return db.models.OneTimeLink ?? db.model<OneTimeLinkRecord>("OneTimeLink", linkSchema);
}

const lastsSeconds: Record<LinkPurpose, number> = { portal: 120, invitation: 7 * 24 * 3_600, reset: 3_600 };

export async function makeLink(
  { db, clock, config }: Pick<Context, "db" | "clock" | "config">,
  purpose: LinkPurpose,
  user: string,
  returnTo: string,
): Promise<{ url: string; expiresAt: Date }> {
  const token = `hl_ln_${randomBytes(32).toString("base64url")}`;
  const expiresAt = new Date(clock.now().getTime() + lastsSeconds[purpose] * 1000);
  await oneTimeLinks(db).create({ _id: hashToken(token), purpose, user, returnTo, expiresAt, usedAt: null });
  return { url: `${config.publicUrl}/links/${token}`, expiresAt };
}

/** Looks a link up without using it. */
export async function findLink({ db, clock }: Pick<Context, "db" | "clock">, token: string): Promise<OneTimeLinkRecord | undefined> {
  return (
    (await oneTimeLinks(db)
      .findOne({ _id: hashToken(token), usedAt: null, expiresAt: { $gt: clock.now() } })
      .lean()) ?? undefined
  );
}

/** Uses a link; only the first of two that come at once gets it. */
export async function takeLink({ db, clock }: Pick<Context, "db" | "clock">, token: string): Promise<OneTimeLinkRecord | undefined> {
  const now = clock.now();
  return (
    (await oneTimeLinks(db)
      .findOneAndUpdate({ _id: hashToken(token), usedAt: null, expiresAt: { $gt: now } }, { $set: { usedAt: now } })
      .lean()) ?? undefined
  );
}
