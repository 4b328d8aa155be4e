import { randomBytes, timingSafeEqual } from "node:crypto";
import type { AuthorizationCode, AuthorizationCodeModel, Client, RefreshToken, RefreshTokenModel, Token } from "@node-oauth/oauth2-server";
import type { Scope } from "../accounts/api-key.ts";
import type { Context } from "../context.ts";
import { type AppRecord, apps } from "./app.ts";
import { installs } from "./install.ts";
import { revokeInstall } from "./revoke-install.ts";
import { accessTokenSeconds, codes, hashToken, refreshGraceSeconds, refreshTokenSeconds, tokens } from "./token.ts";

type Parts = Pick<Context, "db" | "clock" | "engine" | "transport" | "profiles" | "log">;
type Grantee = { install: string };

/** Far enough that the library, which asks the system's clock, leaves judging expiry to the context's. */
const judgedHere = new Date(8.64e15);

/** What @node-oauth/oauth2-server asks of us: our apps, codes and tokens, each use of one an atomic conditional update. */
export function oauthModel(parts: Parts): AuthorizationCodeModel & RefreshTokenModel {
  const { db, clock } = parts;
  return {
    generateAccessToken: async () => `hl_at_${randomBytes(32).toString("base64url")}`,
    generateRefreshToken: async () => `hl_rt_${randomBytes(32).toString("base64url")}`,

    async getClient(clientId, clientSecret) {
      const app = await findApp(parts, clientId);
      if (!app || !mayAuthenticate(app, clientSecret, clock.now())) return false;
      return asClient(app);
    },

    async getAuthorizationCode(code) {
      const found = await codes(db).findById(hashToken(code)).lean();
      if (!found || (found.expiresAt <= clock.now() && !found.usedAt)) return false;
      const app = await findApp(parts, found.app);
      if (!app) return false;
      return {
        authorizationCode: code,
        expiresAt: judgedHere,
        redirectUri: found.redirectUri,
        scope: found.scopes,
        client: asClient(app),
        user: { install: found.install } satisfies Grantee,
        ...(found.challenge ? { codeChallenge: found.challenge, codeChallengeMethod: "S256" } : {}),
      };
    },

    // Never reached: consent stores the code itself (issue-code.ts).
    saveAuthorizationCode: async () => false,

    async revokeAuthorizationCode({ authorizationCode }: AuthorizationCode) {
      const _id = hashToken(authorizationCode);
      const now = clock.now();
      const used = await codes(db)
        .findOneAndUpdate({ _id, usedAt: null, expiresAt: { $gt: now } }, { $set: { usedAt: now } })
        .lean();
      if (used) return true;
      const replayed = await codes(db).findById(_id).lean();
      if (replayed?.usedAt)
        await revokeInstall(parts, replayed.install, { reason: "Disconnected: its authorization code was used twice.", actor: "system" });
      return false;
    },

    async getRefreshToken(refreshToken) {
      const found = await tokens(db).findById(hashToken(refreshToken)).lean();
      if (found?.kind !== "refresh" || found.expiresAt <= clock.now()) return false;
      const app = await findApp(parts, found.app);
      if (!app) return false;
      return {
        refreshToken,
        refreshTokenExpiresAt: judgedHere,
        scope: found.scopes,
        client: asClient(app),
        user: { install: found.install } satisfies Grantee,
      };
    },

    async revokeToken({ refreshToken }: RefreshToken) {
      const _id = hashToken(refreshToken);
      const now = clock.now();
      if (
        await tokens(db)
          .findOneAndUpdate({ _id, usedAt: null }, { $set: { usedAt: now } })
          .lean()
      )
        return true;
      const used = await tokens(db).findById(_id).lean();
      if (!used?.usedAt) return false;
      if (now.getTime() - used.usedAt.getTime() <= refreshGraceSeconds * 1000) return true;
      await revokeInstall(parts, used.install, {
        reason: "Disconnected: a refresh token was used again, so somebody else may have it.",
        actor: "system",
      });
      return false;
    },

    async saveToken(token, client, user) {
      const { install: installId } = user as Grantee;
      const install = await installs(db).findById(installId).lean();
      if (!install) return false;
      const now = clock.now();
      const scopes = (token.scope ?? install.scopes) as Scope[];
      const common = {
        install: install._id,
        app: install.app,
        user: install.user,
        company: install.company,
        product: install.product,
        scopes,
        usedAt: null,
      };
      const records = [
        {
          ...common,
          _id: hashToken(token.accessToken),
          kind: "access" as const,
          expiresAt: new Date(now.getTime() + accessTokenSeconds * 1000),
        },
        ...(token.refreshToken
          ? [
              {
                ...common,
                _id: hashToken(token.refreshToken),
                kind: "refresh" as const,
                expiresAt: new Date(now.getTime() + refreshTokenSeconds * 1000),
              },
            ]
          : []),
      ];
      await tokens(db).insertMany(records);
      // Revoked in between: then these go the way of the others.
      const now_ = await installs(db)
        .findOneAndUpdate({ _id: install._id, revokedAt: null }, { $set: { lastUsedAt: now } })
        .lean();
      if (!now_) {
        await tokens(db).deleteMany({ install: install._id });
        return false;
      }
      return { ...token, client, user } as Token;
    },

    getAccessToken: async () => false,
    validateScope: async (_user, _client, scope) => scope,
  };
}

/** An app that is there and not disabled. Ids come from requests, so anything but a text finds nothing. */
export async function findApp({ db }: Pick<Context, "db">, clientId: unknown): Promise<AppRecord | undefined> {
  if (typeof clientId !== "string" || clientId === "") return undefined;
  const app = await apps(db).findById(clientId).lean();
  return app && !app.disabledAt ? app : undefined;
}

/** A public app has no secret to show; a confidential one must show one of its own that still counts. */
export function mayAuthenticate(app: AppRecord, secret: unknown, now: Date): boolean {
  if (app.kind === "public") return secret === undefined || secret === null || secret === "";
  if (typeof secret !== "string" || secret === "") return false;
  const given = Buffer.from(hashToken(secret));
  return app.secrets.some(({ hash, expiresAt }) => timingSafeEqual(given, Buffer.from(hash)) && (!expiresAt || expiresAt > now));
}

function asClient(app: AppRecord): Client {
  return { id: app._id, grants: ["authorization_code", "refresh_token"], redirectUris: app.redirectUris };
}
