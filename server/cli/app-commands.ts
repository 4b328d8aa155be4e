import { readFileSync } from "node:fs";
import { pino } from "pino";
import { loadCatalogue } from "../../schemas/load-catalogue.ts";
import { recordAudit } from "../audit/audit.ts";
import { systemClock } from "../clock.ts";
import type { Config } from "../config.ts";
import { loadPlatformProfiles } from "../deliveries/platform-profile.ts";
import { systemResolver } from "../deliveries/target-guard.ts";
import { Transport } from "../deliveries/transport.ts";
import { HookRegistry } from "../hooks/hook-registry.ts";
import { newSecretBox } from "../hooks/secret-box.ts";
import { rotateAppSecret } from "../oauth/add-app.ts";
import { type AppRecord, apps } from "../oauth/app.ts";
import { iconDataUrl } from "../oauth/app-icon.ts";
import { appPresets } from "../oauth/app-presets.ts";
import { disableApp } from "../oauth/disable-app.ts";
import { registerApp } from "../oauth/register-app.ts";
import type { Store } from "../open-store.ts";
import { secretKeyOf } from "../secret-key.ts";
import { Presence } from "../workers/presence.ts";
import { UsageError } from "./usage-error.ts";

export type AppFlags = {
  product?: string | undefined;
  platform?: string | undefined;
  name?: string | undefined;
  icon?: string | undefined;
  public?: boolean | undefined;
  "redirect-uri"?: string[] | undefined;
};

const shownOnce = "This is the only time the secret is shown.";

export async function addAppCommand({ db }: Store, config: Config, flags: AppFlags): Promise<string> {
  const { platform, name, product } = flags;
  if (platform && !appPresets[platform])
    throw new UsageError(`--platform must be one of ${Object.keys(appPresets).join(", ")} (it is "${platform}").`);
  const { app, secret } = await registerApp(
    { db, clock: systemClock, catalogue: loadCatalogue(...config.schemaFolders) },
    {
      product: product ?? null,
      ...(platform ? { platform } : {}),
      ...(name ? { name } : {}),
      ...(flags["redirect-uri"] ? { redirect_uris: flags["redirect-uri"] } : {}),
      ...(flags.icon ? { icon: readIcon(flags.icon) } : {}),
      ...(flags.public ? { kind: "public" as const } : {}),
    },
  );
  await recordAudit(
    { db, clock: systemClock },
    { company: "operator", actor: "operator", action: "app.registered", target: app._id, details: { name: app.name } },
  );
  const lines = [
    `client id      ${app._id}`,
    ...(secret ? [`client secret  ${secret}`] : []),
    `returns to     ${app.redirectUris.join(", ")}`,
  ];
  const urls = [`authorize      ${config.publicUrl}/oauth/authorize`, `token          ${config.publicUrl}/oauth/token`];
  return `${[...lines, ...urls].join("\n")}\n\n${secret ? `${shownOnce} ` : ""}${platform ? (appPresets[platform]?.note ?? "") : ""}\n`;
}

export async function listAppsCommand({ db }: Store): Promise<string> {
  const found = await apps(db).find().sort({ _id: 1 }).lean();
  if (found.length === 0) return "There are no apps yet.\n";
  return `${found.map((app) => [app._id, app.product ?? "(any product)", app.disabledAt ? "disabled" : app.verified ? "verified" : "not verified", app.name].join("  ")).join("\n")}\n`;
}

export async function rotateSecretCommand({ db }: Store, id: string | undefined): Promise<string> {
  const app = await findApp({ db }, id);
  if (app.kind === "public") throw new UsageError(`${app.name} is a public app, which has no secret.`);
  const secret = await rotateAppSecret({ db, clock: systemClock }, app);
  await recordAudit({ db, clock: systemClock }, { company: "operator", actor: "operator", action: "app.secret_rotated", target: app._id });
  return `${secret}\n\n${shownOnce} The old one counts for a week more.\n`;
}

export async function disableAppCommand({ db }: Store, config: Config, id: string | undefined): Promise<string> {
  const app = await findApp({ db }, id);
  const log = pino({ level: "silent" });
  // Enough of the engine to tell the running servers which hooks are gone.
  const registry = new HookRegistry({ db, catalogue: new Map(), secretBox: newSecretBox(secretKeyOf(config)) });
  const transport = new Transport({ allowedTargets: config.allowedTargets, resolver: systemResolver });
  try {
    const profiles = loadPlatformProfiles();
    const parts = { db, clock: systemClock, log, transport, profiles, engine: { presence: new Presence({ db, log, registry }, () => {}) } };
    const count = await disableApp(parts, app._id);
    await recordAudit({ db, clock: systemClock }, { company: "operator", actor: "operator", action: "app.disabled", target: app._id });
    // Platforms that are told goodbye get it before this process ends.
    await transport.idle();
    return `${app.name} is disabled; ${count} ${count === 1 ? "install was" : "installs were"} taken back.\n`;
  } finally {
    await transport.close();
  }
}

const largestIcon = 40_000;

function readIcon(file: string): string {
  const png = readFileSync(file);
  if (!png.subarray(0, 8).equals(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) || png.length > largestIcon) {
    throw new UsageError(`--icon must be a PNG of at most ${largestIcon} bytes (${file} has ${png.length}).`);
  }
  return iconDataUrl(png);
}

async function findApp({ db }: Pick<Store, "db">, id: string | undefined): Promise<AppRecord> {
  const app = id ? await apps(db).findById(id).lean() : null;
  if (!app)
    throw new UsageError(
      id ? `There is no app "${id}"; \`apps list\` shows their ids.` : "Which app? Give its client id, as `apps list` shows it.",
    );
  return app;
}
