import { createRequire } from "node:module";
import { join } from "node:path";
import type { Json } from "../../../helpers/test-app.ts";

/**
 * A process that runs one Zapier app, as Zapier does: zapier-platform-core ends its process where it finds too much memory
 * in use, which counts whatever else is loaded there. Answers `{id, path, bundle}` with `{id, result}` or `{id, error}`.
 */
const [, , folder = ""] = process.argv;
const require = createRequire(join(folder, "index.js"));
const core = require("zapier-platform-core") as Json;
const app = require("./index.js") as Json;
const run = core.createAppTester(app);
const handler = require("zapier-platform-core/src/tools/create-lambda-handler")(app);

process.on("message", async ({ id, path, bundle, env }: Json) => {
  try {
    Object.assign(process.env, env);
    const result =
      path === "definition"
        ? JSON.parse(
            JSON.stringify({ authentication: app.authentication, triggers: app.triggers }, (_key, value) =>
              typeof value === "function" ? "function" : value,
            ),
          )
        : path === "validate"
          ? (await handler({ command: "validate" })).results
          : await run(
              path.split(".").reduce((value: Json, part: string) => value[part], app),
              bundle,
            );
    process.send?.({ id, result });
  } catch (error) {
    process.send?.({ id, error: (error as Error).message });
  }
});
process.on("disconnect", () => process.exit(0));
