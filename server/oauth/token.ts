import { createHash } from "node:crypto";
import { type Connection, type Model, Schema } from "mongoose";
import type { Scope } from "../accounts/api-key.ts";

export const accessTokenSeconds = 3_600;
export const refreshTokenSeconds = 60 * 24 * 3_600;
/** Platforms refresh in parallel and lose answers: for this long a used refresh token yields one more pair. */
export const refreshGraceSeconds = 30;
export const codeSeconds = 60;

/** An access or refresh token, by the hash of its 256 random bits. */
export type TokenRecord = {
  _id: string;
  kind: "access" | "refresh";
  install: string;
  app: string;
  user: string;
  company: string;
  product: string;
  scopes: Scope[];
  expiresAt: Date;
  /** When a refresh token was first exchanged. */
  usedAt: Date | null;
};

const tokenSchema = new Schema<TokenRecord>(
  {
    _id: String,
    kind: String,
    install: String,
    app: String,
    user: String,
    company: String,
    product: String,
    scopes: [String],
    expiresAt: Date,
    usedAt: Date,
  },
  { versionKey: false },
);
tokenSchema.index({ install: 1 });
tokenSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

export function tokens(db: Connection): Model<TokenRecord> {
  return db.models.Token ?? db.model<TokenRecord>("Token", tokenSchema);
}

/** An authorization code, good once and for a minute. A used one is kept until it would have expired, to notice replay. */
export type CodeRecord = {
  _id: string;
  app: string;
  user: string;
  install: string;
  redirectUri: string;
  scopes: Scope[];
  challenge: string | null;
  expiresAt: Date;
  usedAt: Date | null;
};

const codeSchema = new Schema<CodeRecord>(
  {
    _id: String,
    app: String,
    user: String,
    install: String,
    redirectUri: String,
    scopes: [String],
    challenge: String,
    expiresAt: Date,
    usedAt: Date,
  },
  { versionKey: false },
);
codeSchema.index({ install: 1 });
codeSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 24 * 3_600 });

export function codes(db: Connection): Model<CodeRecord> {
  return db.models.Code ?? db.model<CodeRecord>("Code", codeSchema);
}

export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}
