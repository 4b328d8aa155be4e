import { generateActivepieces } from "./activepieces/generate-activepieces.ts";
import type { ConnectorApp } from "./connector-app.ts";
import { generateMake } from "./make/generate-make.ts";
import { generateN8n } from "./n8n/generate-n8n.ts";
import { generatePipedream } from "./pipedream/generate-pipedream.ts";
import { generatePowerAutomate } from "./power-automate/generate-power-automate.ts";
import type { Files } from "./source.ts";
import { generateZapier } from "./zapier/generate-zapier.ts";

/** How each platform's app is made, in the order in which they matter. */
export const generators: Record<string, (app: ConnectorApp) => Promise<Files>> = {
  zapier: generateZapier,
  make: generateMake,
  n8n: generateN8n,
  activepieces: generateActivepieces,
  "power-automate": generatePowerAutomate,
  pipedream: generatePipedream,
};
