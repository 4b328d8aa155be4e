import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type AllowedTargets, parseAllowedTargets } from "./deliveries/allowed-targets.ts";

export type Config = {
  production: boolean;
  /** What this process does of the work: takes requests, sends deliveries, or both. */
  role: Role;
  host: string | undefined;
  /** 0 takes a free one. A worker for which none is set doesn't listen. */
  port: number | undefined;
  /** Origin under which platforms reach this server, without a closing slash; empty until the port is known. */
  publicUrl: string;
  dataDir: string;
  mongodbUri: string | undefined;
  /** Undefined in development: a key is then made and kept under DATA_DIR. */
  secretKey: string | undefined;
  allowedTargets: AllowedTargets;
  schemaFolders: string[];
  logLevel: string;
  drainSeconds: number;
  metricsToken: string | undefined;
  /** May apps register themselves (RFC 7591)? */
  openRegistration: boolean;
  /** How many proxies stand before this server; their X-Forwarded-For tells who calls. */
  trustedProxies: number;
  smtpUrl: string | undefined;
  mailFrom: string | undefined;
  /** Origins of pages that may show Settings in a frame. */
  embedOrigins: string[];
};

export const roles = ["all", "api", "worker"] as const;
export type Role = (typeof roles)[number];

/** Every setting there is: the README's table is checked against this one. */
export const settings = [
  { name: "PORT", fallback: "3000", meaning: "Port to listen on; 0 takes a free one." },
  {
    name: "ROLE",
    fallback: "all",
    meaning:
      "`api` takes requests and sends nothing, `worker` sends and takes none (it listens only where PORT is set, for health and metrics); `all` does both.",
  },
  { name: "HOST", fallback: "127.0.0.1 in development, all addresses in production", meaning: "Address to listen on." },
  { name: "PUBLIC_URL", fallback: "http://localhost:PORT", meaning: "Address under which customers and platforms reach this server." },
  { name: "DATA_DIR", fallback: "./data", meaning: "Folder of the embedded store, the development key and demo.json." },
  { name: "MONGODB_URI", fallback: "none", meaning: "A MongoDB to use; without it the embedded store runs." },
  {
    name: "SECRET_KEY",
    fallback: "made and kept in DATA_DIR in development",
    meaning: "At least 32 characters; encrypts hook secrets. Required in production.",
  },
  {
    name: "ALLOW_TARGETS",
    fallback: "loopback in development, none in production",
    meaning:
      "Address ranges that hooks may reach although they are not public: addresses, CIDR ranges, `loopback`, `private`; `none` for nothing.",
  },
  { name: "SCHEMAS_DIR", fallback: "none", meaning: "A folder of further products beside the ones in `schemas/`." },
  { name: "LOG_LEVEL", fallback: "info", meaning: "trace, debug, info, warn, error or silent." },
  { name: "DRAIN_SECONDS", fallback: "10", meaning: "How long a stopping process waits for requests under way." },
  { name: "METRICS_TOKEN", fallback: "none: open in development, shut in production", meaning: "Bearer token for `/metrics`." },
  {
    name: "OPEN_REGISTRATION",
    fallback: "on",
    meaning:
      "`off`: apps are registered by the operator only. On, an app may register itself; the consent page then says that nobody vouches for it.",
  },
  {
    name: "TRUSTED_PROXIES",
    fallback: "0",
    meaning: "How many proxies stand before this server; so many of `X-Forwarded-For` are believed, for throttling and the audit log.",
  },
  {
    name: "SMTP_URL",
    fallback: "none",
    meaning:
      "Mail server for invitations and password resets, like `smtps://user:password@mail.example.com`; without one the product delivers the links.",
  },
  { name: "MAIL_FROM", fallback: "none", meaning: "Sender of those mails." },
  {
    name: "EMBED_ORIGINS",
    fallback: "none: Settings can't be framed",
    meaning:
      "Origins of the product's pages that may show Settings in a frame, like `https://app.example.com`; several are separated by commas.",
  },
  { name: "NODE_ENV", fallback: "development", meaning: "`production` seeds nothing and refuses unsafe settings." },
] as const;

export const schemasFolder = fileURLToPath(new URL("../../schemas", import.meta.url));
const logLevels = ["trace", "debug", "info", "warn", "error", "silent"];
const shortestKey = 32;

