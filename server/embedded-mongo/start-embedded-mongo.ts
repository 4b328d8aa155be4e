import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join, relative, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";

export type EmbeddedMongo = {
  /** Connection string without a database name. */
  uri: string;
  /** true where this process runs the store, false where it found another's. */
  owner: boolean;
  stop(): Promise<void>;
};

/** sockaddr_un holds 108 bytes with its closing zero. */
const maxSocketPath = 107;
const starterWaitMs = 5_000;
/** Locks this very process holds: a lock with our process id that is not among them is an earlier process's. */
const heldHere = new Set<string>();

/**
 * Starts the embedded store on `dataDir/store`, or joins the one another process of this machine runs there.
 * Throws, with the path in the message, where the folder can't be used.
 */
export async function startEmbeddedMongo(dataDir: string): Promise<EmbeddedMongo> {
  const folder = join(resolve(dataDir), "store");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const socketPath = socketIn(folder);
  const uri = `mongodb://${encodeURIComponent(socketPath)}`;
  const lock = join(folder, "owner.pid");

  if (await answers(socketPath)) return { uri, owner: false, stop: async () => {} };
  if (!(await takeLock(lock, socketPath))) return { uri, owner: false, stop: async () => {} };

  rmSync(socketPath, { force: true });
  const worker = await startThread(folder, socketPath).catch((error: Error) => {
    release();
    throw new Error(`the embedded store can't use ${folder}: ${error.message}`, { cause: error });
  });
  return {
    uri,
    owner: true,
    async stop() {
      const exited = new Promise((done) => worker.once("exit", done));
      worker.postMessage("close");
      await exited;
      rmSync(socketPath, { force: true });
      release();
    },
  };

  function release(): void {
    heldHere.delete(lock);
    rmSync(lock, { force: true });
  }
}

function socketIn(folder: string): string {
  const absolute = join(folder, "mongo.sock");
  const fromHere = relative(process.cwd(), absolute);
  const shortest = fromHere.length < absolute.length ? fromHere : absolute;
  if (Buffer.byteLength(shortest) > maxSocketPath) {
    throw new Error(`DATA_DIR is too long for a socket (${shortest}); choose a path of at most ${maxSocketPath - 17} characters`);
  }
  return shortest;
}

/** A living owner's socket takes connections even while its thread is busy, so a refusal means that nobody is there. */
function answers(socketPath: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(socketPath);
    socket.once("connect", () => {
      socket.destroy();
      done(true);
    });
    socket.once("error", () => done(false));
  });
}

/** false where another process that was starting has the store by now. */
async function takeLock(lock: string, socketPath: string): Promise<boolean> {
  const deadline = Date.now() + starterWaitMs;
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: "wx", mode: 0o600 });
      heldHere.add(lock);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    if (await answers(socketPath)) return false;
    const holder = Number(readFileSync(lock, { encoding: "utf8", flag: "a+" }));
    // Process ids are used again (in a container, at once), so a lock that stays silent counts as left behind.
    const leftBehind = holder === process.pid ? !heldHere.has(lock) : !isRunning(holder);
    if (leftBehind || Date.now() > deadline) rmSync(lock, { force: true });
    else await delay(50);
  }
}

function isRunning(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function startThread(folder: string, socketPath: string): Promise<Worker> {
  return new Promise((started, failed) => {
    const worker = new Worker(new URL("./store-thread.js", import.meta.url), { workerData: { folder, socketPath } });
    worker.once("error", failed);
    worker.once("message", () => {
      worker.off("error", failed);
      // From here on a fault in the store must not pass unseen: the process can't go on without it.
      worker.on("error", (error) => {
        throw error;
      });
      started(worker);
    });
  });
}
