/**
 * One sequence of a store on the disk, with its sidecars, the index of ids opened when it is first asked: `MMM_X.dare` in epoch 0, `MMM_X.E.dare`
 * in epoch E, `MMM_X.E.staged-N` before it comes in force.
 */
import { readdir, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileError, syncDirectory } from "../../../base/atomic-file.ts";
import type { Log } from "../../../base/log.ts";
import { Mutex } from "../../../base/mutex.ts";
import type { FrameOctets, SequenceFrame } from "../../../dare/index.ts";
import { frameId, IdIndex, SequenceFile } from "../../../dare/index.ts";
import { auditLabel, isCatalog, isSpool } from "../../../schema/index.ts";
import type { StoreEnd } from "../service-store.ts";
import type { FileName } from "./ledger.ts";

const suffix = ".dare";
const epochPattern = /^(MMM_[A-Za-z]{1,32}(?:\.[A-Z][A-Z2-7-]{8,159})?)(?:\.([1-9]\d{0,14}))?\.dare$/;

/** Descriptors of an open store: the file, its sidecar, and runs of its id index. */
export const storeWeight = 4;

/** The file of a sequence in an account's folder. */
export function storePath(dir: string, { store, epoch, number }: FileName): string {
  const name = epoch === 0 ? store : `${store}.${epoch}`;
  return join(dir, number === undefined ? `${name}${suffix}` : `${name}.staged-${number}`);
}

/** The epochs of which there are files among these names, of each store the lowest first. */
export function epochsAmong(names: readonly string[]): readonly FileName[] {
  const found = names.flatMap((name): FileName[] => {
    const [, label = "", epoch = "0"] = epochPattern.exec(name) ?? [];
    return isCatalog(label) || isSpool(label) || label === auditLabel ? [{ store: label, epoch: Number(epoch) }] : [];
  });
  return found.sort((a, b) => a.epoch - b.epoch);
}

/** Gives a staged file its place in force, durably; of what was beside it only the sidecar goes along. Done again it changes nothing. ERR_STORE, ERR_DISK_FULL. */
export async function bringIntoPlace(dir: string, file: FileName): Promise<void> {
  const [from, to] = [storePath(dir, file), storePath(dir, { store: file.store, epoch: file.epoch })];
  // The sidecar first: alone it is confirmed by nothing and made anew, and without it the whole file would be read.
  for (const end of [".idx", ""]) {
    await rename(`${from}${end}`, `${to}${end}`).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw fileError(error, `cannot rename ${from}${end}`);
    });
  }
  await removeStore(dir, file);
}

/** Removes a file with everything beside it, durably. ERR_STORE. */
export async function removeStore(dir: string, file: FileName): Promise<void> {
  const path = storePath(dir, file);
  const name = basename(path);
  try {
    for (const found of await readdir(dir)) if (found === name || found.startsWith(`${name}.`)) await rm(join(dir, found), { force: true });
  } catch (error) {
    throw fileError(error, `cannot remove ${path}`);
  }
  await syncDirectory(dir);
}

/** An open store. */
export class StoreFile {
  readonly sequence: SequenceFile;
  readonly #epoch: number;
  readonly #ids: IdIndex;
  /** The id index wants one caller at a time. */
  readonly #turns = new Mutex();

  private constructor(sequence: SequenceFile, epoch: number) {
    this.sequence = sequence;
    this.#epoch = epoch;
    this.#ids = new IdIndex(sequence);
  }

  /** Opens a file in a folder, or makes it; a torn tail is cut. ERR_STORE_DAMAGED names it; ERR_NOT_FOUND without `create`. */
  static async open(dir: string, file: FileName, options: { readonly create: boolean; readonly log: Log }): Promise<StoreFile> {
    return new StoreFile(await SequenceFile.open({ path: storePath(dir, file), ...options }), file.epoch);
  }

  get end(): StoreEnd {
    const { count, byteLength, lastTreeDigest } = this.sequence;
    return { epoch: this.#epoch, count, octets: byteLength, ...(lastTreeDigest === undefined ? {} : { digest: lastTreeDigest }) };
  }

  /** Appends the frames that are not there yet, durably. ERR_CONFLICT when frames before them are missing. */
  async append(index: number, frames: readonly FrameOctets[]): Promise<void> {
    const { count, lastTreeDigest } = this.sequence;
    const have = count - index;
    if (have >= frames.length) return;
    const fresh = have > 0 ? frames.slice(have) : frames;
    await this.sequence.append(fresh);
    await this.#turns.run(() => Promise.resolve(this.#ids.appended(fresh, { count, lastTreeDigest })));
  }

  /** Frames of an id, newest first, each read when it is asked for. */
  async *find(id: string): AsyncGenerator<SequenceFrame, void, undefined> {
    for (const index of await this.#turns.run(() => this.#ids.candidates(id))) {
      if (index >= this.sequence.count) continue;
      const frame = await this.sequence.read(index);
      if (frameId(frame) === id) yield frame;
    }
  }

  close(): Promise<void> {
    return this.#turns.run(async () => {
      try {
        await this.#ids.close();
      } finally {
        await this.sequence.close();
      }
    });
  }
}
