import { chmodSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { adminCommands } from "./commands/admin.ts";
import { aggregateCommands } from "./commands/aggregate.ts";
import type { Command, Host } from "./commands/command.ts";
import { explainCommands } from "./commands/explain.ts";
import { findCommands } from "./commands/find.ts";
import { writeCommands } from "./commands/write.ts";
import { Cursors } from "./cursors.ts";
import { expireDocuments } from "./expire.ts";
import { Storage } from "./storage.ts";
import { StoreError } from "./store-error.ts";
import { encodeReply, parseRequest, type Request, splitMessages, WireError } from "./wire.ts";

const commands: Record<string, Command> = { ...adminCommands, ...findCommands, ...aggregateCommands, ...explainCommands, ...writeCommands };
const expiryPassMs = 60_000;

type Pending = { socket: Socket; request: Request };
type Reply = Record<string, unknown> | Buffer;

/**
 * Serves the wire protocol on a socket only this user may open. Commands run one at a time; all that has arrived when
 * a turn begins shares one transaction and one flush (group commit), and is answered after it.
 */
export class StoreServer {
  readonly #storage: Storage;
  readonly #cursors = new Cursors();
  readonly #host: Host;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #timer: NodeJS.Timeout;
  #waiting: Pending[] = [];
  #scheduled = false;

  constructor(folder: string) {
    this.#storage = new Storage(folder);
    this.#host = { storage: this.#storage, cursors: this.#cursors };
    this.#server = createServer((socket) => this.#accept(socket));
    this.#timer = setInterval(() => this.#tidy(), expiryPassMs);
  }

  listen(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(path, () => {
        chmodSync(path, 0o600);
        resolve();
      });
    });
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#run();
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await this.#storage.close();
  }

  #tidy(): void {
    this.#cursors.closeIdle();
    expireDocuments(this.#storage, new Date());
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    let buffered: Buffer = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      try {
        const { messages, rest } = splitMessages(buffered.length === 0 ? chunk : Buffer.concat([buffered, chunk]));
        buffered = rest;
        for (const message of messages) this.#waiting.push({ socket, request: parseRequest(message) });
      } catch (error) {
        // Whoever speaks another protocol is hung up on; nothing can be answered in it.
        if (!(error instanceof WireError)) process.emitWarning(error as Error);
        socket.destroy();
        return;
      }
      this.#schedule();
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#sockets.delete(socket));
  }

  #schedule(): void {
    if (this.#scheduled || this.#waiting.length === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#run();
    });
  }

  #run(): void {
    const turn = this.#waiting.filter((pending) => !this.#answerSlowly(pending));
    this.#waiting = [];
    if (turn.length === 0) return;
    const replies = this.#answerTogether(turn.map(({ request }) => request));
    for (const [i, { socket, request }] of turn.entries()) {
      if (request.wantsReply && !socket.destroyed) socket.write(encodeReply(request, replies[i] as Reply));
    }
  }

  /** One transaction for the whole turn. Where it fails, each command by itself, so that only what is at fault suffers. */
  #answerTogether(requests: Request[]): Reply[] {
    if (!requests.some((request) => commands[request.command]?.writes)) return requests.map((request) => this.#answer(request));
    const replies: Reply[] = [];
    try {
      this.#storage.commit(() => {
        for (const [i, request] of requests.entries()) replies[i] = this.#answer(request);
      });
      return replies;
    } catch (error) {
      return requests.length === 1
        ? [refusedCommit(error as Error)]
        : requests.map((request) => this.#answerTogether([request])[0] as Reply);
    }
  }

  /** Answers a slow command when it is done; false where it is none. */
  #answerSlowly({ socket, request }: Pending): boolean {
    const command = commands[request.command];
    if (!command || !("slow" in command)) return false;
    command
      .slow(this.#host, request)
      .catch((error: unknown) => refusal(error))
      .then((reply) => {
        if (request.wantsReply && !socket.destroyed) socket.write(encodeReply(request, reply));
      });
    return true;
  }

  #answer(request: Request): Reply {
    const command = commands[request.command];
    try {
      if (!command || "slow" in command)
        throw new StoreError(
          59,
          `no such command: '${request.command}' (the embedded store implements ${Object.keys(commands).join(", ")})`,
        );
      return command.handler(this.#host, request);
    } catch (error) {
      if (!(error instanceof StoreError) && command?.writes) throw error;
      return refusal(error);
    }
  }
}

function refusal(error: unknown): Record<string, unknown> {
  if (!(error instanceof StoreError)) return { ok: 0, errmsg: (error as Error).message, code: 1, codeName: "InternalError" };
  return { ok: 0, errmsg: error.message, code: error.code, codeName: error.codeName, ...error.details };
}

/**
 * The transaction is gone, so nothing of it happened and nobody may be told that it did. A write that was cut short
 * reaches LMDB as an input/output error, which on most days means a full disk.
 */
function refusedCommit(error: Error): Reply {
  const full = /ENOSPC|EFBIG|EDQUOT|No space|File too large|quota|MAP_FULL|EIO|Input\/output error/i.test(
    `${(error as NodeJS.ErrnoException).code} ${error.message}`,
  );
  const errmsg = full
    ? `the disk is full or fails (${error.message}); nothing was written. Make room on the disk of DATA_DIR and try again`
    : `the store could not write: ${error.message}`;
  return { ok: 0, code: full ? 14031 : 1, codeName: full ? "OutOfDiskSpace" : "InternalError", errmsg };
}
