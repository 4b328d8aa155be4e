import type { Context } from "../context.ts";
import { AppError, notFound } from "../errors.ts";
import { companies, companyKey } from "./company.ts";
import { hashPassword } from "./password.ts";
import { type Role, type UserRecord, users } from "./user.ts";

export type UserInput = { id: string; email: string; name: string; role?: Role; password?: string };

/** Makes a person of a company or changes them; what isn't given stays as it is (a new person is a member). */
export async function putUser(
  { db, clock }: Pick<Context, "db" | "clock">,
  product: string,
  companyId: string,
  { id, email, name, role, password }: UserInput,
): Promise<{ user: UserRecord; created: boolean }> {
  const company = companyKey(product, companyId);
  if (!(await companies(db).exists({ _id: company }))) throw notFound(`Company "${companyId}"`);
  const now = clock.now();
  const passwordHash = password === undefined ? undefined : await hashPassword(password);
  const _id = `${company}/${id}`;
  const filter = { _id };
  try {
    const before = await users(db)
      .findOneAndUpdate(
        filter,
        {
          $set: { email: email.toLowerCase(), name, updatedAt: now, ...(role ? { role } : {}), ...(passwordHash ? { passwordHash } : {}) },
          $setOnInsert: { externalId: id, company, createdAt: now, ...(role ? {} : { role: "member" as const }) },
        },
        { upsert: true, returnDocument: "before" },
      )
      .lean();
    const user = await users(db).findById(_id).lean();
    if (!user) throw notFound(`User "${id}"`);
    return { user, created: !before };
  } catch (error) {
    if ((error as { code?: number }).code !== 11000) throw error;
    throw new AppError(409, `email: another user of this company has ${email}`, {
      fields: [{ field: "email", message: `another user of this company has ${email}` }],
    });
  }
}
