/**
 * Finds frames of a sequence file by identifier without reading the file: sorted runs `<path>.ids-<from>-<to>` of 16-octet records (eight
 * octets of a digest of the identifier, frame index), each covering the frames from..to. Like the sidecar it is a cache: not fsynced,
 * bound to the file by a tree digest, confirmed by the frame found, and made anew when stale. Memory does not grow with the file.
 */

import type { FileHandle } from "node:fs/promises";
import { open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { readFully, reported, writeFully } from "../../base/append-file.ts";
import { concat, equalBytes, readUint64, utf8 } from "../../base/bytes.ts";
import { appendAll } from "../../base/list.ts";
import { publicSha512 } from "../../crypto/incremental.ts";
import { decodeContentMeta } from "../content-meta.ts";
import type { SequenceFrame } from "./frame.ts";
import { parseFrame } from "./frame.ts";
import type { FrameOctets } from "./frame-octets.ts";
import type { SequenceFile } from "./sequence-file.ts";

const magic = utf8("mmm/sequence/ids");
const headOctets = magic.length + 64;
const recordOctets = 16;
/** Frames gathered in memory before they become a run. */
const runFrames = 4096;
/** Records read or written at once. */
const batch = 4096;

/** Identifier of a frame: UniqueId of its metadata, else EnvelopeId; undefined for a frame without. A hint, like all of the header. */
export function frameId(frame: SequenceFrame): string | undefined {
  return decodeContentMeta(frame.header.ContentMetaData).UniqueId ?? frame.header.EnvelopeId;
}

interface Run {
  readonly from: number;
  readonly to: number;
  readonly handle: FileHandle;
  readonly path: string;
  readonly count: number;
}

interface Entry {
  readonly key: bigint;
  readonly index: number;
}

/** An index over one open sequence file. Calls take turns by the caller's care; close it before the file. */
export class IdIndex {
  readonly #file: SequenceFile;
  #runs: Run[] = [];
  #recent: Entry[] = [];
  #covered = 0;
  #head: Uint8Array | undefined;

  constructor(file: SequenceFile) {
    this.#file = file;
  }

  /** Indexes of the frames of an identifier, newest first. ERR_STORE_DAMAGED. */
  async *indexes(id: string): AsyncGenerator<number, void, undefined> {
    for (const index of await this.candidates(id)) {
      if (index < this.#file.count && frameId(await this.#file.read(index)) === id) yield index;
    }
  }

  /** The newest frame of an identifier. ERR_STORE_DAMAGED. */
  async find(id: string): Promise<SequenceFrame | undefined> {
    for await (const index of this.indexes(id)) return this.#file.read(index);
    return undefined;
  }

  /** Indexes of frames that may have an identifier, newest first; `frameId` of each frame tells. ERR_STORE_DAMAGED. */
  async candidates(id: string): Promise<readonly number[]> {
    await this.#catchUp();
    return await this.#candidates(keyOf(id));
  }

  /**
   * Takes frames that were just appended, so that the next search need not read them back. Unless the index was up to date with the file
   * right before them, or has gathered a run's worth, it leaves them to that search.
   * @param before the end of the file without them
   */
  appended(frames: readonly FrameOctets[], before: { readonly count: number; readonly lastTreeDigest: Uint8Array | undefined }): void {
    const { lastTreeDigest: head, count } = this.#file;
    const { count: from, lastTreeDigest: formerHead } = before;
    if (this.#head === undefined || formerHead === undefined || this.#covered !== from || !equalBytes(this.#head, formerHead)) return;
    if (count !== from + frames.length || count - (this.#runs.at(-1)?.to ?? 0) >= runFrames) return;
    for (const octets of frames) this.#note(parseFrame(octets), this.#covered);
    this.#head = head;
  }

  /** Writes what is in memory, so that the next open need not read it again. */
  async close(): Promise<void> {
    if (this.#recent.length > 0 || this.#runs.at(-1)?.to !== this.#covered) await this.#flush();
    await this.#release();
  }

  async #candidates(key: bigint): Promise<number[]> {
    const found = this.#recent.filter((entry) => entry.key === key).map((entry) => entry.index);
    found.reverse();
    for (const run of this.#runs.toReversed()) appendAll(found, await searchRun(run, key));
    return found;
  }

  /** Brings the index up to the end of the file; begins anew when frames it covers are gone. */
  async #catchUp(): Promise<void> {
    const { lastTreeDigest: head, count } = this.#file;
    if (this.#head !== undefined && head !== undefined && equalBytes(this.#head, head)) return;
    if (this.#head === undefined || !(await this.#covers(this.#covered, this.#head))) await this.#load();
    if (this.#covered < count) {
      for await (const frame of this.#file.frames({ from: this.#covered, to: count })) {
        this.#note(frame, frame.index);
        if (this.#covered - (this.#runs.at(-1)?.to ?? 0) >= runFrames) await this.#flush();
      }
    }
    this.#head = head;
  }

  #note(frame: SequenceFrame, index: number): void {
    const id = frameId(frame);
    if (id !== undefined) this.#recent.push({ key: keyOf(id), index });
    this.#covered = index + 1;
  }

  /** Takes the runs that are there and fit the file; others are deleted. */
  async #load(): Promise<void> {
    await this.#release();
    const prefix = `${basename(this.#file.path)}.ids-`;
    const directory = dirname(this.#file.path);
    const names = (await reported(() => readdir(directory))).filter((name) => name.startsWith(prefix));
    const spans = names.map((name) => ({ name, span: /^(\d{1,15})-(\d{1,15})$/.exec(name.slice(prefix.length)) }));
    const sorted = spans
      .map(({ name, span }) => ({ path: join(directory, name), from: Number(span?.[1] ?? -1), to: Number(span?.[2] ?? -1) }))
      .sort((a, b) => a.from - b.from || b.to - a.to);
    for (const found of sorted) {
      const run = found.from === this.#covered && found.to > found.from ? await this.#openRun(found) : undefined;
      if (run === undefined) await reported(() => rm(found.path, { force: true }));
      else {
        this.#runs.push(run);
        this.#covered = run.to;
      }
    }
  }

  async #openRun(found: { readonly path: string; readonly from: number; readonly to: number }): Promise<Run | undefined> {
    const handle = await reported(() => open(found.path, "r"));
    const { size } = await reported(() => handle.stat());
    const head = await readFully(handle, 0, headOctets);
    const fits = size >= headOctets && (size - headOctets) % recordOctets === 0 && equalBytes(head.subarray(0, magic.length), magic);
    if (fits && (await this.#covers(found.to, head.subarray(magic.length)))) return { ...found, handle, count: (size - headOctets) / recordOctets };
    await handle.close();
    return undefined;
  }

  async #covers(count: number, digest: Uint8Array): Promise<boolean> {
    return count > 0 && count <= this.#file.count && equalBytes(await this.#file.treeDigestAt(count - 1), digest);
  }

  async #flush(): Promise<void> {
    const from = this.#runs.at(-1)?.to ?? 0;
    if (from >= this.#covered) return;
    const entries = this.#recent.splice(0).sort(byKey);
    this.#runs.push(await this.#writeRun({ from, to: this.#covered }, inMemory(entries)));
    // Each run at least twice the one after it: a handful of runs for millions of frames, each record copied a few times in all.
    for (let last = this.#runs.length - 1; last > 0; last--) {
      const [older, newer] = [this.#runs[last - 1], this.#runs[last]];
      if (older === undefined || newer === undefined || older.to - older.from >= 2 * (newer.to - newer.from)) break;
      const merged = await this.#writeRun({ from: older.from, to: newer.to }, mergeRuns(older, newer));
      this.#runs.splice(last - 1, 2, merged);
      for (const run of [older, newer]) {
        await run.handle.close();
        await reported(() => rm(run.path, { force: true }));
      }
    }
  }

  async #writeRun(span: { readonly from: number; readonly to: number }, entries: AsyncIterable<readonly Entry[]>): Promise<Run> {
    const path = `${this.#file.path}.ids-${span.from}-${span.to}`;
    const fresh = `${path}.new`;
    const handle = await reported(() => open(fresh, "w+", 0o600));
    try {
      await writeFully(handle, concat(magic, await this.#file.treeDigestAt(span.to - 1)), 0);
      let count = 0;
      for await (const some of entries) {
        await writeFully(handle, encodeEntries(some), headOctets + count * recordOctets);
        count += some.length;
      }
      await reported(() => rename(fresh, path));
      return { ...span, path, handle, count };
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async #release(): Promise<void> {
    for (const run of this.#runs) await run.handle.close();
    this.#runs = [];
    this.#recent = [];
    this.#covered = 0;
    this.#head = undefined;
  }
}

function keyOf(id: string): bigint {
  return readUint64(publicSha512(utf8(id)), 0);
}

/** By key; newest first within one key. */
function byKey(a: Entry, b: Entry): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : b.index - a.index;
}

function encodeEntries(entries: readonly Entry[]): Uint8Array {
  const out = new Uint8Array(entries.length * recordOctets);
  const view = new DataView(out.buffer);
  entries.forEach(({ key, index }, i) => {
    view.setBigUint64(i * recordOctets, key);
    view.setBigUint64(i * recordOctets + 8, BigInt(index));
  });
  return out;
}

async function readEntries(run: Run, from: number, to: number): Promise<Entry[]> {
  const octets = await readFully(run.handle, headOctets + from * recordOctets, (to - from) * recordOctets);
  const out: Entry[] = [];
  for (let at = 0; at + recordOctets <= octets.length; at += recordOctets) {
    out.push({ key: readUint64(octets, at), index: Number(readUint64(octets, at + 8)) });
  }
  return out;
}

/** Indexes of a key in one run, newest first. */
async function searchRun(run: Run, key: bigint): Promise<number[]> {
  let low = 0;
  let high = run.count;
  while (high - low > 128) {
    const middle = Math.floor((low + high) / 2);
    const [entry] = await readEntries(run, middle, middle + 1);
    if (entry !== undefined && entry.key < key) low = middle + 1;
    else high = middle;
  }
  const found: number[] = [];
  for (let at = low; at < run.count; at += 256) {
    const some = await readEntries(run, at, Math.min(at + 256, run.count));
    appendAll(
      found,
      some.filter((entry) => entry.key === key).map((entry) => entry.index),
    );
    if (some.some((entry) => entry.key > key)) break;
  }
  return found;
}

async function* inMemory(entries: readonly Entry[]): AsyncGenerator<readonly Entry[], void, undefined> {
  yield entries;
}

async function* entriesOf(run: Run): AsyncGenerator<Entry, void, undefined> {
  for (let at = 0; at < run.count; at += batch) yield* await readEntries(run, at, Math.min(at + batch, run.count));
}

async function* mergeRuns(a: Run, b: Run): AsyncGenerator<readonly Entry[], void, undefined> {
  const [left, right] = [entriesOf(a), entriesOf(b)];
  let [x, y] = [await left.next(), await right.next()];
  let some: Entry[] = [];
  while (x.done !== true || y.done !== true) {
    if (y.done === true || (x.done !== true && byKey(x.value, y.value) < 0)) {
      if (x.done !== true) some.push(x.value);
      x = await left.next();
    } else {
      some.push(y.value);
      y = await right.next();
    }
    if (some.length >= batch) {
      yield some;
      some = [];
    }
  }
  yield some;
}
