import { addKey, operatorProduct } from "../../server/accounts/add-key.ts";
import { apiKeys } from "../../server/accounts/api-key.ts";
import { companyKey } from "../../server/accounts/company.ts";
import { startReplay } from "../../server/deliveries/start-replay.ts";
import { hooks as hooksOf } from "../../server/hooks/hook.ts";
import { makeLink } from "../../server/people/one-time-link.ts";
import { authorizePath, newClient } from "../helpers/oauth-app.ts";
import type { SampleCompany } from "./sample-company.ts";

/** Every page of Settings and the operator's by a short name, of the sample company. */
export async function pagesOf({ app, hooks, install }: SampleCompany): Promise<Record<string, string>> {
  const failing = (await app.api.deliveries(hooks.billing)).find(({ status }) => status === "pending" || status === "failed")?.id;
  const [delivered] = await app.api.deliveries(hooks.warehouse);
  const [newest] = await app.api.deliveries(hooks.billing);
  const event = newest.event_id;
  const { ctx } = app.hookline;
  const warehouse = await hooksOf(ctx.db).findById(hooks.warehouse).lean().orFail();
  const { batch } = await startReplay(ctx, warehouse, { since: ctx.clock.now(), only: "missing" });
  const key = await apiKeys(ctx.db).findOne({ name: "Acme key" }).hint({ $natural: 1 }).lean();
  const quiet = await app.api.subscribe({ name: "New one", target_url: app.receiver.url, event: "company.created" });
  const client = await newClient(app, { name: "Make", platform: "make" });
  const invitation = await makeLink(ctx, "invitation", companyKey(app.product, "acme/bo"), "/settings/webhooks");
  return {
    list: "/settings/webhooks",
    new: "/settings/webhooks/new?event=deal.won",
    edit: `/settings/webhooks/${hooks.bot}/edit`,
    webhook: `/settings/webhooks/${hooks.billing}`,
    paused: `/settings/webhooks/${hooks.bot}?chart=7d`,
    withheld: `/settings/webhooks/${hooks.bot}?view=waiting`,
    delete: `/settings/webhooks/${hooks.billing}/delete`,
    rotate: `/settings/webhooks/${hooks.billing}/rotate`,
    replay: `/settings/webhooks/${hooks.warehouse}/replay`,
    drop: `/settings/webhooks/${hooks.bot}/drop`,
    deliveries: "/settings/deliveries",
    attention: "/settings/deliveries?view=attention",
    nothing: "/settings/deliveries?q=nothing+like+it&when=custom",
    delivery: `/settings/deliveries/${failing}`,
    delivered: `/settings/deliveries/${delivered.id}`,
    repeat: "/settings/repeat?view=attention",
    events: "/settings/events",
    event: `/settings/events/${event}`,
    why: `/settings/why?hook=${hooks.bot}&event=${event}`,
    notReceived: "/settings/why?event=none",
    catalogue: "/settings/catalogue",
    type: "/settings/catalogue/deal.won",
    apps: "/settings/apps",
    disconnect: `/settings/apps/${install}/disconnect`,
    keys: "/settings/keys",
    people: "/settings/people",
    remove: "/settings/people/bo/remove",
    audit: "/settings/audit",
    zone: "/settings/time-zone",
    batch: `/settings/batches/${batch}`,
    keyRevoke: `/settings/keys/${key?._id}/revoke`,
    empty: `/settings/webhooks/${quiet.id}`,
    consent: authorizePath(client),
    invitation: new URL(invitation.url).pathname,
    linkSpent: "/links/unknown",
    operatorSignIn: "/operator/sign-in",
    signIn: "/sign-in",
    gone: "/settings/webhooks/hook_none",
    operator: "/operator",
    operatorApps: "/operator/apps",
    companies: "/operator/companies",
  };
}

export async function operatorKey({ app }: SampleCompany): Promise<string> {
  return (await addKey(app.hookline.ctx, { product: operatorProduct, name: "Browser tests" })).key;
}
