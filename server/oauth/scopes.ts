import { companyScopes, type Scope } from "../accounts/api-key.ts";

/** What a person reads on the consent page. */
export const scopeLabels: Record<(typeof companyScopes)[number] | "events:write", string> = {
  "hooks:read": "See the webhooks it has set up",
  "hooks:write": "Set up, change and remove webhooks of its own, which send your data to it",
  // A product's backend has it, an app never: an event speaks for the product.
  "events:write": "Tell what happened in the product",
  "events:read": "See recent events of your account as samples, and the history of its deliveries",
};

/** The scopes an app may ask for. A refresh token always comes along, so `offline` is accepted and means nothing more. */
export const grantableScopes: readonly Scope[] = companyScopes;
const implied = ["offline", "offline_access"];

/** Reads the scope parameter; none means all. undefined where it names one that can't be granted. */
export function readScopes(value: string | undefined): Scope[] | undefined {
  const wanted = (value ?? "").split(/\s+/).filter((scope) => scope !== "" && !implied.includes(scope));
  if (wanted.length === 0) return [...grantableScopes];
  return wanted.every((scope): scope is Scope => (grantableScopes as readonly string[]).includes(scope)) ? [...new Set(wanted)] : undefined;
}
