import { companyKey } from "../accounts/company.ts";
import { users } from "../accounts/user.ts";
import { recordAudit } from "../audit/audit.ts";
import { systemClock } from "../clock.ts";
import type { Config } from "../config.ts";
import type { Store } from "../open-store.ts";
import { makeLink } from "../people/one-time-link.ts";
import { UsageError } from "./usage-error.ts";

export type UserFlags = { company?: string | undefined; user?: string | undefined };

/** A one-time link to choose a password, for the operator to hand over. */
export async function linkCommand(
  { db }: Store,
  config: Config,
  product: string,
  { company, user }: UserFlags,
  purpose: "invitation" | "reset",
): Promise<string> {
  if (!company || !user) throw new UsageError("Whose? Give --company and --user.");
  const person = await users(db)
    .findById(`${companyKey(product, company)}/${user}`)
    .lean();
  if (!person) throw new UsageError(`Company "${company}" of ${product} has no user "${user}".`);
  const { url, expiresAt } = await makeLink({ db, clock: systemClock, config }, purpose, person._id, "/settings/webhooks");
  await recordAudit(
    { db, clock: systemClock },
    { company: person.company, actor: "operator", action: `user.${purpose}_made`, target: person._id },
  );
  return `${url}\n\nFor ${person.email}, once, until ${expiresAt.toISOString()}.\n`;
}
