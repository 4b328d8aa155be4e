import { Router } from "express";
import type { Context } from "../context.ts";

const pingWithinMs = 2_000;

/** `/healthz`: the process answers. `/readyz`: it can do its part, or says what it is missing. */
export function healthRoutes({ db, engine, config }: Context): Router {
  const router = Router();

  router.get("/healthz", (_req, res) => {
    res.json({ status: "ok" });
  });

  router.get("/readyz", async (_req, res) => {
    const store = await db.db?.command({ ping: 1, maxTimeMS: pingWithinMs }).then(
      () => "ok" as const,
      (error: Error) => error.message,
    );
    const state = engine.state;
    // Lanes that another process has are as good as our own; with none of our own while we are alone, nothing is sent.
    const others = config.role === "api" ? state.senders > 0 : state.senders > 1;
    const lanes =
      state.lanes > 0 || others
        ? "ok"
        : config.role === "api"
          ? "no process sends at present; what is accepted waits for one (npm run worker)"
          : "no lane is owned yet";
    // Who only takes requests can do so all the same: nothing that was accepted is lost.
    const ready = store === "ok" && (lanes === "ok" || config.role === "api");
    res.status(ready ? 200 : 503).json({
      status: ready ? "ok" : "not ready",
      store,
      lanes,
      lanes_owned: state.lanes,
      workers: state.workers,
      under_way: state.under_way,
      waiting: state.waiting,
    });
  });

  return router;
}
