import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from "node:crypto";

/** Encrypts hook secrets at rest: AES-256-GCM under a key derived from SECRET_KEY; `owner` binds a text to its record. */
export type SecretBox = { seal(secret: string, owner: string): string; open(sealed: string, owner: string): string };

export function newSecretBox(secretKey: string): SecretBox {
  const key = Buffer.from(hkdfSync("sha256", secretKey, "hookline", "hook secrets", 32));
  const keyId = createHash("sha256").update(key).digest("hex").slice(0, 8);
  return {
    seal(secret, owner) {
      const iv = randomBytes(12);
      const cipher = createCipheriv("aes-256-gcm", key, iv).setAAD(Buffer.from(owner));
      const content = Buffer.concat([cipher.update(secret, "utf8"), cipher.final(), cipher.getAuthTag()]);
      return ["v1", keyId, iv.toString("base64url"), content.toString("base64url")].join(".");
    },
    open(sealed, owner) {
      const [version, sealedUnder, iv = "", content = ""] = sealed.split(".");
      if (version !== "v1" || sealedUnder !== keyId) {
        throw new Error(
          `a hook secret is encrypted under key ${sealedUnder}, but SECRET_KEY gives key ${keyId}; start with the SECRET_KEY it was stored with`,
        );
      }
      const bytes = Buffer.from(content, "base64url");
      const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(iv, "base64url")).setAAD(Buffer.from(owner));
      decipher.setAuthTag(bytes.subarray(-16));
      return Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]).toString("utf8");
    },
  };
}
