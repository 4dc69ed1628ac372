/**
 * The broker's log on disk: append, group commit (one write and fsync for all that waits), recovery of a torn tail,
 * and compaction by writing the present state to a new file that replaces the old one in one step.
 */
import { copyFile, type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { readFileIfExists } from "../../../base/atomic-file.ts";
import { joinBytes } from "../../../base/bytes.ts";
import { makeDirectory } from "../../../base/directory.ts";
import { asMeshError, MeshError } from "../../../base/errors.ts";
import type { Log } from "../../../base/log.ts";
import { type DurableRecord, decodeLog, encodeRecord } from "./record.ts";

/** What a log needs. */
export interface DurableLogOptions {
  readonly path: string;
  readonly log: Log;
  /** Is told when some of what the log keeps is lost. */
  readonly onDamage?: (damage: MeshError) => void;
  /** The present state as records, for compaction; it includes every record appended so far. */
  readonly snapshot: () => readonly DurableRecord[];
  /** Size from which compaction is considered, in octets. */
  readonly compactAbove?: number;
}

interface Waiter {
  resolve(): void;
  reject(error: unknown): void;
}

/** An append-only log of records. */
export class DurableLog {
  readonly #options: DurableLogOptions;
  #handle: FileHandle | undefined;
  #size = 0;
  #compacted = 0;
  #octetsWritten = 0;
  #pending: Uint8Array[] = [];
  #waiters: Waiter[] = [];
  #running: Promise<void> | undefined;
  #failure: MeshError | undefined;

  constructor(options: DurableLogOptions) {
    this.#options = options;
  }

  /** Opens the log and gives its records; a torn tail is cut off, damage inside is kept as a copy beside the log and reported. */
  async open(): Promise<readonly DurableRecord[]> {
    const { path, log, onDamage } = this.#options;
    await makeDirectory(dirname(path));
    const octets = (await readFileIfExists(path)) ?? new Uint8Array();
    const { records, end, damaged } = decodeLog(octets);
    if (damaged > 0) {
      const copy = `${path}.damaged`;
      await copyFile(path, copy);
      log.error("broker.store.damaged", { path, copy, octets: damaged, records: records.length });
      const lost = "messages that waited for devices, and retained ones, may be lost";
      onDamage?.(
        new MeshError("ERR_STORE_DAMAGED", `${path} is damaged: ${damaged} octets of it are passed over; a copy is kept as ${copy}; ${lost}`),
      );
    }
    this.#handle = await open(path, octets.length === 0 ? "w+" : "r+", 0o600);
    if (end < octets.length) {
      log.warn("broker.store.tail", { path, octets: octets.length - end });
      await this.#handle.truncate(end);
    }
    await this.#handle.sync();
    await syncDirectory(dirname(path));
    this.#size = end;
    this.#compacted = damaged > 0 ? 0 : end;
    return records;
  }

  /** Octets written since start, for the wear of SD cards. */
  get octetsWritten(): number {
    return this.#octetsWritten;
  }

  /** Adds a record without waiting; it reaches the disk with the next commit. Throws ERR_TOO_LARGE. */
  append(record: DurableRecord): void {
    this.#pending.push(encodeRecord(record));
    this.#run();
  }

  /** Resolves when everything appended so far is on the disk; rejects when it could not be written. */
  commit(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const done = new Promise<void>((resolve, reject) => this.#waiters.push({ resolve, reject }));
    this.#run();
    return done;
  }

  /** Writes what is left and closes the file. */
  async close(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
    await this.#handle?.close();
    this.#handle = undefined;
  }

  #run(): void {
    this.#running ??= this.#work();
  }

  async #work(): Promise<void> {
    // One turn of the event loop, so that all packets of a socket's chunk share one fsync.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#pending.length > 0 || this.#waiters.length > 0) {
      const batch = this.#pending.splice(0);
      const waiters = this.#waiters.splice(0);
      try {
        await this.#write(batch);
        for (const waiter of waiters) waiter.resolve();
      } catch (error) {
        const failure = asMeshError(error);
        this.#options.log.error("broker.store.write", { path: this.#options.path, code: failure.code, reason: failure.message });
        for (const waiter of waiters) waiter.reject(failure);
      }
    }
    // In the same turn as the check above: a later commit must find no runner, or it would wait for ever.
    this.#running = undefined;
  }

  async #write(batch: readonly Uint8Array[]): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const handle = this.#handle;
    if (handle === undefined) throw new MeshError("ERR_STORE", `${this.#options.path} is closed`);
    if (this.#size > Math.max(this.#options.compactAbove ?? 1024 * 1024, 2 * this.#compacted)) return this.#compact(handle);
    const octets = joinBytes(batch);
    try {
      await writeFully(handle, octets, this.#size);
      await handle.datasync();
      this.#size += octets.length;
      this.#octetsWritten += octets.length;
    } catch (error) {
      // After a failed write the tail is unknown; what was acknowledged lies before it.
      await handle.truncate(this.#size).catch((cause: unknown) => {
        this.#failure = new MeshError("ERR_STORE", `${this.#options.path} can no longer be written`, { cause });
      });
      throw error;
    }
  }

  /** The snapshot already holds the effect of the records that wait, so it takes their place. */
  async #compact(old: FileHandle): Promise<void> {
    const { path, snapshot, log } = this.#options;
    const octets = joinBytes(snapshot().map(encodeRecord));
    const fresh = `${path}.new`;
    await rm(fresh, { force: true });
    const handle = await open(fresh, "wx+", 0o600);
    try {
      await writeFully(handle, octets, 0);
      await handle.sync();
      await rename(fresh, path);
    } catch (error) {
      await handle.close();
      throw error;
    }
    this.#handle = handle;
    log.debug("broker.store.compacted", { from: this.#size, to: octets.length });
    this.#size = octets.length;
    this.#compacted = octets.length;
    this.#octetsWritten += octets.length;
    await old.close();
    await syncDirectory(dirname(path));
  }
}

async function writeFully(handle: FileHandle, octets: Uint8Array, position: number): Promise<void> {
  let written = 0;
  while (written < octets.length) {
    const { bytesWritten } = await handle.write(octets, written, octets.length - written, position + written);
    written += bytesWritten;
  }
}

async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
