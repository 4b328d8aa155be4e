import OAuth2Server from "@node-oauth/oauth2-server";
import express, { type ErrorRequestHandler, type Request, type RequestHandler, type Response, Router } from "express";
import type { Context } from "../context.ts";
import { AppError } from "../errors.ts";
import { countAttempt } from "../people/throttle.ts";
import { addApp } from "./add-app.ts";
import { redirectProblem } from "./app.ts";
import { iconBytes } from "./app-icon.ts";
import { resourceMetadata, serverMetadata } from "./metadata.ts";
import { OAuthProblem } from "./oauth-error.ts";
import { findApp, mayAuthenticate, oauthModel } from "./oauth-model.ts";
import { revokeInstall } from "./revoke-install.ts";
import { accessTokenSeconds, hashToken, refreshTokenSeconds, tokens } from "./token.ts";

const registrationsAnHour = 20;

/** The endpoints that machines call: token, revoke, register and the two metadata documents. */
export function oauthRoutes(ctx: Context): Router {
  const router = Router();
  const server = new OAuth2Server({
    model: oauthModel(ctx),
    accessTokenLifetime: accessTokenSeconds,
    refreshTokenLifetime: refreshTokenSeconds,
    // Whether a client needs a secret is its own property: getClient decides.
    requireClientAuthentication: { authorization_code: false, refresh_token: false },
    alwaysIssueNewRefreshToken: true,
  });
  const form: RequestHandler[] = [express.urlencoded({ extended: false, limit: "16kb" }), refuseRepeated];

  router.get("/.well-known/oauth-authorization-server", (_req, res) => void res.json(serverMetadata(ctx)));
  router.get(
    ["/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/v1"],
    (_req, res) => void res.json(resourceMetadata(ctx)),
  );

  router.post("/oauth/token", ...form, async (req: Request, res: Response) => {
    // Platforms send a stale bearer token along with a refresh, and Basic comes form-encoded, which the library doesn't
    // read: it gets the credentials in the body and no such header.
    const { authorization: _, ...headers } = req.headers as Record<string, string>;
    const [client_id, client_secret] = clientCredentials(req);
    const credentials = { ...(client_id ? { client_id } : {}), ...(client_secret ? { client_secret } : {}) };
    const request = new OAuth2Server.Request({ method: req.method, headers, query: {}, body: { ...req.body, ...credentials } });
    const response = new OAuth2Server.Response({ headers: {} });
    try {
      await server.token(request, response);
    } catch (error) {
      const { name, message, code } = error as { name: string; message: string; code: number };
      if (code >= 500 || !code) {
        ctx.log.error({ err: error }, "the token endpoint failed");
        throw new OAuthProblem(500, "server_error", "Something went wrong here; it has been logged.");
      }
      // The library answers 400 to a bad secret in the body; platforms know it by 401 (RFC 6749, 5.2).
      if (name === "invalid_client") res.set("WWW-Authenticate", 'Basic realm="hookline"');
      throw new OAuthProblem(name === "invalid_client" ? 401 : code, name, message);
    }
    res.set({ "Cache-Control": "no-store", Pragma: "no-cache" }).json({ ...response.body, expires_in: accessTokenSeconds });
  });

  // RFC 7009: taking back either token of an install takes the install back; an unknown token is no error.
  router.post("/oauth/revoke", ...form, async (req: Request, res: Response) => {
    const app = await authenticateApp(req, res);
    const { token } = (req.body ?? {}) as { token?: string };
    if (!token) throw new OAuthProblem(400, "invalid_request", "token is missing");
    const found = await tokens(ctx.db).findById(hashToken(token)).lean();
    if (found?.app === app._id)
      await revokeInstall(ctx, found.install, { reason: "Disconnected by the app.", actor: app._id, address: req.ip });
    res.status(200).json({});
  });

  router.post("/oauth/register", express.json({ limit: "16kb" }), async (req, res) => {
    if (!ctx.config.openRegistration)
      throw new OAuthProblem(403, "access_denied", "Apps are registered by the operator here (OPEN_REGISTRATION is off).");
    await countAttempt(ctx, `register/${req.ip}`, registrationsAnHour, 3_600_000);
    res
      .status(201)
      .set("Cache-Control", "no-store")
      .json(await register(req.body));
  });

  // Shown on the consent page; the operator's pictures only, and nothing but PNG.
  router.get("/oauth/apps/:id/icon", async (req, res) => {
    const app = await findApp(ctx, req.params.id);
    if (!app?.icon) throw new AppError(404, "This app has no icon.");
    res.set("Cache-Control", "private, max-age=3600").type("png").send(iconBytes(app.icon));
  });

  router.use("/oauth", renderOAuthProblems);
  return router;

  async function authenticateApp(req: Request, res: Response) {
    const [clientId, secret] = clientCredentials(req);
    const app = await findApp(ctx, clientId);
    if (app && mayAuthenticate(app, secret, ctx.clock.now())) return app;
    res.set("WWW-Authenticate", 'Basic realm="hookline"');
    throw new OAuthProblem(401, "invalid_client", "Client id or secret is wrong.");
  }

  /** RFC 7591. Whoever registers by itself is not vouched for, and the consent page says so. */
  async function register(body: unknown) {
    const wanted = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
    const uris = wanted.redirect_uris;
    if (
      !Array.isArray(uris) ||
      uris.length === 0 ||
      uris.length > 10 ||
      !uris.every((uri): uri is string => typeof uri === "string" && uri.length <= 500)
    ) {
      throw new OAuthProblem(400, "invalid_redirect_uri", "redirect_uris must be a list of 1 to 10 addresses");
    }
    const bad = uris.find((uri) => redirectProblem(uri));
    if (bad !== undefined) throw new OAuthProblem(400, "invalid_redirect_uri", `${JSON.stringify(bad)} ${redirectProblem(bad)}`);
    const method = wanted.token_endpoint_auth_method ?? "client_secret_basic";
    if (typeof method !== "string" || !["none", "client_secret_basic", "client_secret_post"].includes(method)) {
      throw new OAuthProblem(
        400,
        "invalid_client_metadata",
        "token_endpoint_auth_method must be none, client_secret_basic or client_secret_post",
      );
    }
    const name =
      typeof wanted.client_name === "string" && wanted.client_name.trim()
        ? wanted.client_name.trim().slice(0, 100)
        : new URL(uris[0] as string).host;
    const homepage =
      typeof wanted.client_uri === "string" && /^https?:\/\//.test(wanted.client_uri) ? wanted.client_uri.slice(0, 500) : null;
    const kind = method === "none" ? "public" : "confidential";
    const { app, secret } = await addApp(ctx, {
      product: null,
      name,
      homepage,
      verified: false,
      redirectUris: uris,
      kind,
      pkce: "required",
    });
    return {
      client_id: app._id,
      client_id_issued_at: Math.floor(app.createdAt.getTime() / 1000),
      ...(secret ? { client_secret: secret, client_secret_expires_at: 0 } : {}),
      client_name: name,
      ...(homepage ? { client_uri: homepage } : {}),
      redirect_uris: uris,
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: method,
    };
  }
}

