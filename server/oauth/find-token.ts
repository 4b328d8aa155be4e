import type { Context } from "../context.ts";
import { hashToken, type TokenRecord, tokens } from "./token.ts";

/** The access token behind a bearer text, if it is known and not expired. Revoked ones are gone from the store. */
export async function findAccessToken({ db, clock }: Pick<Context, "db" | "clock">, token: string): Promise<TokenRecord | undefined> {
  const found = await tokens(db).findById(hashToken(token)).lean();
  return found?.kind === "access" && found.expiresAt > clock.now() ? found : undefined;
}
