import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { CatalogueError, readJson } from "../../schemas/bundle.ts";
import { newAjv } from "../../schemas/load-catalogue.ts";

/** What a platform's receivers mean by their answers, beside the product's rules (`connectors/<platform>/profile.json`). */
export type PlatformProfile = {
  id: string;
  name: string;
  /** Status codes that count as delivered, beside the product's own. */
  success: string[];
  /** Status codes after which trying again can't help; the hook stays. */
  permanent: string[];
  max_body_bytes: number;
};

const statuses = { type: "array", items: { type: "string", pattern: "^([1-5]xx|[1-5][0-9][0-9])$" } };
const profileSchema = {
  type: "object",
  additionalProperties: false,
  required: ["id", "name", "success", "permanent", "max_body_bytes"],
  properties: {
    id: { type: "string" },
    name: { type: "string" },
    success: statuses,
    permanent: statuses,
    max_body_bytes: { type: "integer", minimum: 1 },
  },
};

/** Reads every platform's profile. Throws with file and path of a mistake. */
export function loadPlatformProfiles(folder: string): Map<string, PlatformProfile> {
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
