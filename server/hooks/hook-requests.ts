import { deliveryStatuses } from "../deliveries/delivery.ts";
import { requestParser } from "../http/validate.ts";

/** Bodies of the calls on one hook; the API description is made from these very schemas. */
export const testSchema = {
  type: "object",
  additionalProperties: false,
  properties: { event: { type: "string", description: "One of the webhook's event types; its first, if absent." } },
};
export const parseTest = requestParser<{ event?: string }>(testSchema);

export const rotationSchema = {
  type: "object",
  additionalProperties: false,
  properties: { secret: { type: "string", minLength: 1, maxLength: 256, description: "A secret of your own; one is made, if absent." } },
};
export const parseRotation = requestParser<{ secret?: string }>(rotationSchema);

export const replaySchema = {
  type: "object",
  additionalProperties: false,
  required: ["since"],
  properties: {
    since: { type: "string", description: "From this time on (ISO 8601)." },
    until: { type: "string", description: "Up to this time; now, if absent." },
    only: { enum: ["failed", "missing"], description: "Failed deliveries, or events that the webhook never had." },
    status: { enum: deliveryStatuses },
    event: { type: "string" },
    q: { type: "string", maxLength: 200 },
  },
};
export type ReplayRequest = {
  since: string;
  until?: string;
  only?: "failed" | "missing";
  status?: (typeof deliveryStatuses)[number];
  event?: string;
  q?: string;
};
export const parseReplay = requestParser<ReplayRequest>(replaySchema);
