import type { Context } from "../context.ts";
import { grantableScopes } from "./scopes.ts";

/** RFC 8414: what a client needs to know to connect by itself. */
export function serverMetadata({ config }: Pick<Context, "config">) {
  const { publicUrl: issuer } = config;
  const methods = ["client_secret_post", "client_secret_basic", "none"];
  return {
    issuer,
    authorization_endpoint: `${issuer}/oauth/authorize`,
    token_endpoint: `${issuer}/oauth/token`,
    revocation_endpoint: `${issuer}/oauth/revoke`,
    ...(config.openRegistration ? { registration_endpoint: `${issuer}/oauth/register` } : {}),
    scopes_supported: grantableScopes,
    response_types_supported: ["code"],
    response_modes_supported: ["query"],
    grant_types_supported: ["authorization_code", "refresh_token"],
    token_endpoint_auth_methods_supported: methods,
    revocation_endpoint_auth_methods_supported: methods,
    code_challenge_methods_supported: ["S256"],
    authorization_response_iss_parameter_supported: true,
    service_documentation: `${issuer}/docs`,
  };
}

/** RFC 9728: which authorization server guards the API. */
export function resourceMetadata({ config }: Pick<Context, "config">) {
  return {
    resource: `${config.publicUrl}/v1`,
    authorization_servers: [config.publicUrl],
    scopes_supported: grantableScopes,
    bearer_methods_supported: ["header"],
    resource_name: "Hookline",
    resource_documentation: `${config.publicUrl}/docs`,
  };
}
