import mongoose, { type Connection } from "mongoose";
import type { Config } from "./config.ts";
import { startEmbeddedMongo } from "./embedded-mongo/start-embedded-mongo.ts";

const selectWithinMs = 10_000;

export type Store = { db: Connection; description: string; close(): Promise<void> };

/**
 * Connects to MONGODB_URI, or to the embedded store under DATA_DIR, which it starts unless another process runs it.
 * `report` is told when another process that ran it has ended.
 */
export async function openStore(
  { mongodbUri, dataDir }: Pick<Config, "mongodbUri" | "dataDir">,
  report: (message: string) => void = () => {},
): Promise<Store> {
  const embedded = mongodbUri ? undefined : await startEmbeddedMongo(dataDir, report);
  const uri = mongodbUri ?? `${embedded?.uri}/hookline`;
  const db = mongoose.createConnection(uri, { autoIndex: false, autoCreate: false, serverSelectionTimeoutMS: selectWithinMs });
  try {
    await db.asPromise();
  } catch (error) {
    await embedded?.stop();
    throw new Error(`Hookline can't reach its database at ${withoutPassword(uri)}: ${(error as Error).message}`, { cause: error });
  }
  const description = embedded ? `embedded in ${dataDir}${embedded.owner ? "" : " (run by another process)"}` : withoutPassword(uri);
  return {
    db,
    description,
    async close() {
      await db.close();
      await embedded?.stop();
    },
  };
}

function withoutPassword(uri: string): string {
  return uri.replace(/\/\/([^:@/]+):[^@/]+@/, "//$1:***@");
}
