import { createRequire } from "node:module";
import { dirname } from "node:path";
import express, { Router } from "express";
import type { Context } from "../context.ts";
import { describeApi } from "./describe-api.ts";

/** swagger-ui puts style attributes and data: images into the page; scripts come from our own origin only. */
const docsPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Hookline API</title>
<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<noscript>This page needs JavaScript; <a href="/openapi.json">the description itself</a> does not.</noscript>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;
const start =
  'SwaggerUIBundle({ url: "/openapi.json", dom_id: "#docs", deepLinking: true, persistAuthorization: false, validatorUrl: null });\n';

/** `/openapi.json`, and `/docs` which renders it. */
export function descriptionRoutes({ catalogue, config }: Pick<Context, "catalogue" | "config">): Router {
  const router = Router();
  const assets = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
  let description: object | undefined;

  router.get("/openapi.json", (_req, res) => {
    description ??= describeApi(catalogue, config.publicUrl);
    res.json(description);
  });
  router.get("/docs", (_req, res) => {
    res.set("content-security-policy", docsPolicy).type("html").send(page);
  });
  router.get("/docs/start.js", (_req, res) => {
    res.type("js").send(start);
  });
  for (const name of ["swagger-ui.css", "swagger-ui-bundle.js"]) {
    router.use(`/docs/assets/${name}`, express.static(`${assets}/${name}`, { maxAge: "1h", index: false }));
  }
  return router;
}
