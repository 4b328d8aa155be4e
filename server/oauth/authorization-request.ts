import type { Scope } from "../accounts/api-key.ts";
import type { Context } from "../context.ts";
import { AppError } from "../errors.ts";
import { type AppRecord, allowsRedirect } from "./app.ts";
import { findApp } from "./oauth-model.ts";
import { readScopes } from "./scopes.ts";

/** A request to authorize, checked; kept in the session under an id of its own until the person has decided. */
export type AuthorizationRequest = {
  app: string;
  redirectUri: string;
  state: string | null;
  scopes: Scope[];
  challenge: string | null;
  at: number;
};

/** Told to the app at its redirect address; what is wrong with app or address itself is told to the person instead. */
export class AuthorizationError extends Error {
  readonly error: string;
  readonly redirectUri: string;
  readonly state: string | null;

  constructor(error: string, description: string, { redirectUri, state }: { redirectUri: string; state: string | null }) {
    super(description);
    this.error = error;
    this.redirectUri = redirectUri;
    this.state = state;
  }
}

/** RFC 6749, 4.1.1, with PKCE (RFC 7636) as the app's kind demands it. A parameter given twice is refused (3.1). */
export async function readAuthorizationRequest(
  ctx: Pick<Context, "db" | "clock">,
  query: Record<string, unknown>,
): Promise<{ app: AppRecord; request: AuthorizationRequest }> {
  const one = (name: string): string | undefined => (typeof query[name] === "string" ? query[name] : undefined);
  const app = await findApp(ctx, one("client_id"));
  if (!app) throw new AppError(400, "This link names no app that may connect here (client_id). Start again from the app you came from.");
  const redirectUri =
    one("redirect_uri") ?? (query.redirect_uri === undefined && app.redirectUris.length === 1 ? app.redirectUris[0] : undefined);
  if (!redirectUri || !allowsRedirect(app, redirectUri)) {
    throw new AppError(400, `The address to return to (redirect_uri) is not one that ${app.name} registered. Nothing was shared.`);
  }
  const state = one("state") ?? null;
  const refuse = (error: string, description: string) => new AuthorizationError(error, description, { redirectUri, state });
  const repeated = Object.keys(query).find((name) => Array.isArray(query[name]));
  if (repeated) throw refuse("invalid_request", `${repeated} is given twice`);
  if (one("response_type") !== "code") throw refuse("unsupported_response_type", "response_type must be code");
  const challenge = one("code_challenge") ?? null;
  if (challenge !== null && one("code_challenge_method") !== "S256") throw refuse("invalid_request", "code_challenge_method must be S256");
  if (challenge !== null && !/^[A-Za-z0-9_-]{43}$/.test(challenge))
    throw refuse("invalid_request", "code_challenge must be a base64url SHA-256");
  if (challenge === null && app.pkce === "required")
    throw refuse("invalid_request", "code_challenge is missing: this app must use PKCE with S256");
  const scopes = readScopes(one("scope"));
  if (!scopes) throw refuse("invalid_scope", "scope names something that can't be granted; the metadata's scopes_supported lists what can");
  return { app, request: { app: app._id, redirectUri, state, scopes, challenge, at: ctx.clock.now().getTime() } };
}

/** The redirect address with the answer's parameters, and with the issuer, so that answers can't be mixed up (RFC 9207). */
export function redirectWith(redirectUri: string, issuer: string, parameters: Record<string, string | null>): string {
  const url = new URL(redirectUri);
  for (const [name, value] of Object.entries({ ...parameters, iss: issuer })) if (value !== null) url.searchParams.append(name, value);
  return url.href;
}
