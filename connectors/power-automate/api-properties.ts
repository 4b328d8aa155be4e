import type { ConnectorApp } from "../connector-app.ts";
import { hex, markOf } from "../icon.ts";

/** `apiProperties.json`: how the connector connects, and how it looks. */
export function apiProperties(app: ConnectorApp) {
  const { product, server, scopes } = app;
  const value = (template: string) => ({ value: template });
  const token = `${server}/oauth/token`;
  return {
    properties: {
      connectionParameters: {
        token: {
          type: "oauthSetting",
          oAuthSettings: {
            identityProvider: "oauth2generic",
            clientId: "FILL-IN-THE-CLIENT-ID",
            scopes,
            redirectMode: "GlobalPerConnector",
            redirectUrl: "https://global.consent.azure-apim.net/redirect",
            properties: { IsFirstParty: "False" },
            customParameters: {
              authorizationUrlTemplate: value(`${server}/oauth/authorize`),
              authorizationUrlQueryStringTemplate: value(
                "?client_id={ClientId}&response_type=code&redirect_uri={RedirectUrl}&scope={Scopes}&state={State}",
              ),
              tokenUrlTemplate: value(token),
              tokenUrlQueryStringTemplate: value(""),
              tokenBodyTemplate: value(
                "grant_type=authorization_code&code={Code}&redirect_uri={RedirectUrl}&client_id={ClientId}&client_secret={ClientSecret}",
              ),
              refreshUrlTemplate: value(token),
              refreshUrlQueryStringTemplate: value(""),
              refreshBodyTemplate: value(
                "grant_type=refresh_token&refresh_token={RefreshToken}&client_id={ClientId}&client_secret={ClientSecret}",
              ),
            },
          },
        },
      },
      iconBrandColor: hex(markOf(product.id).background),
      capabilities: [],
      policyTemplateInstances: [],
      publisher: product.name,
      stackOwner: product.name,
    },
  };
}
