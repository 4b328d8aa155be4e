import { randomBytes } from "node:crypto";
import type { Context } from "../context.ts";
import { type FieldError, invalid } from "../errors.ts";
import { newId } from "../ids.ts";
import { type AppRecord, apps, redirectProblem } from "./app.ts";
import { hashToken } from "./token.ts";

export type NewApp = {
  product: string | null;
  name: string;
  homepage?: string | null;
  icon?: string | null;
  platform?: string | null;
  verified: boolean;
  redirectUris: string[];
  kind: AppRecord["kind"];
  pkce: AppRecord["pkce"];
};

const overlapMs = 7 * 24 * 3_600_000;

/** Registers an app. The secret is in this answer and never again; a public app has none. */
export async function addApp(
  { db, clock }: Pick<Context, "db" | "clock">,
  wanted: NewApp,
): Promise<{ app: AppRecord; secret: string | undefined }> {
  const problems = wanted.redirectUris.flatMap((uri, i): FieldError[] => {
    const problem = redirectProblem(uri);
    return problem ? [{ field: `redirect_uris.${i}`, message: `${problem} (it is ${JSON.stringify(uri)})` }] : [];
  });
  if (wanted.redirectUris.length === 0) problems.push({ field: "redirect_uris", message: "needs at least one address" });
  if (problems.length > 0) throw invalid(problems);
  const secret = wanted.kind === "confidential" ? newSecret() : undefined;
  const app: AppRecord = {
    _id: newId("app"),
    product: wanted.product,
    name: wanted.name,
    homepage: wanted.homepage ?? null,
    icon: wanted.icon ?? null,
    platform: wanted.platform ?? null,
    verified: wanted.verified,
    redirectUris: wanted.redirectUris,
    kind: wanted.kind,
    // RFC 9700, 2.1.1: public clients must use PKCE.
    pkce: wanted.kind === "public" ? "required" : wanted.pkce,
    secrets: secret ? [{ hash: hashToken(secret), createdAt: clock.now(), expiresAt: null }] : [],
    disabledAt: null,
    createdAt: clock.now(),
  };
  await apps(db).create(app);
  return { app, secret };
}

/** A new secret for an app; the present ones count for a week more, so that the platform can be changed over. */
export async function rotateAppSecret({ db, clock }: Pick<Context, "db" | "clock">, app: AppRecord): Promise<string> {
  const secret = newSecret();
  const now = clock.now();
  const until = new Date(now.getTime() + overlapMs);
  const kept = app.secrets
    .filter(({ expiresAt }) => !expiresAt || expiresAt > now)
    .map((old) => ({ ...old, expiresAt: old.expiresAt ?? until }));
  await apps(db).updateOne(
    { _id: app._id },
    { $set: { secrets: [{ hash: hashToken(secret), createdAt: now, expiresAt: null }, ...kept] } },
  );
  return secret;
}

function newSecret(): string {
  return `hl_cs_${randomBytes(32).toString("base64url")}`;
}
