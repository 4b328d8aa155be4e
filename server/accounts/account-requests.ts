import { requestParser } from "../http/validate.ts";
import { companyScopes, type Scope } from "./api-key.ts";
import type { UserInput } from "./put-user.ts";

const name = { type: "string", minLength: 1, maxLength: 200 };

/** Bodies of the product's calls; the API description is made from these very schemas. */
export const companySchema = { type: "object", additionalProperties: false, required: ["name"], properties: { name } };
export const parseCompany = requestParser<{ name: string }>(companySchema);

export const userSchema = {
  type: "object",
  additionalProperties: false,
  required: ["email", "name"],
  properties: {
    email: { type: "string", format: "email", maxLength: 254 },
    name,
    role: { enum: ["admin", "member"] },
    password: { type: "string", minLength: 10, maxLength: 200 },
  },
};
export const parseUser = requestParser<Omit<UserInput, "id">>(userSchema);

export const keySchema = {
  type: "object",
  additionalProperties: false,
  required: ["name"],
  properties: {
    name,
    scopes: { type: "array", minItems: 1, uniqueItems: true, items: { enum: companyScopes } },
    user_id: { type: "string", description: "The person the key acts for." },
  },
};
export const parseKey = requestParser<{ name: string; scopes?: Scope[]; user_id?: string }>(keySchema);
