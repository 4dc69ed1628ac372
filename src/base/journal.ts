/**
 * An append-only log of JSON records that survives kill -9 and power cuts.
 * File: the line `mesh-journal 1`, then one line per commit: 16 hexadecimal digits (the first 8 octets of SHA-256 of the JSON), the length of the
 * JSON in octets, and a JSON array of the records that were committed together, with blanks between. A commit is written only after the one before
 * it is on the disk, so a crash can tear the last line alone: that one is dropped at opening, anything worse is reported and left as it is.
 * It guards against accidents, not against somebody who writes the file. One process at a time: see directory-lock.ts.
 */
import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";
import { fileError, readFileIfExists, writeFileAtomic } from "./atomic-file.ts";
import { concat, equalBytes, fromUtf8, joinBytes, latin1, utf8 } from "./bytes.ts";
import { asMeshError, MeshError } from "./errors.ts";
import { Mutex } from "./mutex.ts";

const header = utf8("mesh-journal 1\n");
const newline = 0x0a;
const checksumDigits = 16;
const maxRecordOctets = 1 << 20;
const maxCommitOctets = 4 << 20;

interface Waiting {
  readonly json: string;
  readonly resolve: () => void;
  readonly reject: (error: MeshError) => void;
}

/** What `Journal.open` found. */
export interface OpenedJournal<T> {
  readonly journal: Journal<T>;
  /** All records, oldest first. */
  readonly records: T[];
  /** Octets of a torn last commit that were cut off; 0 after a clean end. */
  readonly droppedOctets: number;
}

/** An open journal of records of type T, which JSON must be able to carry. */
export class Journal<T> {
  readonly #path: string;
  readonly #turns = new Mutex();
  #file: FileHandle;
  #length: number;
  /** Appends that the next commit will take; undefined when none is planned. */
  #next: Waiting[] | undefined;
  #closed: Promise<void> | undefined;
  #broken: MeshError | undefined;

  private constructor(path: string, file: FileHandle, length: number) {
    this.#path = path;
    this.#file = file;
    this.#length = length;
  }

  /**
   * Opens or creates the journal at `path`, mode 0600.
   * Errors: ERR_STORE_DAMAGED when a commit before the last is damaged or the file is no journal; ERR_STORE, ERR_PERMISSION, ERR_DISK_FULL.
   */
  static async open<T>({ path }: { readonly path: string }): Promise<OpenedJournal<T>> {
    let octets = await readFileIfExists(path);
    if (octets === undefined || octets.length === 0) {
      await writeFileAtomic(path, header);
      octets = header;
    }
    const { records, length } = parse<T>(path, octets);
    const file = await open(path, "r+").catch((error: unknown) => {
      throw fileError(error, `cannot open ${path}`);
    });
    const journal = new Journal<T>(path, file, length);
    if (length < octets.length) await journal.#cutBack();
    return { journal, records, droppedOctets: octets.length - length };
  }

  /**
   * Opens the journal and makes something of its records; what nobody can make anything of is damage, too, and nothing stays open then.
   * Errors: as of open, with the path in their detail where it is damaged.
   */
  static async read<T, R>({ path }: { readonly path: string }, take: (journal: Journal<T>, records: readonly T[]) => R): Promise<R> {
    const { journal, records } = await Journal.open<T>({ path });
    try {
      return take(journal, records);
    } catch (cause) {
      await journal.close();
      throw new MeshError("ERR_STORE_DAMAGED", `${path} holds a record that cannot be read: ${asMeshError(cause).message}`, {
        detail: { path },
        cause,
      });
    }
  }

  /** Octets of everything acknowledged. */
  get octets(): number {
    return this.#length;
  }

  /**
   * Adds a record; resolves when it is on the disk. Calls made while a commit is under way share the next one.
   * Errors: ERR_TOO_LARGE above 1 MiB of JSON; ERR_DISK_FULL: the record is not in the journal; ERR_STORE: it may be, opening anew tells.
   * After ERR_STORE the next append first makes the file anew from what was acknowledged; the record that failed is then not in it.
   */
  async append(record: T): Promise<void> {
    const json = toJson(record);
    this.#refuseClosed();
    await new Promise<void>((resolve, reject) => {
      if (this.#next === undefined) {
        const batch: Waiting[] = [];
        this.#next = batch;
        void this.#turns.run(() => this.#commit(batch));
      }
      this.#next.push({ json, resolve, reject });
    });
  }

  /**
   * Replaces everything appended before this call by `records`, all or nothing; later appends follow them.
   * Errors: as of append; the old records then stay.
   */
  async rewrite(records: readonly T[]): Promise<void> {
    const octets = joinBytes([header, ...records.map((record) => frameOf([toJson(record)]))]);
    this.#refuseClosed();
    this.#next = undefined;
    await this.#turns.run(() => this.#replace(octets));
  }

