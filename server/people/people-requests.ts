import { requestParser } from "../http/validate.ts";

export const linkSchema = {
  type: "object",
  additionalProperties: false,
  required: ["purpose"],
  properties: {
    purpose: { enum: ["invitation", "reset"], description: "An invitation is good for a week, a reset for an hour." },
    send: { type: "boolean", description: "Send it by mail, where mail is configured." },
  },
};
export const parseLink = requestParser<{ purpose: "invitation" | "reset"; send?: boolean }>(linkSchema);

export const portalLinkSchema = {
  type: "object",
  additionalProperties: false,
  required: ["company_id", "user_id"],
  properties: {
    company_id: { type: "string" },
    user_id: { type: "string" },
    return_to: { type: "string", pattern: "^/(?![/\\\\])", description: "A page of this server to open; Webhooks, if absent." },
  },
};
export const parsePortalLink = requestParser<{ company_id: string; user_id: string; return_to?: string }>(portalLinkSchema);