/** Reads the environment, the only place that does. Throws one error that lists every bad setting. */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const problems: string[] = [];
  const production = env.NODE_ENV === "production";

  const port = integer(env, "PORT", 3000, 0, 65_535, problems);
  const drainSeconds = integer(env, "DRAIN_SECONDS", 10, 0, 600, problems);
  const trustedProxies = integer(env, "TRUSTED_PROXIES", 0, 0, 10, problems);
  const role = (env.ROLE || "all") as Role;
  if (!roles.includes(role)) problems.push(`ROLE is "${role}"; use one of ${roles.join(", ")}`);
  const logLevel = env.LOG_LEVEL || "info";
  if (!logLevels.includes(logLevel)) problems.push(`LOG_LEVEL is "${logLevel}"; use one of ${logLevels.join(", ")}`);

  const secretKey = env.SECRET_KEY || undefined;
  if (secretKey && secretKey.length < shortestKey)
    problems.push(`SECRET_KEY has ${secretKey.length} characters; use at least ${shortestKey}, for example from: openssl rand -base64 48`);
  if (!secretKey && production) problems.push("SECRET_KEY is missing; production needs one, for example from: openssl rand -base64 48");

  const mongodbUri = env.MONGODB_URI || undefined;
  if (mongodbUri && !/^mongodb(\+srv)?:\/\//.test(mongodbUri)) problems.push("MONGODB_URI must begin with mongodb:// or mongodb+srv://");

  if (env.OPEN_REGISTRATION && !["on", "off"].includes(env.OPEN_REGISTRATION))
    problems.push(`OPEN_REGISTRATION is "${env.OPEN_REGISTRATION}"; use on or off`);

  if (Boolean(env.SMTP_URL) !== Boolean(env.MAIL_FROM)) problems.push("SMTP_URL and MAIL_FROM belong together; set both or neither");

  let allowedTargets = parseAllowedTargets("none");
  try {
    allowedTargets = parseAllowedTargets(env.ALLOW_TARGETS || (production ? "none" : "loopback"));
  } catch (error) {
    problems.push(`ALLOW_TARGETS: ${(error as Error).message}`);
  }

  const embedOrigins = (env.EMBED_ORIGINS ?? "")
    .split(",")
    .map((origin) => origin.trim())
    .filter((origin) => origin !== "");
  for (const origin of embedOrigins)
    if (!URL.canParse(origin) || new URL(origin).origin !== origin)
      problems.push(`EMBED_ORIGINS has "${origin}"; use origins like https://app.example.com, without a path or closing slash`);

  const publicUrl = readPublicUrl(env.PUBLIC_URL, port, problems);
  if (problems.length > 0)
    throw new Error(`Hookline can't start with these settings:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
  return {
    production,
    role,
    host: env.HOST || (production ? undefined : "127.0.0.1"),
    port: role === "worker" && !env.PORT ? undefined : port,
    publicUrl,
    dataDir: resolve(env.DATA_DIR || "data"),
    mongodbUri,
    secretKey,
    allowedTargets,
    schemaFolders: [schemasFolder, ...(env.SCHEMAS_DIR ? [resolve(env.SCHEMAS_DIR)] : [])],
    logLevel,
    drainSeconds,
    metricsToken: env.METRICS_TOKEN || undefined,
    openRegistration: env.OPEN_REGISTRATION !== "off",
    trustedProxies,
    smtpUrl: env.SMTP_URL || undefined,
    mailFrom: env.MAIL_FROM || undefined,
    embedOrigins,
  };
}

export function demoFile(config: Pick<Config, "dataDir">): string {
  return join(config.dataDir, "demo.json");
}

function integer(env: NodeJS.ProcessEnv, name: string, fallback: number, least: number, most: number, problems: string[]): number {
  const raw = env[name];
  if (raw === undefined || raw === "") return fallback;
  const value = Number(raw);
  if (!Number.isInteger(value) || value < least || value > most)
    problems.push(`${name} is "${raw}"; use a whole number from ${least} to ${most}`);
  return value;
}

function readPublicUrl(raw: string | undefined, port: number, problems: string[]): string {
  if (!raw) return port === 0 ? "" : `http://localhost:${port}`;
  const url = URL.canParse(raw) ? new URL(raw) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username) {
    problems.push(`PUBLIC_URL is "${raw}"; use an address like https://hooks.example.com`);
    return raw;
  }
  return url.href.replace(/\/$/, "");
}
