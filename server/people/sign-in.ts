import { verify } from "@node-rs/argon2";
import { hashPassword } from "../accounts/password.ts";
import { type UserRecord, users } from "../accounts/user.ts";
import type { Context } from "../context.ts";
import { countAttempt } from "./throttle.ts";

const windowMs = 15 * 60_000;
const mostPerEmail = 10;
const mostPerAddress = 50;
/** Somebody may belong to several companies with the same address. */
const mostCompanies = 20;

let unknown: Promise<string> | undefined;

/**
 * The people whose email and password these are; none where they don't match. An unknown address takes as long as a
 * wrong password. Throws 429 after too many attempts for one email or from one address.
 */
export async function signIn(
  ctx: Pick<Context, "db" | "clock">,
  { email, password, address }: { email: string; password: string; address: string },
): Promise<UserRecord[]> {
  const normal = email.trim().toLowerCase();
  await countAttempt(ctx, `sign-in/address/${address}`, mostPerAddress, windowMs);
  await countAttempt(ctx, `sign-in/email/${normal}`, mostPerEmail, windowMs);
  const found = await users(ctx.db)
    .find({ email: normal, passwordHash: { $exists: true } })
    .limit(mostCompanies)
    .lean();
  unknown ??= hashPassword("nobody has this password");
  const candidates =
    found.length > 0 ? found.map((user) => ({ user, hash: user.passwordHash as string })) : [{ user: undefined, hash: await unknown }];
  const matches = await Promise.all(candidates.map(async ({ user, hash }) => ((await verify(hash, password)) ? user : undefined)));
  return matches.flatMap((user) => (user ? [user] : []));
}
