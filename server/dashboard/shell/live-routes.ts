import { Router } from "express";
import type { Context } from "../../context.ts";
import { signedIn } from "../../people/session.ts";
import { forViewers } from "./page.tsx";
import { viewerOf } from "./viewer.ts";

const heartbeatMs = 15_000;
const quietestMs = 3_000;
const mostStreams = 2_000;

/**
 * Server-sent events that say no more than "something changed": the page's script then asks for the page again and puts
 * its parts in place, so that there is one way to render a row. Where other processes send too, their changes are not
 * heard here, and the page is told to look every few seconds.
 */
export function liveRoutes(ctx: Context): Router {
  const router = Router();

  router.get("/settings/live", forViewers(ctx), (req, res) => {
    const { company, user } = viewerOf(res);
    if (ctx.engine.changes.listening >= mostStreams) return void res.status(503).set("Retry-After", "30").end();
    const { people } = req.session;
    // The stream outlives what happens to the session meanwhile, so it must not write it back when it ends.
    (req as { session?: unknown }).session = undefined;
    res.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no" });
    const say = () => void res.write("event: changed\ndata: 1\n\n");
    const stop = ctx.engine.changes.listen(company._id, say, () => end());
    // After listening has begun, so that nothing falls between the page and the stream.
    res.write(`retry: 2000\n\nevent: ready\ndata: ${ctx.engine.changes.version}\n\n`);
    const polling = setInterval(() => {
      if (ctx.engine.presence.count > 1) say();
    }, quietestMs);
    let calledOff = () => {};
    const beatLater = () => {
      calledOff = ctx.clock.after(heartbeatMs, () => void beat().then((goesOn) => (goesOn ? beatLater() : end()), end));
    };
    const end = () => {
      stop();
      clearInterval(polling);
      calledOff();
      res.end();
    };
    beatLater();
    res.on("close", end);

    /** Keeps the connection, and ends it once the person has signed out elsewhere or was removed. */
    async function beat(): Promise<boolean> {
      const still = await signedIn(ctx, { session: { people } });
      if (!still.some(({ _id }) => _id === user._id)) return false;
      return res.write(": here\n\n") || true;
    }
  });

  return router;
}
