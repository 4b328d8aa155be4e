import { type Request, type Response, Router } from "express";
import passport from "passport";
import { Strategy } from "passport-local";
import { type UserRecord, users } from "../../accounts/user.ts";
import { recordAudit } from "../../audit/audit.ts";
import type { Context } from "../../context.ts";
import { AppError } from "../../errors.ts";
import { csrfToken, endSession, requireCsrf, signedIn, startSession } from "../../people/session.ts";
import { signIn } from "../../people/sign-in.ts";
import { sameSite } from "../shell/addresses.ts";
import { form, send } from "../shell/page.tsx";
import { madeFor, readKept, sendGoOn } from "./kept-form.tsx";
import { SignInPage } from "./sign-in-page.tsx";

/** Signing in and out. Passport reads the form and asks; the session is ours, for several people may be one person. */
export function signInRoutes(ctx: Context): Router {
  const router = Router();
  const local = new Strategy({ usernameField: "email", passReqToCallback: true }, (req, email, password, done) => {
    signIn(ctx, { email, password, address: req.ip ?? "unknown" }).then((people) => done(null, people.length > 0 ? people : false), done);
  });
  const guard = new passport.Passport().use(local);
  const authenticate = (req: Request, res: Response): Promise<UserRecord[]> =>
    new Promise((resolve, reject) => {
      const decide = (error: unknown, people: UserRecord[] | false | undefined) => (error ? reject(error) : resolve(people || []));
      guard.authenticate("local", { session: false }, decide)(req, res, reject);
    });

  router.get("/sign-in", (req, res) => {
    send(res, <SignInPage csrf={csrfToken(req)} returnTo={sameSite(req.query.return_to)} />);
  });

  router.post("/sign-in", form, requireCsrf, async (req, res) => {
    const { email, password, return_to } = req.body as Record<string, unknown>;
    const returnTo = sameSite(return_to);
    const kept = readKept(req.body.kept);
    const show = (problem: string, status: number) => {
      res.status(status);
      const typed = typeof email === "string" ? email : "";
      send(res, <SignInPage csrf={csrfToken(req)} returnTo={returnTo} email={typed} problem={problem} kept={kept} />);
    };
    if (typeof email !== "string" || typeof password !== "string" || !email || !password) return show("Fill in both fields.", 422);
    try {
      const people = await authenticate(req, res);
      if (people.length === 0) return show("Email or password is wrong.", 401);
      await startSession(req, people);
      for (const user of people)
        await recordAudit(ctx, { company: user.company, actor: user._id, action: "user.signed_in", target: user._id, address: req.ip });
      if (kept && people.some(({ _id }) => _id === madeFor(kept))) return sendGoOn(req, res, kept);
      res.redirect(303, returnTo);
    } catch (error) {
      if (!(error instanceof AppError) || error.status !== 429) throw error;
      res.set(error.headers);
      show(error.message, 429);
    }
  });

  router.post("/sign-out", form, requireCsrf, async (req, res) => {
    if (req.body.everywhere === "yes") {
      for (const user of await signedIn(ctx, req)) await users(ctx.db).updateOne({ _id: user._id }, { $inc: { epoch: 1 } });
    }
    await endSession(req, res);
    res.redirect(303, "/sign-in");
  });

  return router;
}
