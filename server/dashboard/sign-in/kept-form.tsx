import type { Request, RequestHandler, Response } from "express";
import { csrfHolds, csrfToken } from "../../people/session.ts";
import { home } from "../shell/addresses.ts";
import { Csrf, Layout, renderPage } from "../shell/layout.tsx";
import { unframed } from "../shell/policy.ts";
import { findViewer, isFragment, type ViewingParts } from "../shell/viewer.ts";
import { SignInPage } from "./sign-in-page.tsx";

/** A form that came after its session had ended. It goes on in the browser's hands, as hidden fields: the store never has it. */
export type KeptForm = { action: string; fields: [name: string, value: string][] };

const largest = 64 * 1024;

/**
 * Lets nothing typed be lost when the session ended meanwhile, or a new one began in another tab: the form is kept through
 * the sign-in, and a person then sends it again. Only for forms that the browser says come from our own pages; anybody
 * else's would be offered for confirmation as if the person had typed it.
 */
export function keepLateForm(ctx: ViewingParts): RequestHandler {
  return async (req, res, next) => {
    if (csrfHolds(req) || req.get("sec-fetch-site") !== "same-origin" || req.get("sec-fetch-dest") === "iframe" || isFragment(req))
      return next();
    const kept = keptOf(req);
    if (!kept) return next();
    if (await findViewer(ctx, req)) return sendGoOn(req, res.status(403), kept);
    unframed(res);
    const page = (
      <SignInPage
        csrf={csrfToken(req)}
        returnTo={home}
        kept={kept}
        problem="Your session had ended. Nothing was saved yet; what you typed is kept until you have signed in."
      />
    );
    res.status(401).type("html").send(renderPage(page));
  };
}

function keptOf({ originalUrl, body }: Request): KeptForm | undefined {
  const fields = Object.entries(body as Record<string, unknown>).flatMap(([name, value]) =>
    name === "csrf" ? [] : [value].flat().map((one): [string, string] => [name, String(one)]),
  );
  const kept = { action: originalUrl, fields };
  return JSON.stringify(kept).length <= largest ? kept : undefined;
}

/** What the sign-in form carried along; undefined for anything that isn't a form of Settings. */
export function readKept(text: unknown): KeptForm | undefined {
  if (typeof text !== "string" || !text || text.length > largest) return undefined;
  try {
    const { action, fields } = JSON.parse(text) as KeptForm;
    const isPair = (one: unknown) => Array.isArray(one) && one.length === 2 && one.every((part) => typeof part === "string");
    return /^\/settings\/[\x21-\x7e]*$/.test(action) && Array.isArray(fields) && fields.every(isPair) ? { action, fields } : undefined;
  } catch {
    return undefined;
  }
}

/** The person that the form was made for; another one's company shall not get what was meant for this. */
export function madeFor({ fields }: KeptForm): string | undefined {
  return fields.find(([name]) => name === "as")?.[1];
}

export function sendGoOn(req: Request, res: Response, kept: KeptForm): void {
  unframed(res);
  res.type("html").send(renderPage(<GoOnPage csrf={csrfToken(req)} kept={kept} />));
}

function GoOnPage({ csrf, kept: { action, fields } }: { csrf: string; kept: KeptForm }) {
  // A form that can be drawn again is looked over before it is saved.
  const drawn = fields.map(([name, value]): [string, string] => [name, name === "intent" && value === "save" ? "refresh" : value]);
  const lookedOver = drawn.some(([name]) => name === "intent");
  return (
    <Layout title="What you typed is kept">
      <div class="card">
        <h1>What you typed is kept</h1>
        <p>
          Your session had ended or changed when you sent it, so nothing has been done yet.{" "}
          {lookedOver ? "Go on, look it over, and save it." : "Go on to do it now."}
        </p>
        <form method="post" action={action}>
          <Csrf token={csrf} />
          {drawn.map(([name, value], i) => (
            <input type="hidden" name={name} value={value} key={i} />
          ))}
          <div class="actions">
            <button type="submit">Go on</button>
            <a class="button plain" href={home}>
              Leave it
            </a>
          </div>
        </form>
      </div>
    </Layout>
  );
}
