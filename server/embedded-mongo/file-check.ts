import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/** Where LMDB's two meta pages have what is looked at here (`MDB_meta` behind a page's header of 24 bytes, 64 bit). */
const at = { magic: 24, pageSize: 48, freeRoot: 88, mainRoot: 136, lastPage: 144, transaction: 152 };
const metaBytes = 160;
const magic = 0xbeefc0de;
const noPage = 0xffff_ffff_ffff_ffffn;

/**
 * Says what is wrong with a file before LMDB maps it into memory, where a page that is missing would end the process.
 * A copy must have all its pages; a store's own file may lack free ones at its end. undefined where nothing is wrong.
 */
export function damageOf(path: string, { copy = false } = {}): string | undefined {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    const { size } = fstatSync(file);
    if (size === 0) return undefined;
    const first = Buffer.alloc(metaBytes);
    if (readSync(file, first, 0, metaBytes, 0) < metaBytes || first.readUInt32LE(at.magic) !== magic) return "it doesn't begin as one";
    const pageSize = first.readUInt32LE(at.pageSize);
    const second = Buffer.alloc(metaBytes);
    if (readSync(file, second, 0, metaBytes, pageSize) < metaBytes || second.readUInt32LE(at.magic) !== magic)
      return "its second page is missing";
    const [a, b] = [first, second].map((meta) => meta.readBigUInt64LE(at.transaction)) as [bigint, bigint];
    const latest = b > a ? second : first;
    const pages = BigInt(Math.floor(size / pageSize));
    const needed = [at.freeRoot, at.mainRoot].map((place) => latest.readBigUInt64LE(place)).filter((page) => page !== noPage);
    if (copy) needed.push(latest.readBigUInt64LE(at.lastPage));
    return needed.some((page) => page >= pages) ? `pages are missing at its end (it has ${pages})` : undefined;
  } finally {
    closeSync(file);
  }
}
