import { addKey, operatorProduct } from "../accounts/add-key.ts";
import { apiKeys } from "../accounts/api-key.ts";
import { companies, companyKey } from "../accounts/company.ts";
import { recordAudit } from "../audit/audit.ts";
import { systemClock } from "../clock.ts";
import type { Store } from "../open-store.ts";
import { UsageError } from "./usage-error.ts";

export async function addKeyCommand(
  { db }: Store,
  product: string,
  company: string | undefined,
  name: string | undefined,
): Promise<string> {
  const owner = company === undefined ? undefined : companyKey(product, company);
  if (owner && !(await companies(db).exists({ _id: owner }))) {
    throw new UsageError(`${product} has no company "${company}"; the product makes it with PUT /v1/companies/${company}.`);
  }
  const fallback = product === operatorProduct ? "Operator" : company ? "Company key" : "Backend";
  const { record, key } = await addKey({ db, clock: systemClock }, { product, company: owner, name: name ?? fallback });
  await recordAudit(
    { db, clock: systemClock },
    { company: owner ?? "operator", actor: "operator", action: "key.created", target: record._id, details: { product } },
  );
  return `${key}\n\nThis is the only time the key is shown. Its id is ${record._id}; it may ${record.scopes.join(", ")}.\n`;
}

export async function listKeysCommand({ db }: Store, product: string): Promise<string> {
  const keys = await apiKeys(db).find({ product }).sort({ _id: 1 }).lean();
  if (keys.length === 0) return "There are no keys yet.\n";
  const rows = keys.map(({ _id, hint, name, company, revokedAt }) => [
    _id,
    hint,
    company?.slice(product.length + 1) ?? "(product)",
    revokedAt ? "revoked" : "active",
    name,
  ]);
  return `${rows.map((row) => row.join("  ")).join("\n")}\n`;
}

export async function revokeKeyCommand({ db }: Store, id: string | undefined): Promise<string> {
  if (!id) throw new UsageError("Which key? Give its id, as `keys list` shows it.");
  const key = await apiKeys(db)
    .findOneAndUpdate({ _id: id }, { $min: { revokedAt: new Date() } })
    .lean();
  if (!key) throw new UsageError(`There is no key "${id}"; \`keys list\` shows their ids.`);
  await recordAudit(
    { db, clock: systemClock },
    { company: key.company ?? "operator", actor: "operator", action: "key.revoked", target: id },
  );
  return `Key ${id} is revoked.\n`;
}
