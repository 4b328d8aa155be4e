import type { Context } from "../context.ts";
import { invalid } from "../errors.ts";
import { addApp } from "./add-app.ts";
import { appPresets } from "./app-presets.ts";
import type { NewAppRequest } from "./operator-requests.ts";

/** Registers an app for the operator, with what the platform's preset knows. Throws a 422 that says what is missing. */
export function registerApp(ctx: Pick<Context, "db" | "clock" | "catalogue">, wanted: NewAppRequest): ReturnType<typeof addApp> {
  const preset = wanted.platform ? appPresets[wanted.platform] : undefined;
  const product = wanted.product ?? null;
  if (product !== null && !ctx.catalogue.has(product))
    throw invalid([{ field: "product", message: `must be one of ${[...ctx.catalogue.keys()].join(", ")}, or null` }]);
  const name = wanted.name ?? preset?.name;
  if (!name) throw invalid([{ field: "name", message: "is missing; give it, or a platform that has one" }]);
  const redirectUris = wanted.redirect_uris ?? preset?.redirectUris ?? [];
  const unfinished = redirectUris.find((uri) => uri.includes("{"));
  if (unfinished)
    throw invalid([
      { field: "redirect_uris", message: `is needed: the address is ${unfinished}, with a part of your own. ${preset?.note ?? ""}`.trim() },
    ]);
  return addApp(ctx, {
    product,
    name,
    icon: wanted.icon ?? null,
    homepage: wanted.homepage ?? preset?.homepage ?? null,
    platform: wanted.platform ?? null,
    verified: true,
    redirectUris,
    kind: wanted.kind ?? preset?.kind ?? "confidential",
    pkce: wanted.pkce ?? preset?.pkce ?? "required",
  });
}
