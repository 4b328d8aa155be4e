import { randomBytes } from "node:crypto";

/** Crockford's base 32, lower case: its order is the order of the numbers. */
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

/** `hook_7f3k…`: a prefix that tells what it is, and 120 random bits. */
export function newId(prefix: string): string {
  return `${prefix}_${randomText(24)}`;
}

export function randomText(length: number): string {
  return Array.from(randomBytes(length), (byte) => alphabet[byte & 31]).join("");
}

/** Fixed-width and sortable. */
export function sortableNumber(value: number, width: number): string {
  let text = "";
  for (let rest = value; text.length < width; rest = Math.floor(rest / 32)) text = alphabet[rest % 32] + text;
  return text;
}
