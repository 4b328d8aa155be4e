import { requestParser } from "../http/validate.ts";
import { iconSchema } from "./app-icon.ts";
import { appPresets } from "./app-presets.ts";

const uris = { type: "array", minItems: 1, maxItems: 20, items: { type: "string", minLength: 1, maxLength: 500 } };

export const newAppSchema = {
  type: "object",
  additionalProperties: false,
  properties: {
    product: { type: ["string", "null"], description: "The product whose companies may connect it; null for any." },
    platform: { enum: Object.keys(appPresets), description: "Fills in what the platform needs; the other fields win over it." },
    name: { type: "string", minLength: 1, maxLength: 100 },
    homepage: { type: "string", format: "uri", pattern: "^https?://" },
    icon: iconSchema,
    redirect_uris: uris,
    kind: { enum: ["confidential", "public"] },
    pkce: { enum: ["required", "optional"] },
  },
};
export type NewAppRequest = {
  product?: string | null;
  platform?: string;
  name?: string;
  homepage?: string;
  icon?: string | null;
  redirect_uris?: string[];
  kind?: "confidential" | "public";
  pkce?: "required" | "optional";
};
export const parseNewApp = requestParser<NewAppRequest>(newAppSchema);

export const appChangesSchema = {
  type: "object",
  additionalProperties: false,
  minProperties: 1,
  properties: {
    disabled: { type: "boolean" },
    redirect_uris: uris,
    icon: iconSchema,
    name: { type: "string", minLength: 1, maxLength: 100 },
  },
};
export const parseAppChanges = requestParser<{ disabled?: boolean; redirect_uris?: string[]; name?: string; icon?: string | null }>(
  appChangesSchema,
);
