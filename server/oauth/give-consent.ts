import { randomBytes } from "node:crypto";
import type { UserRecord } from "../accounts/user.ts";
import type { Context } from "../context.ts";
import { newId } from "../ids.ts";
import type { AppRecord } from "./app.ts";
import type { AuthorizationRequest } from "./authorization-request.ts";
import { type InstallRecord, installs } from "./install.ts";
import { codeSeconds, codes, hashToken } from "./token.ts";

/** Makes the install (or widens the one that is there) and a code for it. Gives the code. */
export async function giveConsent(
  { db, clock }: Pick<Context, "db" | "clock">,
  app: AppRecord,
  user: UserRecord,
  request: AuthorizationRequest,
): Promise<string> {
  const install = await findOrMakeInstall({ db, clock }, app, user, request);
  const code = `hl_ac_${randomBytes(32).toString("base64url")}`;
  await codes(db).create({
    _id: hashToken(code),
    app: app._id,
    user: user._id,
    install: install._id,
    redirectUri: request.redirectUri,
    scopes: request.scopes,
    challenge: request.challenge,
    expiresAt: new Date(clock.now().getTime() + codeSeconds * 1000),
    usedAt: null,
  });
  return code;
}

async function findOrMakeInstall(
  { db, clock }: Pick<Context, "db" | "clock">,
  app: AppRecord,
  user: UserRecord,
  { scopes }: AuthorizationRequest,
): Promise<InstallRecord> {
  const grant = `${app._id} ${user._id}`;
  const fresh = {
    _id: newId("ins"),
    app: app._id,
    user: user._id,
    company: user.company,
    product: user.company.slice(0, user.company.indexOf(":")),
    revokedAt: null,
    reason: null,
    createdAt: clock.now(),
    lastUsedAt: null,
  };
  const once = () =>
    installs(db)
      .findOneAndUpdate(
        { grant },
        { $setOnInsert: fresh, $addToSet: { scopes: { $each: scopes } } },
        { upsert: true, returnDocument: "after" },
      )
      .lean()
      .orFail();
  try {
    return await once();
  } catch (error) {
    // Two upserts may race on a server; the loser then finds the winner's.
    if ((error as { code?: number }).code !== 11000) throw error;
    return once();
  }
}
