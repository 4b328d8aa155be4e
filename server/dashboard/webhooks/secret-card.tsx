import { CopyButton } from "../shell/copy-button.tsx";
import { Code } from "../shell/json-view.tsx";
import { useViewer } from "../shell/viewer.ts";
import { verificationCode } from "./verification-code.ts";

/** A secret on the one page that shows it. */
export function SecretCard({ secret }: { secret: string }) {
  return (
    <section class="notice wait" aria-label="Signing secret">
      <p>
        <strong>Keep this signing secret now: it is shown this once.</strong> Put it into your endpoint’s settings as{" "}
        <code>WEBHOOK_SECRET</code>.
      </p>
      <p class="secret">
        <code id="secret-shown">{secret}</code>
        <CopyButton label="Copy the secret" text={secret} wide />
      </p>
    </section>
  );
}

/** How a receiver checks signatures, ready to copy. */
export function VerificationCard() {
  const { product } = useViewer();
  return (
    <section class="languages" aria-label="Checking the signature">
      <p class="small">
        <code>{product.signature.header}</code> is the lower-case hex HMAC-SHA256 of the request’s raw bytes, keyed with the secret. Compare
        it before you parse the body. Requests also carry the Standard Webhooks headers, for which there are libraries.
      </p>
      {verificationCode(product.signature.header).map(({ id, language, code }) => (
        <details key={id} name="language">
          <summary>{language}</summary>
          <CopyButton label={`Copy for ${language}`} from={`code-${id}`} wide />
          <Code id={`code-${id}`} label={`Check the signature in ${language}`}>
            {code}
          </Code>
        </details>
      ))}
    </section>
  );
}
