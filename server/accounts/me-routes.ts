import { Router } from "express";
import type { Context } from "../context.ts";
import { caller } from "../http/authenticate.ts";
import { companies } from "./company.ts";
import { users } from "./user.ts";

/** The connection test of every platform, and where its label comes from. */
export function meRoutes({ db }: Context): Router {
  const router = Router();

  router.get("/me", async (_req, res) => {
    const { id, name, company: companyId, user: userId, product, scopes } = caller(res);
    const [company, user] = await Promise.all([
      companyId ? companies(db).findById(companyId).lean() : null,
      userId ? users(db).findById(userId).lean() : null,
    ]);
    res.json({
      id: user?.externalId ?? id,
      email: user?.email ?? null,
      name: user?.name ?? name,
      company: company ? { id: company.externalId, name: company.name } : null,
      product,
      scopes,
    });
  });

  return router;
}