/** Client id and secret by Basic or by body; never both (RFC 6749, 2.3). */
function clientCredentials(req: Request): [string | undefined, string | undefined] {
  const { client_id, client_secret } = (req.body ?? {}) as Record<string, string | undefined>;
  const [, basic] = /^Basic (.+)$/i.exec(req.get("authorization") ?? "") ?? [];
  if (!basic) return [client_id, client_secret];
  const [id, secret, ...rest] = Buffer.from(basic, "base64").toString("utf8").split(":");
  if (client_secret !== undefined || secret === undefined || rest.length > 0) {
    throw new OAuthProblem(400, "invalid_request", "send the client's id and secret one way: by Basic or in the body");
  }
  return [formDecoded(id ?? ""), formDecoded(secret)];
}

/** RFC 6749, 2.3.1: both halves of Basic are form-encoded. */
function formDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw new OAuthProblem(400, "invalid_request", "the Authorization header has a malformed percent sign");
  }
}

/** RFC 6749, 3.2: no parameter may come twice. What is left is texts only, as the model expects. */
const refuseRepeated: RequestHandler = (req, _res, next) => {
  const repeated = Object.entries((req.body ?? {}) as Record<string, unknown>).find(([, value]) => typeof value !== "string");
  if (repeated) throw new OAuthProblem(400, "invalid_request", `${repeated[0]} is given twice`);
  next();
};

const renderOAuthProblems: ErrorRequestHandler = (error, req, res, next) => {
  const machine = /^\/(token|revoke|register)$/.test(req.path);
  if (error instanceof OAuthProblem)
    res.status(error.status).set("Cache-Control", "no-store").json({ error: error.error, error_description: error.message });
  else if (machine && error instanceof AppError)
    res.status(error.status).set(error.headers).json({ error: "invalid_request", error_description: error.message });
  else if (machine && (error as { status?: number }).status)
    res.status(400).json({ error: "invalid_request", error_description: "The body can't be read." });
  else next(error);
};
