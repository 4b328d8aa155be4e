import { type Request, type Response, Router } from "express";
import type { Context } from "../../context.ts";
import { AppError, type FieldError } from "../../errors.ts";
import { changeHook } from "../../hooks/change-hook.ts";
import { parseFilter } from "../../hooks/filter.ts";
import { type HookRecord, hookFingerprint } from "../../hooks/hook.ts";
import { parseNewHook } from "../../hooks/new-hook.ts";
import { subscribe } from "../../hooks/subscribe.ts";
import { countAttempt } from "../../people/throttle.ts";
import { renderPage } from "../shell/layout.tsx";
import { field, formOfViewers, forViewers, send } from "../shell/page.tsx";
import { showOnce } from "../shell/shown-once.ts";
import { callerOf, flash, isFragment, viewerOf } from "../shell/viewer.ts";
import { countMatches } from "./count-matches.ts";
import { draftFilter, draftOf, emptyDraft, type HookDraft, readDraft, typesOf } from "./hook-draft.ts";
import { auditHook, ownHook } from "./own-hook.ts";
import { reachUrl, reportUrl } from "./report-url.ts";
import { sendTest } from "./send-test.ts";
import { type FormData, UrlSays, WebhookForm } from "./webhook-form.tsx";

const mostReached = 30;
const reachedWindowMs = 60_000;

