import type { ConnectorApp } from "./connector-app.ts";
import { generateMake } from "./make/generate-make.ts";
import type { Files } from "./source.ts";
import { generateZapier } from "./zapier/generate-zapier.ts";

/** How each platform's app is made, in the order in which they matter. */
export const generators: Record<string, (app: ConnectorApp) => Promise<Files>> = {
  zapier: generateZapier,
  make: generateMake,
};
