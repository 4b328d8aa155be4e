import type { ProductRules } from "../../../schemas/product.ts";

/** In single quotes nothing means anything to a shell but the quote itself. */
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

const own = new Set(["webhook-signature", "webhook-timestamp", "content-length"]);

/**
 * The request as a shell command. Signatures are made anew from `$WEBHOOK_SECRET` at the time it runs, since receivers
 * refuse old ones; the secret itself is never in it.
 */
export function curlCommand(
  { url, headers, body }: { url: string; headers: Record<string, string>; body: string },
  { signature }: Pick<ProductRules, "signature">,
): string {
  const signed = Object.keys(headers).some((name) => name.toLowerCase() === "webhook-signature");
  const kept = Object.entries(headers).filter(
    ([name]) =>
      !own.has(name.toLowerCase()) &&
      name.toLowerCase() !== signature.header.toLowerCase() &&
      name.toLowerCase() !== signature.previous_header.toLowerCase(),
  );
  const id = headers["webhook-id"] ?? "";
  const lines = [`body=${shellQuote(body)}`, `at=$(date +%s)`];
  if (signed)
    lines.push(
      `# WEBHOOK_SECRET is the webhook's signing secret: export WEBHOOK_SECRET=...`,
      `hex() { od -An -vtx1 | tr -d ' \\n'; }`,
      `case $WEBHOOK_SECRET in whsec_*) key=$(printf %s "\${WEBHOOK_SECRET#whsec_}" | openssl base64 -d -A | hex);; *) key=$(printf %s "$WEBHOOK_SECRET" | hex);; esac`,
      `raw=$(printf %s "$WEBHOOK_SECRET" | hex)`,
      `plain=$(printf %s "$body" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$raw" -binary | hex)`,
      `standard=$(printf '%s.%s.%s' ${shellQuote(id)} "$at" "$body" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | openssl base64 -A)`,
    );
  const options = [
    ...kept.map(([name, value]) => `-H ${shellQuote(`${name}: ${value}`)}`),
    `-H "webhook-timestamp: $at"`,
    ...(signed ? [`-H "webhook-signature: v1,$standard"`, `-H "${signature.header}: $plain"`] : []),
    `--data-binary "$body"`,
  ];
  lines.push(`curl -i -X POST ${shellQuote(url)} \\\n  ${options.join(" \\\n  ")}`);
  return `${lines.join("\n")}\n`;
}
