import { addKey, operatorProduct } from "../../server/accounts/add-key.ts";
import type { SampleCompany } from "./sample-company.ts";

/** Every page of Settings and the operator's by a short name, of the sample company. */
export async function pagesOf({ app, hooks, install }: SampleCompany): Promise<Record<string, string>> {
  const failing = (await app.api.deliveries(hooks.billing)).find(({ status }) => status === "pending" || status === "failed")?.id;
  const [delivered] = await app.api.deliveries(hooks.warehouse);
  const [newest] = await app.api.deliveries(hooks.billing);
  const event = newest.event_id;
  return {
    list: "/settings/webhooks",
    new: "/settings/webhooks/new?event=deal.won",
    edit: `/settings/webhooks/${hooks.bot}/edit`,
    webhook: `/settings/webhooks/${hooks.billing}`,
    paused: `/settings/webhooks/${hooks.bot}?chart=7d`,
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
    gone: "/settings/webhooks/hook_none",
    operator: "/operator",
    operatorApps: "/operator/apps",
    companies: "/operator/companies",
  };
}

export async function operatorKey({ app }: SampleCompany): Promise<string> {
  return (await addKey(app.hookline.ctx, { product: operatorProduct, name: "Browser tests" })).key;
}
