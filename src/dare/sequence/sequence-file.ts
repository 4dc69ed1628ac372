/**
 * A Merkle sequence in a file (dare-12 §4), append-only: random access, verified appends, recovery of a torn tail at open.
 * Exclusive use of the file is the caller's duty. Frames are checked for place, payload digest and tree digest, never for authority:
 * Macs, signatures and apexes are for those who hold keys. Memory does not grow with the file.
 */
import type { FileHandle } from "node:fs/promises";
import { rename, unlink } from "node:fs/promises";
import { openAppendFile, reported, writeFully } from "../../base/append-file.ts";
import { isReadOnly } from "../../base/atomic-file.ts";
import { equalBytes, joinBytes } from "../../base/bytes.ts";
import { asMeshError, MeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { silentLog } from "../../base/log.ts";
import { Mutex } from "../../base/mutex.ts";
import type { ContainerType } from "./container-type.ts";
import type { SequenceFrame } from "./frame.ts";
import { checkOctets, isRedacted, parseRecords, payloadDigestOf } from "./frame.ts";
import type { FrameOctets } from "./frame-octets.ts";
import { encodeFrame, partsOf } from "./frame-octets.ts";
import type { IndexEntry } from "./index-file.ts";
import { IndexFile } from "./index-file.ts";
import type { IndexedFrame } from "./indexed-frame.ts";
import { endAfter, readAt } from "./indexed-frame.ts";
import type { SequenceEnd } from "./recover.ts";
import { damagedFile, indexFrames, loadSequence, sourceOf } from "./recover.ts";
import { finishOverwrite, overwrite, redactFrame } from "./redact.ts";
import { isAboutContent, readFrameRuns, readFrames } from "./survey.ts";
import { TreeFrontier } from "./tree.ts";

/** What to open. */
export interface OpenSequenceOptions {
  readonly path: string;
  /** Make the file (0600) and its directories (0700) when absent; it then has no frames. */
  readonly create?: boolean;
  /** Type that the sequence must have; Merkle unless given. `any` takes the type that frame 0 names. */
  readonly containerType?: ContainerType | "any";
  readonly log?: Log;
}

/** An open sequence file. Appends are serialised; reads may run beside them and see only what was appended before they began. */
export class SequenceFile {
  readonly path: string;
  readonly #handle: FileHandle;
  readonly #log: Log;
  readonly #mutex = new Mutex();
  #index: IndexFile;
  /** Replaced sidecars, which reads under way may still use. */
  readonly #retired: IndexFile[] = [];
  #end: SequenceEnd;
  #closed = false;
  /** Set when the file's state on disk is unknown; nothing may be written from then on. */
  #fault: MeshError | undefined;
  /** The whole file was read in vain for a damaged frame; it need not be read again for the next one. */
  #knownDamaged = false;

  private constructor(options: { path: string; handle: FileHandle; index: IndexFile; end: SequenceEnd; log: Log }) {
    this.path = options.path;
    this.#handle = options.handle;
    this.#index = options.index;
    this.#end = options.end;
    this.#log = options.log;
  }

  /**
   * Opens a sequence. A torn tail is copied to `<path>.torn-<n>` and cut off; the sidecar `<path>.idx` is mended or made.
   * ERR_NOT_FOUND without `create`; ERR_STORE_DAMAGED, with nothing changed, when valid frames follow the damage.
   */
  static async open(options: OpenSequenceOptions): Promise<SequenceFile> {
    const { path, create = false, log = silentLog, containerType = "Merkle" } = options;
    const handle = await openAppendFile({ path, create });
    let index: IndexFile | undefined;
    try {
      await finishOverwrite(path, handle);
      index = await IndexFile.open(`${path}.idx`);
      const end = await loadSequence({ path, handle, index, log, containerType });
      return new SequenceFile({ path, handle, index, end, log });
    } catch (error) {
      await index?.close();
      await handle.close();
      throw error;
    }
  }

  /** Number of frames, frame 0 included; the Index of the next one. */
  get count(): number {
    return this.#end.frontier.count;
  }

  /** Octets of all frames. */
  get byteLength(): number {
    return this.#end.length;
  }

  /** Type of the sequence; undefined while any is taken and there is no frame. */
  get containerType(): ContainerType | undefined {
    return this.#end.frontier.containerType;
  }

  /** Tree digest of the last frame; undefined while there is none. */
  get lastTreeDigest(): Uint8Array | undefined {
    return this.#end.frontier.last;
  }

  /** A copy of what further frames refer to; seal a batch with its `lookup` and push each frame's tree digest. */
  frontier(): TreeFrontier {
    return this.#end.frontier.copy();
  }

  /**
   * Appends frames in one write. Index, payload digest and tree digest of each are checked first; nothing is written when one fails.
   * With `sync: false` they are durable only after sync(). ERR_CONFLICT, ERR_VERIFICATION, ERR_SCHEMA, ERR_DISK_FULL, ERR_STORE.
   */
  append(frames: readonly FrameOctets[], options: { readonly sync?: boolean } = {}): Promise<void> {
    return this.#mutex.run(async () => {
      this.#requireWritable();
      const frontier = this.#end.frontier.copy();
      const entries: IndexEntry[] = [];
      const parts: Uint8Array[] = [];
      let length = this.#end.length;
      for (const frame of frames) {
        const octets = encodeFrame(frame);
        const { treeDigest } = checkOctets(frame, frontier);
        entries.push({ offset: length, treeDigest });
        parts.push(octets);
        length += octets.length;
      }
      await this.#write(entries, joinBytes(parts));
      if (options.sync !== false) await this.#sync();
      this.#end = { length, frontier };
    });
  }

  /** Makes everything appended so far durable. */
  sync(): Promise<void> {
    return this.#mutex.run(async () => {
      this.#requireWritable();
      await this.#sync();
    });
  }

  /** One frame, octets exactly as appended. ERR_NOT_FOUND beyond the end, ERR_STORE_DAMAGED. */
  async read(index: number): Promise<SequenceFrame> {
    return (await this.#place(index)).frame;
  }

  /** Tree digest of a frame, confirmed by the frame where its type states it. Errors as read. */
  async treeDigestAt(index: number): Promise<Uint8Array> {
    return (await this.#place(index)).treeDigest;
  }

  /** File offset of a frame, for TreePosition. Errors as read. */
  async offsetOf(index: number): Promise<number> {
    return (await this.#place(index)).offset;
  }

  /** Frames from one index up to, not including, another, read as they are asked for. ERR_STORE_DAMAGED. */
  async *frames(range: { readonly from?: number; readonly to?: number } = {}): AsyncGenerator<SequenceFrame, void, undefined> {
    for await (const { frame } of this.framesWithLength(range)) yield frame;
  }

  /** As frames, each with the octets that it takes in the file. */
  async *framesWithLength(
    range: { readonly from?: number; readonly to?: number } = {},
  ): AsyncGenerator<{ readonly frame: SequenceFrame; readonly length: number }, void, undefined> {
    const { from = 0 } = range;
    const to = Math.min(range.to ?? this.count, this.count);
    if (from >= to) return;
    const { length } = this.#end;
    let next = from;
    try {
      for await (const { records, start, end } of readFrames(sourceOf(this.#handle, length), await this.offsetOf(from), length)) {
        const frame = parseRecords(records);
        if (frame.index !== next) throw new MeshError("ERR_CONFLICT", `frame of index ${frame.index} in the place of ${next}`);
        payloadDigestOf(frame);
        yield { frame, length: end - start };
        if (++next === to) return;
      }
    } catch (error) {
      throw isAboutContent(error) ? damagedFile({ path: this.path, index: next, cause: error }) : error;
    }
  }

  /** Reads everything and checks every digest up to the last tree digest. ERR_STORE_DAMAGED. */
  async verify(): Promise<void> {
    const { length, frontier } = this.#end;
    const found = new TreeFrontier(0, [], { containerType: frontier.containerType ?? "any" });
    try {
      for await (const run of readFrameRuns(sourceOf(this.#handle, length), 0, length)) {
        for (const { records } of run) checkOctets(partsOf(records), found);
      }
    } catch (error) {
      throw isAboutContent(error) ? damagedFile({ path: this.path, index: found.count, cause: error }) : error;
    }
    if (found.count !== frontier.count || !equalBytes(found.last ?? empty, frontier.last ?? empty))
      throw damagedFile({ path: this.path, index: found.count, cause: undefined });
  }

  /** Drops all frames from an index on, durably: the roll-back of a journal, and nothing else. */
  truncateTo(count: number): Promise<void> {
    return this.#mutex.run(async () => {
      this.#requireWritable();
      if (count === this.count) return;
      if (!Number.isInteger(count) || count < 0 || count > this.count) throw new MeshError("ERR_NOT_FOUND", `no frame ${count} in ${this.path}`);
      const end = await endAfter({ count, end: this.#end, read: (index) => this.#readOr(index, () => this.#rebuildIndex()) });
      try {
        await this.#handle.truncate(end.length);
        await this.#handle.sync();
      } catch (error) {
        throw this.#fail(error);
      }
      this.#end = end;
      await this.#index.truncate(count);
    });
  }

  /**
   * Erases the body of a frame for ever, in its place and durably; its digest and signatures stay, and every later frame keeps its
   * proof. Frame 0 and frames that carry the key exchange of others cannot be erased. ERR_NOT_FOUND, ERR_KEY, ERR_TOO_LARGE.
   */
  redact(index: number): Promise<void> {
    return this.#mutex.run(async () => {
      this.#requireWritable();
      const { frame, offset } = await this.#readOr(index, () => this.#rebuildIndex());
      if (isRedacted(frame)) return;
      if (index === 0 || frame.header.recipients !== undefined) {
        throw new MeshError("ERR_KEY", `frame ${index} may carry the keys of others and cannot be erased`);
      }
      const octets = redactFrame(frame);
      try {
        await overwrite({ path: this.path, handle: this.#handle, at: offset, octets });
      } catch (error) {
        throw this.#fail(error);
      }
    });
  }

  /** Closes the file; calling it again does nothing. */
  close(): Promise<void> {
    return this.#mutex.run(async () => {
      if (this.#closed) return;
      this.#closed = true;
      for (const index of [this.#index, ...this.#retired]) await index.close();
      await reported(() => this.#handle.close());
    });
  }

  /** The sidecar first: an entry too many is dropped at the next open, a frame without one would have to be searched. */
  async #write(entries: readonly IndexEntry[], octets: Uint8Array): Promise<void> {
    try {
      await this.#index.append(entries);
      await writeFully(this.#handle, octets, this.#end.length);
    } catch (error) {
      if (isReadOnly(error)) throw error;
      try {
        await this.#handle.truncate(this.#end.length);
        await this.#index.truncate(this.count);
      } catch (second) {
        throw this.#fail(second);
      }
      throw error;
    }
  }

  /** After a failed fsync the kernel may have dropped the pages, so that trying again would report success for lost data. */
  async #sync(): Promise<void> {
    try {
      await this.#handle.datasync();
    } catch (error) {
      throw this.#fail(error);
    }
  }

  #fail(cause: unknown): MeshError {
    const known = asMeshError(cause);
    this.#fault = new MeshError(
      known.code === "ERR_DISK_FULL" ? "ERR_DISK_FULL" : "ERR_STORE",
      `${this.path} must be opened again: ${known.message}`,
      {
        cause,
      },
    );
    return this.#fault;
  }

  #requireWritable(): void {
    this.#requireOpen();
    if (this.#fault) throw this.#fault;
  }

  #requireOpen(): void {
    if (this.#closed) throw new MeshError("ERR_INTERNAL", `${this.path} is closed`);
  }

  #place(index: number): Promise<IndexedFrame> {
    return this.#readOr(index, () => this.#mutex.run(() => this.#rebuildIndex()));
  }

  /** Reads by the sidecar, and by one made anew where it leads astray. */
  async #readOr(index: number, mend: () => Promise<void>): Promise<IndexedFrame> {
    this.#requireOpen();
    if (!Number.isInteger(index) || index < 0 || index >= this.count) throw new MeshError("ERR_NOT_FOUND", `no frame ${index} in ${this.path}`);
    try {
      return await readAt({ handle: this.#handle, sidecar: this.#index, end: this.#end, index });
    } catch (error) {
      if (!isAboutContent(error)) throw error;
      if (this.#knownDamaged) throw damagedFile({ path: this.path, index, cause: error });
    }
    await mend();
    return readAt({ handle: this.#handle, sidecar: this.#index, end: this.#end, index });
  }

  /** Makes the sidecar anew from the file, and puts it in place only when the file is whole. */
  async #rebuildIndex(): Promise<void> {
    const path = `${this.path}.idx`;
    const fresh = await IndexFile.open(`${path}.new`);
    try {
      await fresh.truncate(0);
      const containerType = this.#end.frontier.containerType ?? "any";
      const start: SequenceEnd = { length: 0, frontier: new TreeFrontier(0, [], { containerType }) };
      const found = await indexFrames({ source: sourceOf(this.#handle, this.#end.length), index: fresh, start });
      const same = equalBytes(start.frontier.last ?? new Uint8Array(), this.lastTreeDigest ?? new Uint8Array());
      if (found.damage !== "none" || !same) {
        this.#knownDamaged = true;
        throw damagedFile({ path: this.path, at: found.validLength, index: start.frontier.count, cause: found.reason });
      }
      await reported(() => rename(`${path}.new`, path));
    } catch (error) {
      await fresh.close();
      await reported(() => unlink(`${path}.new`));
      throw error;
    }
    this.#retired.push(this.#index);
    this.#index = fresh;
    this.#log.warn("sequence.index-rebuilt", { path: this.path, frames: this.count });
  }
}

const empty = new Uint8Array();
