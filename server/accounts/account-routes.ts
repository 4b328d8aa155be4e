import { type RequestHandler, type Response, Router } from "express";
import { recordAudit } from "../audit/audit.ts";
import type { Context } from "../context.ts";
import { invalid, notFound } from "../errors.ts";
import { caller, requireScope } from "../http/authenticate.ts";
import { jsonBody } from "../http/json-body.ts";
import { presentPage, readPage, refuseUnknownParameters } from "../http/paging.ts";
import { parseCompany, parseKey, parseUser } from "./account-requests.ts";
import { addKey } from "./add-key.ts";
import { apiKeys, presentKey } from "./api-key.ts";
import { companies, companyKey, presentCompany } from "./company.ts";
import { putCompany } from "./put-company.ts";
import { putUser } from "./put-user.ts";
import { presentUser, users } from "./user.ts";

/** What the product's backend does for its tenants: companies, people and their keys. */
export function accountRoutes(ctx: Context): Router {
  const router = Router();
  const body = jsonBody(64 * 1024);
  const mayWrite = requireScope("companies:write");

  router.put("/companies/:id", mayWrite, checkId("id"), body, async (req, res) => {
    const { company, created } = await putCompany(ctx, caller(res).product, { id: String(req.params.id), ...parseCompany(req.body) });
    res.status(created ? 201 : 200).json(presentCompany(company));
  });

  router.get("/companies/:id", mayWrite, async (req, res) => {
    const company = await companies(ctx.db)
      .findById(companyKey(caller(res).product, String(req.params.id)))
      .lean();
    if (!company) throw notFound(`Company "${req.params.id}"`);
    res.json(presentCompany(company));
  });

  router.put("/companies/:id/users/:user", mayWrite, checkId("id"), checkId("user"), body, async (req, res) => {
    const input = { id: String(req.params.user), ...parseUser(req.body) };
    const { user, created } = await putUser(ctx, caller(res).product, String(req.params.id), input);
    await audit(res, user.company, created ? "user.created" : "user.changed", user._id);
    res.status(created ? 201 : 200).json(presentUser(user));
  });

  router.post("/companies/:id/keys", mayWrite, body, async (req, res) => {
    const { product } = caller(res);
    const company = companyKey(product, String(req.params.id));
    const { name: label, scopes, user_id } = parseKey(req.body);
    if (!(await companies(ctx.db).exists({ _id: company }))) throw notFound(`Company "${req.params.id}"`);
    const user = user_id === undefined ? undefined : `${company}/${user_id}`;
    if (user && !(await users(ctx.db).exists({ _id: user })))
      throw invalid([{ field: "user_id", message: `the company has no user "${user_id}"` }]);
    const { record, key } = await addKey(ctx, { product, company, user, name: label, scopes });
    await audit(res, company, "key.created", record._id);
    res.status(201).json({ ...presentKey(record), key });
  });

  router.get("/companies/:id/keys", mayWrite, async (req, res) => {
    refuseUnknownParameters(req.query, ["limit", "cursor"]);
    const page = readPage(req.query);
    const { product } = caller(res);
    const found = await apiKeys(ctx.db)
      .find({ product, company: companyKey(product, String(req.params.id)), ...(page.after ? { _id: { $lt: page.after } } : {}) })
      .sort({ _id: -1 })
      .limit(page.limit + 1)
      .lean();
    res.json(presentPage(found, page, presentKey));
  });

  router.delete("/companies/:id/keys/:key", mayWrite, async (req, res) => {
    const { product } = caller(res);
    const filter = { _id: String(req.params.key), product, company: companyKey(product, String(req.params.id)) };
    const found = await apiKeys(ctx.db)
      .findOneAndUpdate(filter, { $min: { revokedAt: ctx.clock.now() } })
      .lean();
    if (!found) throw notFound(`Key "${req.params.key}"`);
    await audit(res, filter.company, "key.revoked", found._id);
    res.json({});
  });

  return router;

  function audit(res: Response, company: string, action: string, target: string): Promise<void> {
    const { id, address } = caller(res);
    return recordAudit(ctx, { company, actor: id, action, target, address });
  }
}

/** Ids come from the product; they must stand in URLs, keys and logs without being mistaken for anything else. */
function checkId(parameter: string): RequestHandler {
  return (req, _res, next) => {
    if (!/^[A-Za-z0-9][A-Za-z0-9_.:@-]{0,127}$/.test(String(req.params[parameter]))) {
      throw invalid([
        { field: parameter, message: "an id in the path has 1 to 128 letters, digits, or _ . : @ - and begins with a letter or digit" },
      ]);
    }
    next();
  };
}
