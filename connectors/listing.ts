import type { ConnectorApp } from "./connector-app.ts";
import type { Files } from "./source.ts";

export function listing(_platform: string, _app: ConnectorApp): Files {
  return new Map();
}
