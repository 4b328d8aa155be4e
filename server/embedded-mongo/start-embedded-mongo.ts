import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join, relative, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";

export type EmbeddedMongo = {
  /** Connection string without a database name. */
  uri: string;
  /** true where this process runs the store, false while another does. */
  readonly owner: boolean;
  stop(): Promise<void>;
};

/** sockaddr_un holds 108 bytes with its closing zero. */
const maxSocketPath = 107;
const starterWaitMs = 5_000;
/** Locks this very process holds: a lock with our process id that is not among them is an earlier process's. */
const heldHere = new Set<string>();

/**
 * Starts the embedded store on `dataDir/store`, or joins the one another process of this machine runs there. Should that
 * process end, this one takes the store over on the same address, so that drivers find it again; `report` says so.
 * Throws, with the path and what to do in the message, where the folder can't be used.
 */
export async function startEmbeddedMongo(dataDir: string, report: (message: string) => void = () => {}): Promise<EmbeddedMongo> {
  const folder = join(resolve(dataDir), "store");
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw unusable(folder, error as Error);
  }
  const socketPath = socketIn(folder);
  const lock = join(folder, "owner.pid");
  let worker: Worker | undefined;
  let watch: Socket | undefined;
  let stopped = false;
  let takingOver: Promise<void> | undefined;

  await ownOrJoin();
  return {
    uri: `mongodb://${encodeURIComponent(socketPath)}`,
    get owner() {
      return worker !== undefined;
    },
    async stop() {
      stopped = true;
      watch?.destroy();
      await takingOver;
      watch?.destroy();
      if (!worker) return;
      const exited = new Promise((done) => worker?.once("exit", done));
      worker.postMessage("close");
      await exited;
      worker = undefined;
      rmSync(socketPath, { force: true });
      release();
    },
  };

  /** Until this process either runs the store or watches one that does. */
  async function ownOrJoin(): Promise<void> {
    for (;;) {
      watch = await connected(socketPath);
      if (watch) break;
      if (!(await takeLock(lock, socketPath).catch((error: Error) => Promise.reject(unusable(folder, error))))) continue;
      rmSync(socketPath, { force: true });
      worker = await startThread(folder, socketPath).catch((error: Error) => {
        release();
        throw unusable(folder, error);
      });
      return;
    }
    const holder = readHolder(lock);
    watch.unref();
    watch.once("close", () => {
      if (!stopped) takingOver = takeOver(holder);
    });
  }

  async function takeOver(holder: number): Promise<void> {
    const who = holder ? `The process that ran the store (process id ${holder})` : "The process that ran the store";
    try {
      await ownOrJoin();
      // It took a last connection while it ended; its end is told when that closes.
      if (!worker && readHolder(lock) === holder) return;
      report(
        `${who} has ended. ${worker ? "This process runs the store now; nothing that was acknowledged is lost." : "Another process runs it now."}`,
      );
    } catch (error) {
      report(
        `${who} has ended, and this one could not take it over: ${(error as Error).message}. Start one process again; until then nothing can be read or written.`,
      );
    }
  }

  function release(): void {
    heldHere.delete(lock);
    rmSync(lock, { force: true });
  }
}

/** What is wrong with the folder, in words, and what to do about it. */
function unusable(folder: string, error: Error): Error {
  return new Error(`the embedded store can't use ${folder}: ${reason(error)}`, { cause: error });
}

function reason(error: Error): string {
  const text = `${(error as NodeJS.ErrnoException).code ?? ""} ${error.message}`;
  if (/EACCES|EPERM|Permission denied/i.test(text))
    return "this user may not write there; give it write access, or set DATA_DIR to a folder of its own";
  if (/EROFS|Read-only file system/i.test(text)) return "the file system is read-only; set DATA_DIR to a folder that can be written";
  if (/ENOTDIR|EEXIST/.test(text)) return "a file stands where the folder should be; move it away, or set DATA_DIR to another folder";
  if (/ENOSPC|No space/i.test(text)) return "the disk is full; make room and start again";
  if (/damaged or no store|MDB_INVALID|not an LMDB file|MDB_CORRUPTED|MDB_PAGE_NOTFOUND|MDB_VERSION_MISMATCH/i.test(text))
    return `${error.message}; keep it for inspection and restore a backup (npm run restore -- FOLDER --replace)`;
  return error.message;
}

function readHolder(lock: string): number {
  try {
    return Number(readFileSync(lock, "utf8")) || 0;
  } catch {
    return 0;
  }
}

/** Where the store in a folder is served, by the shorter of its paths. */
export function socketIn(folder: string): string {
  const absolute = join(folder, "mongo.sock");
  const fromHere = relative(process.cwd(), absolute);
  const shortest = fromHere.length < absolute.length ? fromHere : absolute;
  if (Buffer.byteLength(shortest) > maxSocketPath) {
    throw new Error(`DATA_DIR is too long for a socket (${shortest}); choose a path of at most ${maxSocketPath - 17} characters`);
  }
  return shortest;
}

/** A living owner's socket takes connections even while its thread is busy, so a refusal means that nobody is there. */
function connected(socketPath: string): Promise<Socket | undefined> {
  return new Promise((done) => {
    const socket = connect(socketPath);
    socket.once("connect", () => done(socket));
    socket.on("error", () => done(undefined));
  });
}

export async function isServed(socketPath: string): Promise<boolean> {
  const socket = await connected(socketPath);
  socket?.destroy();
  return socket !== undefined;
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
    if (await isServed(socketPath)) return false;
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