  /** After a failure it is found out which of the two files has the name; the handle of the other one must not be written to. */
  async #replace(octets: Uint8Array): Promise<void> {
    try {
      await writeFileAtomic(this.#path, octets);
      const file = await open(this.#path, "r+");
      await this.#file.close();
      this.#file = file;
      this.#length = octets.length;
      this.#broken = undefined;
    } catch (error) {
      const failure = fileError(error, `cannot replace ${this.#path}`);
      const there = await readFileIfExists(this.#path).catch(() => octets);
      if (there !== undefined && equalBytes(there, octets)) {
        this.#length = octets.length;
        this.#broken = failure;
      }
      throw failure;
    }
  }

  /** The disk failed before: what was acknowledged goes into a new file, since nothing can be promised of the old one. */
  async #mend(): Promise<void> {
    const octets = (await readFileIfExists(this.#path))?.subarray(0, this.#length) ?? new Uint8Array();
    const { length } = parse<T>(this.#path, octets);
    if (length !== this.#length) throw new MeshError("ERR_STORE_DAMAGED", `${this.#path} has lost what was written to it`);
    await this.#replace(octets);
  }

  /** Waits for pending appends and closes the file; further calls do nothing. */
  close(): Promise<void> {
    this.#closed ??= this.#turns.run(() => this.#file.close());
    return this.#closed;
  }

  /** Writes a batch, in pieces of bounded size; never rejects, the callers of append are told. */
  async #commit(batch: Waiting[]): Promise<void> {
    if (this.#next === batch) this.#next = undefined;
    while (batch.length > 0) {
      const part = takePart(batch);
      try {
        if (this.#broken !== undefined) await this.#mend();
        const frame = frameOf(part.map((entry) => entry.json));
        await this.#write(frame);
        this.#length += frame.length;
        for (const entry of part) entry.resolve();
      } catch (error) {
        const failure = fileError(error, `cannot append to ${this.#path}`);
        for (const entry of part) entry.reject(failure);
      }
    }
  }

  async #write(frame: Uint8Array): Promise<void> {
    try {
      for (let done = 0; done < frame.length; ) {
        done += (await this.#file.write(frame, done, frame.length - done, this.#length + done)).bytesWritten;
      }
    } catch (error) {
      await this.#cutBack();
      throw error;
    }
    try {
      await this.#file.datasync();
    } catch (error) {
      // After a failed sync the kernel may drop the pages and report success next time: nothing more is promised on this handle.
      this.#broken = fileError(error, `cannot sync ${this.#path}`);
      throw error;
    }
  }

  /** Removes what stands behind the last whole commit; a torn line in the middle would be damage. */
  async #cutBack(): Promise<void> {
    try {
      await this.#file.truncate(this.#length);
      await this.#file.sync();
    } catch (error) {
      this.#broken = fileError(error, `cannot cut ${this.#path} back to its last whole record`);
      throw this.#broken;
    }
  }

  #refuseClosed(): void {
    if (this.#closed !== undefined) throw new MeshError("ERR_STORE", `${this.#path} is closed`);
  }
}

/** Text of a record, taken at once: what the caller does to the object afterwards is not written. */
function toJson(record: unknown): string {
  const json = JSON.stringify(record) as string | undefined;
  if (json === undefined) throw new MeshError("ERR_INTERNAL", "a journal record must be a JSON value");
  // A UTF-16 unit is at most 3 octets of UTF-8, so most records need no exact count.
  if (json.length * 3 > maxRecordOctets && utf8(json).length > maxRecordOctets) {
    throw new MeshError("ERR_TOO_LARGE", `a journal record of more than ${maxRecordOctets} octets`);
  }
  return json;
}

function takePart(batch: Waiting[]): Waiting[] {
  let octets = 0;
  const end = batch.findIndex((entry, index) => {
    octets += entry.json.length * 3;
    return index > 0 && octets > maxCommitOctets;
  });
  return batch.splice(0, end < 0 ? batch.length : end);
}

function frameOf(jsons: readonly string[]): Uint8Array {
  const json = utf8(`[${jsons.join(",")}]`);
  return concat(utf8(`${checksum(json)} ${json.length} `), json, Uint8Array.of(newline));
}

function checksum(json: Uint8Array): string {
  return createHash("sha256").update(json).digest("hex").slice(0, checksumDigits);
}

/** The records, and the length of the file up to the end of the last whole commit. */
function parse<T>(path: string, octets: Uint8Array): { records: T[]; length: number } {
  if (!header.every((octet, index) => octets[index] === octet)) {
    throw new MeshError("ERR_STORE_DAMAGED", `${path} is not a journal`, { detail: { path, offset: 0 } });
  }
  const records: T[] = [];
  let length = header.length;
  let isTorn = false;
  for (let start = length; start < octets.length; ) {
    const at = octets.indexOf(newline, start);
    const end = at < 0 ? octets.length : at;
    const frame = parseFrame<T>(octets.subarray(start, end));
    const isWhole = frame.records !== undefined && at >= 0;
    // Something whole behind a bad line, or more octets than the bad commit had: that is not the work of a crash.
    if (isTorn ? isWhole : !isWhole && start + frame.declared < octets.length) {
      throw new MeshError("ERR_STORE_DAMAGED", `${path} is damaged at octet ${length}`, { detail: { path, offset: length } });
    }
    if (isWhole) {
      for (const record of frame.records ?? []) records.push(record);
      length = end + 1;
    } else {
      isTorn = true;
    }
    start = end + 1;
  }
  return { records, length };
}

/** The records of a whole line, and how many octets the line with its end should have; infinite when that cannot be read. */
function parseFrame<T>(line: Uint8Array): { readonly records?: readonly T[]; readonly declared: number } {
  const prefix = /^([0-9a-f]{16}) (\d{1,10}) /.exec(latin1(line.subarray(0, checksumDigits + 12)));
  if (prefix === null) return { declared: Number.POSITIVE_INFINITY };
  const json = line.subarray(prefix[0].length);
  const declared = prefix[0].length + Number(prefix[2]) + 1;
  if (json.length !== Number(prefix[2]) || checksum(json) !== prefix[1]) return { declared };
  return { declared, records: JSON.parse(fromUtf8(json)) as readonly T[] };
}
