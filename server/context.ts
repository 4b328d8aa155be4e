import type { Connection } from "mongoose";
import type { Logger } from "pino";
import type { Catalogue } from "../schemas/load-catalogue.ts";
import type { Clock } from "./clock.ts";
import type { Config } from "./config.ts";
import type { Engine } from "./deliveries/engine.ts";
import type { PlatformProfiles } from "./deliveries/platform-profile.ts";
import type { Resolver } from "./deliveries/target-guard.ts";
import type { Transport } from "./deliveries/transport.ts";
import type { HookRegistry } from "./hooks/hook-registry.ts";
import type { SecretBox } from "./hooks/secret-box.ts";

/** What the outside world supplies, and the parts every room shares. Tests replace what is here and nothing else. */
export type Context = {
  config: Config;
  clock: Clock;
  log: Logger;
  catalogue: Catalogue;
  db: Connection;
  resolver: Resolver;
  secretBox: SecretBox;
  registry: HookRegistry;
  engine: Engine;
  transport: Transport;
  profiles: PlatformProfiles;
};
