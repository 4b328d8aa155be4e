import { hash } from "@node-rs/argon2";

/** The package's `Algorithm.Argon2id`, which is a const enum and so can't be imported here. */
const argon2id = 2;

/** argon2id with OWASP's first recommendation: 19 MiB, 2 passes, 1 lane. */
export function hashPassword(password: string): Promise<string> {
  return hash(password, { algorithm: argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 });
}
