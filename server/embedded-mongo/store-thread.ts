import { parentPort, workerData } from "node:worker_threads";
import { StoreServer } from "./store-server.ts";

/** The worker thread's entry: serves until told to close. */
const { folder, socketPath } = workerData as { folder: string; socketPath: string };
const port = parentPort;
if (!port) throw new Error("store-thread runs as a worker thread");

const server = new StoreServer(folder);
await server.listen(socketPath);
port.postMessage("listening");
port.once("message", async () => {
  await server.close();
  port.close();
});
