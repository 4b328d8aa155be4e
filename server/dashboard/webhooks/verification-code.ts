/** How a receiver checks the signature, in each language with nothing but its standard library. `HEADER` is the product's. */
const snippets: { id: string; language: string; code: string }[] = [
  {
    id: "python",
    language: "Python",
    code: `import hashlib, hmac, os

def is_genuine(raw_body: bytes, signature: str) -> bool:
    """raw_body: the request's bytes, before parsing. signature: the header HEADER."""
    secret = os.environ["WEBHOOK_SECRET"].encode()
    expected = hmac.new(secret, raw_body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, signature or "")
`,
  },
  {
    id: "node",
    language: "Node.js",
    code: `import { createHmac, timingSafeEqual } from "node:crypto";

/** rawBody: the request's bytes (a Buffer), before parsing. signature: the header HEADER. */
export function isGenuine(rawBody, signature) {
  const expected = createHmac("sha256", process.env.WEBHOOK_SECRET).update(rawBody).digest("hex");
  const given = Buffer.from(signature ?? "");
  return given.length === expected.length && timingSafeEqual(given, Buffer.from(expected));
}
`,
  },
  {
    id: "php",
    language: "PHP",
    code: `<?php
// $rawBody: file_get_contents('php://input'), before parsing. $signature: the header HEADER.
function is_genuine(string $rawBody, ?string $signature): bool {
    $expected = hash_hmac('sha256', $rawBody, getenv('WEBHOOK_SECRET'));
    return hash_equals($expected, $signature ?? '');
}
`,
  },
  {
    id: "ruby",
    language: "Ruby",
    code: `require "openssl"

# raw_body: request.body.read, before parsing. signature: the header HEADER.
def genuine?(raw_body, signature)
  expected = OpenSSL::HMAC.hexdigest("SHA256", ENV.fetch("WEBHOOK_SECRET"), raw_body)
  OpenSSL.secure_compare(expected, signature.to_s)
end
`,
  },
  {
    id: "go",
    language: "Go",
    code: `package webhooks

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"os"
)

// IsGenuine takes the request's bytes, before parsing, and the header HEADER.
func IsGenuine(rawBody []byte, signature string) bool {
	mac := hmac.New(sha256.New, []byte(os.Getenv("WEBHOOK_SECRET")))
	mac.Write(rawBody)
	expected := hex.EncodeToString(mac.Sum(nil))
	return hmac.Equal([]byte(expected), []byte(signature))
}
`,
  },
  {
    id: "java",
    language: "Java",
    code: `import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

public class Webhooks {
    /** rawBody: the request's bytes, before parsing. signature: the header HEADER. */
    public static boolean isGenuine(byte[] rawBody, String signature) throws GeneralSecurityException {
        byte[] secret = System.getenv("WEBHOOK_SECRET").getBytes(StandardCharsets.UTF_8);
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret, "HmacSHA256"));
        StringBuilder expected = new StringBuilder();
        for (byte b : mac.doFinal(rawBody)) expected.append(String.format("%02x", b));
        byte[] given = (signature == null ? "" : signature).getBytes(StandardCharsets.UTF_8);
        return MessageDigest.isEqual(expected.toString().getBytes(StandardCharsets.UTF_8), given);
    }
}
`,
  },
  {
    id: "csharp",
    language: "C#",
    code: `using System.Security.Cryptography;
using System.Text;

public static class Webhooks
{
    /// <summary>rawBody: the request's bytes, before parsing. signature: the header HEADER.</summary>
    public static bool IsGenuine(byte[] rawBody, string? signature)
    {
        var secret = Encoding.UTF8.GetBytes(Environment.GetEnvironmentVariable("WEBHOOK_SECRET")!);
        var expected = Convert.ToHexString(HMACSHA256.HashData(secret, rawBody)).ToLowerInvariant();
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(signature ?? ""));
    }
}
`,
  },
];

export function verificationCode(header: string): { id: string; language: string; code: string }[] {
  return snippets.map((snippet) => ({ ...snippet, code: snippet.code.replaceAll("HEADER", header) }));
}
