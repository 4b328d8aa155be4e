import type { AddressInfo } from "node:net";
import { pino } from "pino";
import { loadCatalogue } from "../schemas/load-catalogue.ts";
import { createApp } from "./app.ts";
import { systemClock } from "./clock.ts";
import type { Config } from "./config.ts";
import type { Context } from "./context.ts";
import type { Limits } from "./deliveries/dispatcher.ts";
import { Engine } from "./deliveries/engine.ts";
import { loadPlatformProfiles } from "./deliveries/platform-profile.ts";
import { systemResolver } from "./deliveries/target-guard.ts";
import { Transport } from "./deliveries/transport.ts";
import { HookRegistry } from "./hooks/hook-registry.ts";
import { newSecretBox } from "./hooks/secret-box.ts";
import { createHttpServer } from "./http/create-http-server.ts";
import { openStore } from "./open-store.ts";
import { prepareDatabase } from "./prepare-database.ts";
import { secretKeyOf } from "./secret-key.ts";

export type Hookline = { ctx: Context; url: string; storeDescription: string; stop(): Promise<void> };

/** What tests put in place of the outside world. */
export type Replacements = Partial<Pick<Context, "clock" | "log" | "resolver" | "catalogue">> & { limits?: Limits };

/** Puts the parts together and starts them: store, engine, HTTP. Throws with a message for the operator. */
export async function startHookline(
  config: Config,
  {
    clock = systemClock,
    resolver = systemResolver,
    log = pino({ level: config.logLevel }),
    limits,
    catalogue = loadCatalogue(...config.schemaFolders),
  }: Replacements = {},
): Promise<Hookline> {
  const profiles = loadPlatformProfiles();
  const store = await openStore(config, (message) => log.warn(message));
  const { db } = store;
  await prepareDatabase(db);

  const secretBox = newSecretBox(secretKeyOf(config));
  const registry = new HookRegistry({ db, catalogue, secretBox });
  const transport = new Transport({ allowedTargets: config.allowedTargets, resolver });
  const engine = new Engine({
    db,
    log,
    clock,
    catalogue,
    registry,
    transport,
    profiles,
    sends: config.role !== "api",
    ...(limits ? { limits } : {}),
  });
  const ctx: Context = { config: { ...config }, clock, log, catalogue, db, resolver, secretBox, registry, engine, transport, profiles };
  const server = createHttpServer(createApp(ctx));

  await engine.start();
  const { port } = config;
  if (port !== undefined)
    await new Promise<void>((listening, failed) => {
      server.once("error", failed);
      server.listen(port, config.host, listening);
    }).catch(async (error: NodeJS.ErrnoException) => {
      await engine.stop(0);
      await store.close();
      if (error.code === "EADDRINUSE")
        throw new Error(`Port ${port} is in use; stop what runs there or choose another with PORT=${port + 1}`);
      throw error;
    });
  const address = server.address() as AddressInfo | null;
  if (address) ctx.config.publicUrl ||= `http://localhost:${address.port}`;

  return {
    ctx,
    url: address ? `http://localhost:${address.port}` : "",
    storeDescription: store.description,
    async stop() {
      const closed = new Promise((done) => (address ? server.close(done) : done(undefined)));
      // Pages that watch would keep their connections for as long as they are allowed to.
      engine.changes.close();
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), config.drainSeconds * 1000);
      await closed;
      clearTimeout(timer);
      await engine.stop(config.drainSeconds * 1000);
      await transport.close();
      await store.close();
    },
  };
}
