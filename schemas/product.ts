/** What a product's `product.json` says: labels, and every rule by which its hooks are delivered. */
export type ProductRules = {
  id: string;
  name: string;
  description: string;
  url: string;
  categories: { id: string; label: string; description: string }[];
  hook: { name: "required" | "optional" };
  /** `required`: plain HTTP is refused. `recommended`: it is allowed with a visible warning. */
  target: { https: "required" | "recommended" };
  signature: { header: string; previous_header: string; scheme: "hmac-sha256-hex" };
  /** How the product stands in the platforms' app directories; what is absent follows from the rest. */
  listing?: { category?: string; support_email?: string; privacy_url?: string; repository?: string };
  /** Colours of the product's Settings pages, in light and in dark; what is absent is Hookline's own. */
  brand?: { accent?: { light: string; dark: string }; button?: { light: string; dark: string }; scheme?: "light" | "dark" | "auto" };
  delivery: {
    /** Status codes or classes ("2xx") that count as delivered. */
    success: string[];
    timeout_seconds: number;
    /** How long after each failed attempt the next one follows; when they are used up the delivery has failed. */
    retry_delays_seconds: number[];
    /** A hook whose every attempt has failed for this long is turned off. */
    disable_after_days: number;
  };
};

const text = { type: "string", minLength: 1 };
const colour = { type: "string", pattern: "^#[0-9a-fA-F]{6}$" };
const colours = { type: "object", additionalProperties: false, required: ["light", "dark"], properties: { light: colour, dark: colour } };
const statusPattern = "^([1-5]xx|[1-5][0-9][0-9])$";

/** JSON Schema of `product.json`. */
export const productSchema = {
  type: "object",
  additionalProperties: false,
  required: ["id", "name", "description", "url", "categories", "hook", "target", "signature", "delivery"],
  properties: {
    id: { type: "string", pattern: "^[a-z][a-z0-9-]{1,39}$" },
    name: text,
    description: text,
    url: { type: "string", format: "uri" },
    categories: {
      type: "array",
      minItems: 1,
      items: {
        type: "object",
        additionalProperties: false,
        required: ["id", "label", "description"],
        properties: { id: { type: "string", pattern: "^[a-z][a-z0-9_]*$" }, label: text, description: text },
      },
    },
    hook: { type: "object", additionalProperties: false, required: ["name"], properties: { name: { enum: ["required", "optional"] } } },
    target: {
      type: "object",
      additionalProperties: false,
      required: ["https"],
      properties: { https: { enum: ["required", "recommended"] } },
    },
    signature: {
      type: "object",
      additionalProperties: false,
      required: ["header", "previous_header", "scheme"],
      properties: {
        header: { type: "string", pattern: "^[A-Za-z0-9-]+$" },
        previous_header: { type: "string", pattern: "^[A-Za-z0-9-]+$" },
        scheme: { enum: ["hmac-sha256-hex"] },
      },
    },
    listing: {
      type: "object",
      additionalProperties: false,
      properties: {
        category: text,
        support_email: { type: "string", format: "email" },
        privacy_url: { type: "string", format: "uri" },
        repository: { type: "string", format: "uri" },
      },
    },
    brand: {
      type: "object",
      additionalProperties: false,
      properties: { accent: colours, button: colours, scheme: { enum: ["light", "dark", "auto"] } },
    },
    delivery: {
      type: "object",
      additionalProperties: false,
      required: ["success", "timeout_seconds", "retry_delays_seconds", "disable_after_days"],
      properties: {
        success: { type: "array", minItems: 1, items: { type: "string", pattern: statusPattern } },
        timeout_seconds: { type: "number", exclusiveMinimum: 0, maximum: 60 },
        retry_delays_seconds: { type: "array", maxItems: 50, items: { type: "number", exclusiveMinimum: 0, maximum: 604800 } },
        disable_after_days: { type: "number", exclusiveMinimum: 0, maximum: 365 },
      },
    },
  },
};
