import type { UserRecord } from "../accounts/user.ts";
import type { Context } from "../context.ts";
import { AppError } from "../errors.ts";
import { sendMail } from "./send-mail.ts";

/** Sends a person their link by mail; false where no mail is configured. Throws 503 if the mail server refuses. */
export async function mailLink(
  { config, log }: Pick<Context, "config" | "log">,
  user: Pick<UserRecord, "_id" | "email" | "name">,
  purpose: "invitation" | "reset",
  url: string,
): Promise<boolean> {
  const invited = purpose === "invitation";
  try {
    return await sendMail(config, {
      to: user.email,
      subject: invited ? "You are invited" : "Choose a new password",
      text: `Hello ${user.name},\n\n${invited ? "choose a password to sign in" : "choose a new password"} here:\n${url}\n\nThe link works once${invited ? " and for a week" : " and for an hour"}. If you didn't expect it, ignore this mail.\n`,
    });
  } catch (error) {
    log.warn({ err: error, user: user._id }, "mail was refused");
    throw new AppError(503, "The mail server refused the mail; the reason is logged. Without send the link is in the answer.");
  }
}