/** The form of a webhook: drawn, drawn again with what was typed, and saved. */
export function webhookFormPages(ctx: Context): Router {
  const router = Router();
  const see = forViewers(ctx);
  const act = formOfViewers(ctx);

  router.get("/settings/check-url", see, async (req, res) => {
    const url = field(req.query, "url");
    res.type("html").send(url ? renderPage(<UrlSays report={await reportUrl(ctx, viewerOf(res).product, url)} />) : "");
  });

  router.get("/settings/webhooks/new", see, async (req, res) => {
    const viewer = viewerOf(res);
    const wanted = field(req.query, "event");
    await show(res, { draft: emptyDraft(viewer.product.eventTypes.has(wanted) ? [wanted] : []), problems: [] });
  });

  router.post("/settings/webhooks/new", act, async (req: Request, res: Response) => {
    const { draft, intent } = readDraft(req.body);
    if (intent !== "save") return redraw(res, draft, intent);
    const viewer = viewerOf(res);
    const { filter, problems } = draftFilter(draft, viewer.product);
    const secret = { made: true, own: draft.secret, none: null }[draft.secretKind];
    try {
      const wanted = gather(problems, () =>
        parseNewHook(
          { target_url: draft.targetUrl, events: draft.events, name: draft.name.trim() || null, secret, filter },
          viewer.product,
          new Set(ctx.profiles.keys()),
        ),
      );
      const { hook, created, newSecret } = await subscribe(ctx, callerOf(res), viewer.product, wanted);
      if (!created) {
        flash(req, "There is a webhook with this URL, these events and this filter already. Here it is.", "wait");
        return res.redirect(303, `/settings/webhooks/${hook._id}`);
      }
      await auditHook(ctx, res, "hook.created", hook, { events: hook.events });
      if (newSecret) showOnce(ctx, req, hook._id, newSecret);
      const test = await sendTest(ctx, viewer.product, hook);
      flash(req, "Webhook added.");
      res.redirect(303, `/settings/webhooks/${hook._id}${test ? `?test=${test}` : ""}`);
    } catch (error) {
      await show(res, { draft, problems: await allProblems(res, draft, [...problems, ...problemsOf(error)]) }, 422);
    }
  });

  router.get("/settings/webhooks/:hook/edit", see, async (req, res) => {
    const hook = await ownHook(ctx, req, res, "write");
    await show(res, { id: hook._id, draft: draftOf(hook), problems: [] });
  });

  router.post("/settings/webhooks/:hook/edit", act, async (req: Request, res: Response) => {
    const hook = await ownHook(ctx, req, res, "write");
    const { draft, intent } = readDraft(req.body);
    if (intent !== "save") return redraw(res, draft, intent, hook._id);
    const { product, user } = viewerOf(res);
    const { filter, problems } = draftFilter(draft, product);
    try {
      const changes = gather(problems, () => {
        if (draft.events.length === 0) throw new AppError(422, "", { fields: [{ field: "events", message: "choose at least one" }] });
        if (!draft.name.trim() && product.hook.name === "required")
          throw new AppError(422, "", { fields: [{ field: "name", message: `is missing; ${product.name} asks for a recognisable name` }] });
        return { target_url: draft.targetUrl, events: draft.events, name: draft.name.trim() || null, filter };
      });
      const { hook: changed, warnings } = await changeHook(ctx, product, hook, changes, user._id);
      await auditHook(ctx, res, "hook.changed", changed, { fields: Object.keys(changes) });
      flash(req, ["Saved.", ...warnings].join(" "), warnings.length > 0 ? "wait" : "ok");
      // Another name changes nothing about what arrives.
      const test = changed.status === "active" && sendsOtherwise(hook, changed) ? await sendTest(ctx, product, changed) : undefined;
      res.redirect(303, `/settings/webhooks/${hook._id}${test ? `?test=${test}` : ""}`);
    } catch (error) {
      await show(res, { id: hook._id, draft, problems: await allProblems(res, draft, [...problems, ...problemsOf(error)]) }, 422);
    }
  });

  return router;

  /** Saving stops at the first kind of mistake; people want to hear of all of them at once. */
  async function allProblems(res: Response, draft: HookDraft, known: FieldError[]): Promise<FieldError[]> {
    const { product } = viewerOf(res);
    const problems = [...known];
    if (!problems.some(({ field: name }) => name === "target_url") && draft.targetUrl) {
      const report = await reportUrl(ctx, product, draft.targetUrl);
      if (report.tone === "bad") problems.push(...report.says.map((message) => ({ field: "target_url", message })));
    }
    const { filter, problems: inRows } = draftFilter(draft, product);
    if (inRows.length === 0 && !problems.some(({ field: name }) => name.startsWith("filter"))) {
      try {
        parseFilter(filter, typesOf(draft.events, product));
      } catch (error) {
        problems.push(...problemsOf(error));
      }
    }
    return problems;
  }

  async function redraw(res: Response, draft: HookDraft, intent: string, id?: string): Promise<void> {
    // Each is a request to somewhere else, so nobody shall make thousands of them.
    if (intent === "check") await countAttempt(ctx, `reach/${viewerOf(res).user._id}`, mostReached, reachedWindowMs);
    const url = intent === "check" && draft.targetUrl ? await reachUrl(ctx, viewerOf(res).product, draft.targetUrl) : undefined;
    await show(res, { id, draft, problems: [], url });
  }

  /** The form with what follows from what is in it: how many recent events would match. */
  async function show(res: Response, data: FormData, status = 200): Promise<void> {
    const viewer = viewerOf(res);
    const types = typesOf(data.draft.events, viewer.product);
    const matches = types.length > 0 ? await matchesOf(res, data.draft) : undefined;
    send(res, <WebhookForm viewer={viewer} data={{ ...data, matches }} />, status === 422 && isFragment(res.req) ? 200 : status);
  }

  async function matchesOf(res: Response, draft: HookDraft): Promise<FormData["matches"]> {
    const { product, company } = viewerOf(res);
    const types = typesOf(draft.events, product);
    const { filter, problems } = draftFilter(draft, product);
    if (problems.length > 0) return undefined;
    try {
      return await countMatches(ctx.db, company._id, types, parseFilter(filter, types));
    } catch (error) {
      if (error instanceof AppError) return undefined;
      throw error;
    }
  }
}

function sendsOtherwise(before: HookRecord, after: HookRecord): boolean {
  return hookFingerprint(before) !== hookFingerprint(after);
}

/** Lets all mistakes be told at once: those found before, and those that this finds. */
function gather<T>(problems: FieldError[], parse: () => T): T {
  const parsed = parse();
  if (problems.length > 0) throw new AppError(422, "", { fields: [] });
  return parsed;
}

function problemsOf(error: unknown): FieldError[] {
  if (!(error instanceof AppError)) throw error;
  if (error.status === 409) return [{ field: "target_url", message: error.message }];
  const fields = error.fields.map(({ field: name, message }) => ({
    field: name === "event" || name.startsWith("events") ? "events" : name,
    message,
  }));
  return fields.map(({ field: name, message }) => ({
    field: name,
    message:
      name === "events" && /missing|fewer than/.test(message)
        ? "choose at least one"
        : name === "target_url" && /fewer than/.test(message)
          ? "is missing"
          : message,
  }));
}
