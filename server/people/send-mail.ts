import { createTransport } from "nodemailer";
import type { Config } from "../config.ts";

/** Sends a text by SMTP_URL; false where no mail is configured. Throws if the mail server refuses. */
export async function sendMail(
  { smtpUrl, mailFrom }: Pick<Config, "smtpUrl" | "mailFrom">,
  { to, subject, text }: { to: string; subject: string; text: string },
): Promise<boolean> {
  if (!smtpUrl || !mailFrom) return false;
  await createTransport(smtpUrl).sendMail({ from: mailFrom, to, subject, text });
  return true;
}
