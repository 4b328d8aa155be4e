import { type Request, type Response, Router } from "express";
import type { Context } from "../../context.ts";
import { home, sameSite } from "./addresses.ts";
import { Form, PageTitle, Settings } from "./layout.tsx";
import { field, formOfViewers, forViewers, send } from "./page.tsx";
import { checkedZone, flash, viewerOf } from "./viewer.ts";

const yearMs = 365 * 24 * 3_600_000;

/** What people choose for themselves: the company they look at, and their time zone. */
export function preferenceRoutes(ctx: Context): Router {
  const router = Router();

  // The form names the company's person (`as`), which has become the current one by now.
  router.post("/settings/company", formOfViewers(ctx), (_req: Request, res: Response) => res.redirect(303, home));

  router.get("/settings/time-zone", forViewers(ctx), (req, res) => {
    const viewer = viewerOf(res);
    const back = sameSite(field(req.query, "back") || new URL(req.get("referer") ?? home, "https://here.invalid").pathname);
    const zones = Intl.supportedValuesOf("timeZone");
    send(
      res,
      <Settings viewer={viewer} title="Time zone" section="webhooks">
        <PageTitle title="Time zone" lead="Times on these pages, and the filters by time, are in this zone." />
        <div class="card">
          <Form action="/settings/time-zone">
            <input type="hidden" name="back" value={back} />
            <div class="field">
              <label for="zone">Time zone</label>
              <select id="zone" name="zone">
                {["UTC", ...zones.filter((zone) => zone !== "UTC")].map((zone) => (
                  <option key={zone} value={zone} selected={zone === viewer.zone}>
                    {zone.replaceAll("_", " ")}
                  </option>
                ))}
              </select>
            </div>
            <div class="actions">
              <button type="submit">Save</button>
              <a class="button plain" href={back}>
                Cancel
              </a>
            </div>
          </Form>
        </div>
      </Settings>,
    );
  });

  router.post("/settings/time-zone", formOfViewers(ctx), (req: Request, res: Response) => {
    const zone = checkedZone(field(req.body, "zone"));
    const secure = ctx.config.publicUrl.startsWith("https:");
    const apart = secure && viewerOf(res).embedded ? ({ sameSite: "none", partitioned: true } as const) : ({ sameSite: "lax" } as const);
    if (zone) res.cookie("tz", zone, { path: "/", maxAge: yearMs, secure, ...apart });
    flash(req, zone ? `Times are in ${zone} now.` : "There is no such time zone.", zone ? "ok" : "bad");
    res.redirect(303, sameSite(req.body.back));
  });

  return router;
}
