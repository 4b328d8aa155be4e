import { type Connection, type Model, Schema } from "mongoose";

export type AppSecret = { hash: string; createdAt: Date /** Until when it still counts after a rotation. */; expiresAt: Date | null };

/** An OAuth client: Zapier, Make, n8n, a customer's own. `_id` is its client_id. */
export type AppRecord = {
  _id: string;
  /** The product whose companies may connect it; null for any (dynamically registered clients). */
  product: string | null;
  name: string;
  homepage: string | null;
  /** A PNG as a data URL. */
  icon?: string | null;
  platform: string | null;
  /** Vouched for by the operator; a dynamically registered one is not, and the consent page says so. */
  verified: boolean;
  redirectUris: string[];
  /** `confidential` apps have secrets and send them by body or Basic; `public` ones have none and must use PKCE. */
  kind: "confidential" | "public";
  pkce: "required" | "optional";
  secrets: AppSecret[];
  disabledAt: Date | null;
  createdAt: Date;
};

const appSchema = new Schema<AppRecord>(
  {
    _id: String,
    product: String,
    name: String,
    homepage: String,
    icon: String,
    platform: String,
    verified: Boolean,
    redirectUris: [String],
    kind: String,
    pkce: String,
    secrets: [{ _id: false, hash: String, createdAt: Date, expiresAt: Date }],
    disabledAt: Date,
    createdAt: Date,
  },
  { versionKey: false },
);
appSchema.index({ product: 1, _id: 1 });

export function apps(db: Connection): Model<AppRecord> {
  return db.models.App ?? db.model<AppRecord>("App", appSchema);
}

const loopback = /^http:\/\/(127\.0\.0\.1|\[::1\])(:\d+)?(\/|$)/;

/** Exactly one of the registered addresses; only a loopback address may come with another port (RFC 8252, 7.3). */
export function allowsRedirect(app: Pick<AppRecord, "redirectUris">, uri: string): boolean {
  if (app.redirectUris.includes(uri)) return true;
  if (!loopback.test(uri)) return false;
  return app.redirectUris.some((registered) => loopback.test(registered) && withoutPort(registered) === withoutPort(uri));
}

function withoutPort(uri: string): string {
  return uri.replace(/^(http:\/\/(?:127\.0\.0\.1|\[::1\])):\d+/, "$1");
}

/** What is wrong with a redirect address, if anything: HTTPS, or HTTP on loopback, absolute and without a fragment. */
export function redirectProblem(uri: string): string | undefined {
  if (!URL.canParse(uri)) return "is not a URL";
  const url = new URL(uri);
  if (url.hash || uri.includes("#")) return "must not have a fragment";
  if (url.username || url.password) return "must not carry a user name or password";
  if (url.protocol === "https:") return undefined;
  return url.protocol === "http:" && ["127.0.0.1", "[::1]", "localhost"].includes(url.hostname)
    ? undefined
    : "must be https://, or http:// on loopback";
}

export function presentApp(app: AppRecord) {
  return {
    client_id: app._id,
    product: app.product,
    name: app.name,
    homepage: app.homepage,
    has_icon: Boolean(app.icon),
    platform: app.platform,
    verified: app.verified,
    redirect_uris: app.redirectUris,
    kind: app.kind,
    pkce: app.pkce,
    secrets: app.secrets.map(({ createdAt, expiresAt }) => ({ created_at: createdAt, expires_at: expiresAt })),
    disabled_at: app.disabledAt,
    created_at: app.createdAt,
  };
}
