import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CatalogueError, readJson } from "../../schemas/bundle.ts";
import { newAjv } from "../../schemas/load-catalogue.ts";

/**
 * What an answer means. `delivered`: done. `retry`: again by the product's schedule. `throttled`: the receiver is well
 * but wants less; again by the schedule, and the hook's other deliveries wait too. `refused`: trying again can't help;
 * the hook stays. `gone`: the hook is unsubscribed.
 */
export type Meaning = "delivered" | "retry" | "throttled" | "refused" | "gone";

export type PlatformAnswer = {
  /** A status code or class ("2xx"). */
  status: string;
  /** Only where the answer's body contains this text. */
  body?: string;
  means: Meaning;
  /** For people who read the history. */
  says: string;
};

/** So many requests in so many seconds. */
export type Rate = { requests: number; seconds: number };

/** What a platform's receivers mean and take, beside the product's rules (`connectors/<platform>/profile.json`). */
export type PlatformProfile = {
  id: string;
  name: string;
  /** The first that fits counts; what none fits goes by the product's rules. */
  answers: PlatformAnswer[];
  max_body_bytes: number;
  /** What one webhook takes; null where the platform names no limit. */
  rate: Rate | null;
  /** How a new webhook proves that it wants events; no platform so far asks for such a handshake. */
  challenge: null;
  /** A DELETE to the target URL tells the platform that its hook is gone. */
  reverse_unsubscribe: boolean;
  /** After how many days the platform is asked to subscribe again, which revives a hook that was turned off; null: never. */
  renew_after_days: number | null;
};

const profileSchema = {
  type: "object",
  additionalProperties: false,
  required: ["id", "name", "answers", "max_body_bytes", "rate", "challenge", "reverse_unsubscribe", "renew_after_days"],
  properties: {
    id: { type: "string" },
    name: { type: "string" },
    answers: {
      type: "array",
      minItems: 1,
      items: {
        type: "object",
        additionalProperties: false,
        required: ["status", "means", "says"],
        properties: {
          status: { type: "string", pattern: "^([1-5]xx|[1-5][0-9][0-9])$" },
          body: { type: "string", minLength: 1 },
          means: { enum: ["delivered", "retry", "throttled", "refused", "gone"] },
          says: { type: "string", minLength: 1 },
        },
      },
    },
    max_body_bytes: { type: "integer", minimum: 1 },
    rate: {
      type: ["object", "null"],
      additionalProperties: false,
      required: ["requests", "seconds"],
      properties: { requests: { type: "integer", minimum: 1 }, seconds: { type: "number", exclusiveMinimum: 0 } },
    },
    challenge: { type: "null" },
    reverse_unsubscribe: { type: "boolean" },
    renew_after_days: { type: ["integer", "null"], minimum: 1 },
  },
};

/** Where the platforms' profiles are. */
export const connectorsFolder = fileURLToPath(new URL("../../../connectors", import.meta.url));

export type PlatformProfiles = ReadonlyMap<string, PlatformProfile>;

/** Reads every platform's profile. Throws with file and path of a mistake. */
export function loadPlatformProfiles(folder: string = connectorsFolder): PlatformProfiles {
  const isProfile = newAjv().compile<PlatformProfile>(profileSchema);
  const profiles = new Map<string, PlatformProfile>();
  for (const name of readdirSync(folder).sort()) {
    const file = join(folder, name, "profile.json");
    if (!existsSync(file)) continue;
    const profile: unknown = readJson(file);
    if (!isProfile(profile))
      throw new CatalogueError(file, isProfile.errors?.[0]?.instancePath ?? "", isProfile.errors?.[0]?.message ?? "invalid");
    profiles.set(profile.id, profile);
  }
  return profiles;
}

/** The platform's word on an answer, if it has one. */
export function answerOf({ answers }: PlatformProfile, status: number, body: string): PlatformAnswer | undefined {
  return answers.find((answer) => matchesStatus(answer.status, status) && (answer.body === undefined || body.includes(answer.body)));
}

/** `2xx` stands for the class, `202` for itself. */
export function matchesStatus(pattern: string, status: number): boolean {
  return pattern.endsWith("xx") ? pattern[0] === String(status)[0] : pattern === String(status);
}
