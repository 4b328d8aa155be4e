import type { ConnectorApp } from "./connector-app.ts";
import { json } from "./source.ts";

/** What the platforms' directories show of an app. Each platform's limits on it are rules of the listing linter. */
export type Listing = {
  name: string;
  /** One sentence: `Tesoro CRM is a CRM for estate agents.` */
  tagline: string;
  description: string;
  category: string;
  website: string;
  support_email: string;
  privacy_url: string;
  repository: string;
  icon: string;
};

const longestTagline = 140;

/** From the product's `listing`, and where that is silent from what else it says. */
export function listingOf({ product, triggers }: Pick<ConnectorApp, "product" | "triggers">, icon: string): Listing {
  const { name, description, url, listing } = product;
  const host = new URL(url).hostname.replace(/^(app|www)\./, "");
  const things = product.categories.map(({ label }) => label.toLowerCase());
  return {
    name,
    tagline: taglineOf(name, description),
    description: `${description} Start automations from ${triggers.length === 1 ? "one event" : `${triggers.length} events`} of ${list(things)} as they happen.`,
    category: listing?.category ?? "Business",
    website: url,
    support_email: listing?.support_email ?? `support@${host}`,
    privacy_url: listing?.privacy_url ?? `${url}/privacy`,
    repository: listing?.repository ?? `https://github.com/OWNER/${product.id}-connectors`,
    icon,
  };
}

/** `A CRM for agents: leads and deals.` → `Tesoro CRM is a CRM for agents: leads and deals.`, shortened where it has to be. */
function taglineOf(name: string, description: string): string {
  const said = /^An? /.test(description)
    ? `${name} is ${description.charAt(0).toLowerCase()}${description.slice(1)}`
    : `${name}: ${description}`;
  if (said.length <= longestTagline) return said;
  const [before = ""] = said.split(/[:.]/);
  return `${before.slice(0, longestTagline - 1)}.`;
}

function list(words: string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

/** What the templates' `__NAME__`s stand for on every platform. */
export function templateValues(app: ConnectorApp, icon: string): Record<string, string> {
  const listing = listingOf(app, icon);
  return {
    PRODUCT: app.product.name,
    PRODUCT_ID: app.product.id,
    SERVER: app.server,
    SCOPES: app.scopes.join(" "),
    VERSION: app.version,
    TAGLINE: listing.tagline,
    DESCRIPTION: listing.description,
    CATEGORY: listing.category,
    WEBSITE: listing.website,
    SUPPORT_EMAIL: listing.support_email,
    PRIVACY_URL: listing.privacy_url,
    REPOSITORY: listing.repository,
    ICON: icon,
    TRIGGER_COUNT: String(app.triggers.length),
    TRIGGERS: ["| trigger | what it waits for | filters |", "|---|---|---|", ...app.triggers.map(row)].join("\n"),
  };
}

function row({ label, description, filters, deprecated }: ConnectorApp["triggers"][number]): string {
  return `| ${label}${deprecated ? " (deprecated)" : ""} | ${description} | ${filters.map((input) => input.label).join(", ") || "none"} |`;
}

export function listingFile(app: ConnectorApp, icon: string): string {
  return json(listingOf(app, icon));
}
