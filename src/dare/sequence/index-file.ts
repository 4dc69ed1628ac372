/**
 * Sidecar of a sequence file: for each frame its offset (64 bits) and tree digest (64 octets), after a header of 16 octets.
 * It makes random access and opening fast and is nothing but a cache: it is not fsynced, readers confirm every entry against the
 * sequence file, and it can be made anew at any time.
 */
import type { FileHandle } from "node:fs/promises";
import { openAppendFile, readFully, reported, writeFully } from "../../base/append-file.ts";
import { equalBytes, readUint64, utf8 } from "../../base/bytes.ts";

/** Place and tree digest of one frame. */
export interface IndexEntry {
  readonly offset: number;
  readonly treeDigest: Uint8Array;
}

const magic = utf8("mmm/sequence/idx");
const entryOctets = 72;

/** The sidecar, open. Calls are serialised by its owner. */
export class IndexFile {
  readonly #handle: FileHandle;
  #count: number;

  private constructor(handle: FileHandle, count: number) {
    this.#handle = handle;
    this.#count = count;
  }

  /** Opens or creates the file; one with another header is emptied, a part of an entry at the end is not counted. */
  static async open(path: string): Promise<IndexFile> {
    const handle = await openAppendFile({ path, create: true });
    try {
      const { size } = await reported(() => handle.stat());
      const file = new IndexFile(handle, Math.max(0, Math.floor((size - magic.length) / entryOctets)));
      if (!equalBytes(await readFully(handle, 0, magic.length), magic)) await file.truncate(0);
      return file;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  get count(): number {
    return this.#count;
  }

  /** Entries from one index up to, not including, another; fewer at the end. */
  async entries(from: number, to: number): Promise<readonly IndexEntry[]> {
    const octets = await readFully(this.#handle, placeOf(from), (Math.min(to, this.#count) - from) * entryOctets);
    const out: IndexEntry[] = [];
    for (let at = 0; at + entryOctets <= octets.length; at += entryOctets) {
      out.push({ offset: Number(readUint64(octets, at)), treeDigest: octets.subarray(at + 8, at + entryOctets) });
    }
    return out;
  }

  async append(entries: readonly IndexEntry[]): Promise<void> {
    const octets = new Uint8Array(entries.length * entryOctets);
    const view = new DataView(octets.buffer);
    entries.forEach(({ offset, treeDigest }, i) => {
      view.setBigUint64(i * entryOctets, BigInt(offset));
      octets.set(treeDigest, i * entryOctets + 8);
    });
    await writeFully(this.#handle, octets, placeOf(this.#count));
    this.#count += entries.length;
  }

  /** Keeps the first `count` entries and drops whatever follows. */
  async truncate(count: number): Promise<void> {
    await reported(() => this.#handle.truncate(placeOf(count)));
    if (count === 0) await writeFully(this.#handle, magic, 0);
    this.#count = count;
  }

  async close(): Promise<void> {
    await reported(() => this.#handle.close());
  }
}

function placeOf(index: number): number {
  return magic.length + index * entryOctets;
}
