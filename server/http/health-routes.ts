import { Router } from "express";
import type { Context } from "../context.ts";

const pingWithinMs = 2_000;

/** `/healthz`: the process answers. `/readyz`: it can take events and send, or says what it is missing. */
export function healthRoutes({ db, engine, catalogue, config }: Context): Router {
  const router = Router();

  router.get("/", (req, res) => {
    // A person is looking for the pages, a program for the API.
    if (req.accepts(["json", "html"]) === "html") return res.redirect(303, "/settings/webhooks");
    res.json({ name: "Hookline", api: `${config.publicUrl}/v1`, products: [...catalogue.values()].map(({ id, name }) => ({ id, name })) });
  });

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
    const lanes = state.lanes > 0 || state.workers > 1 ? "ok" : "no lane is owned yet";
    const ready = store === "ok" && lanes === "ok";
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
