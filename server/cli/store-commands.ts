import type { Config } from "../config.ts";
import { backUp, restore } from "../embedded-mongo/backup.ts";
import { UsageError } from "./usage-error.ts";

/** `backup FOLDER`: a copy of the embedded store, while it runs. */
export async function backupCommand({ mongodbUri, dataDir }: Config, folder: string | undefined): Promise<string> {
  if (mongodbUri)
    throw new Error("The data is in MongoDB (MONGODB_URI), which has tools of its own for this: mongodump, or its service's snapshots.");
  if (!folder) throw new UsageError("Say where to: backup FOLDER.");
  const { documents, collections } = await backUp(dataDir, folder);
  return `${documents.toLocaleString("en")} documents in ${collections} collections are in ${folder}, and every one of them was read back.\nKeep it as safe as the store itself, and SECRET_KEY with it: without that key the secrets in it can't be opened.\n`;
}

/** `restore FOLDER`: a backup in the place of the embedded store. */
export async function restoreCommand({ mongodbUri, dataDir }: Config, folder: string | undefined, replace: boolean): Promise<string> {
  if (mongodbUri)
    throw new Error("MONGODB_URI is set, so the data is not in DATA_DIR; unset it to restore a backup of the embedded store.");
  if (!folder) throw new UsageError("Say where from: restore FOLDER [--replace].");
  const { documents, collections, before } = await restore(dataDir, folder, { replace });
  const aside = before ? `What was there is in ${before}.\n` : "";
  return `${documents.toLocaleString("en")} documents in ${collections} collections are in ${dataDir} again.\n${aside}`;
}
