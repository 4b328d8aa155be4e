import type { AppRecord } from "./app.ts";

/** How each platform authorizes, so that nobody has to look it up. `{…}` stands for what the platform gives you. */
export type AppPreset = Pick<AppRecord, "kind" | "pkce"> & { name: string; homepage: string; redirectUris: string[]; note: string };

export const appPresets: Record<string, AppPreset> = {
  zapier: {
    name: "Zapier",
    homepage: "https://zapier.com",
    redirectUris: ["https://zapier.com/dashboard/auth/oauth/return/App{id}CLIAPI/"],
    kind: "confidential",
    pkce: "optional",
    note: "Zapier shows the exact redirect address under Authentication; it ends in your integration's id.",
  },
  make: {
    name: "Make",
    homepage: "https://www.make.com",
    redirectUris: ["https://www.make.com/oauth/cb/app"],
    kind: "confidential",
    pkce: "optional",
    note: "Make's PKCE verifier is shorter than RFC 7636 allows, so its app goes without PKCE.",
  },
  n8n: {
    name: "n8n",
    homepage: "https://n8n.io",
    redirectUris: ["https://oauth.n8n.cloud/oauth2/callback"],
    kind: "confidential",
    pkce: "optional",
    note: "Self-hosted n8n has an address of its own and registers itself (dynamic registration).",
  },
  activepieces: {
    name: "Activepieces",
    homepage: "https://www.activepieces.com",
    redirectUris: ["https://secrets.activepieces.com/redirect"],
    kind: "confidential",
    pkce: "optional",
    note: "A self-hosted Activepieces has an address of its own: https://YOUR-HOST/redirect.",
  },
  pipedream: {
    name: "Pipedream",
    homepage: "https://pipedream.com",
    redirectUris: ["https://api.pipedream.com/connect/oauth/{id}/callback"],
    kind: "confidential",
    pkce: "optional",
    note: "Pipedream shows the exact redirect address with your OAuth client.",
  },
  "power-automate": {
    name: "Power Automate",
    homepage: "https://powerautomate.microsoft.com",
    redirectUris: ["https://global.consent.azure-apim.net/redirect/{id}"],
    kind: "confidential",
    pkce: "optional",
    note: "The custom connector shows its redirect address after the first save.",
  },
};
