import type { ConnectorApp } from "./connector-app.ts";
import type { Files } from "./source.ts";

export function listing(_platform: string, _app: ConnectorApp): Files {
  return new Map();
}

/** Who publishes the product's apps. */
export function publisherOf({ product }: Pick<ConnectorApp, "product">): { name: string; email: string; repository: string } {
  const host = new URL(product.url).hostname.replace(/^(app|www)\./, "");
  return { name: product.name, email: `integrations@${host}`, repository: `https://github.com/OWNER/${product.id}` };
}
