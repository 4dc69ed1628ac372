/**
 * The files of one account's sequences, opened when they are needed, and the steps that change them. A step is what the journal holds: doing it
 * again changes nothing, so that whatever a crash left half done is done once more.
 */
import { readdir } from "node:fs/promises";
import { fileError } from "../../../base/atomic-file.ts";
import type { Clock } from "../../../base/clock.ts";
import { isMeshError, MeshError } from "../../../base/errors.ts";
import type { Log } from "../../../base/log.ts";
import type { SequenceFrame } from "../../../dare/index.ts";
import { storeLabels } from "../../../schema/index.ts";
import type { StoreEnd } from "../service-store.ts";
import type { FileSwitch, Step } from "./journal.ts";
import type { FileName } from "./ledger.ts";
import { fileOfStage, Ledger } from "./ledger.ts";
import type { OpenFiles, Use } from "./open-files.ts";
import { bringIntoPlace, epochsAmong, removeStore, StoreFile, storePath, storeWeight } from "./store-file.ts";

/** Where the files are. */
export interface AccountFilesOptions {
  readonly dir: string;
  /** Key of the account among the open files; those of its stores begin with it. */
  readonly key: string;
  readonly files: OpenFiles;
  readonly clock: Clock;
  readonly log: Log;
}

/** Frames of an open file. */
export type ReadFrames = (file: StoreFile) => AsyncIterable<SequenceFrame>;

/** The files of one account. Steps come one at a time, or those of one commit together. */
export class AccountFiles {
  readonly #options: AccountFilesOptions;
  #ledger = new Ledger();

  constructor(options: AccountFilesOptions) {
    this.#options = options;
  }

  get ledger(): Ledger {
    return this.#ledger;
  }

  use<R>(file: FileName, task: (open: StoreFile) => Promise<R>): Promise<R> {
    return this.#options.files.use(this.#openable(file), task);
  }

  /** The same for who reads, and makes no file. ERR_NOT_FOUND for one that went after it was found in the ledger. */
  look<R>(file: FileName, task: (open: StoreFile) => Promise<R>): Promise<R> {
    return this.#options.files.use(this.#readable(file), task);
  }

  /** Frames of a file, which stays open until the last was taken. ERR_NOT_FOUND as for `look`. */
  async *read(name: FileName, frames: ReadFrames): AsyncGenerator<SequenceFrame, void, undefined> {
    const { file, release } = await this.#options.files.take(this.#readable(name));
    try {
      yield* frames(file);
    } finally {
      release();
    }
  }

  /** Closes everything, once nobody uses it; whoever wants it meanwhile has to wait until the account is whole. */
  async closeAll(): Promise<void> {
    const { files, key } = this.#options;
    for (const store of storeLabels) await files.closeAll(`${key}${store}`);
  }

  /** Begins with what was there, and does what may be missing. ERR_STORE_DAMAGED, ERR_BUSY, ERR_DISK_FULL. */
  async begin(ledger: Ledger | undefined, pending: readonly Step[]): Promise<void> {
    this.#ledger = ledger ?? (await this.#readLedger());
    const gone = new Set(pending.flatMap((step) => (step.kind === "gone" ? keyOf(step.file) : [])));
    for (const step of pending) {
      const isOfGone = step.kind === "append" && gone.has(keyOf({ store: step.append.store, epoch: step.append.epoch }));
      if (!isOfGone) (await this.make(step))();
    }
    for (const staged of this.#ledger.staged) {
      const end = await this.use(fileOfStage(staged), async (file) => file.end);
      this.#ledger.setStage({ ...staged, end });
    }
  }

  /** Does a step on the disk, durably; what it gives notes it in the ledger. Errors of the file system. */
  async make(step: Step): Promise<() => void> {
    const { dir } = this.#options;
    switch (step.kind) {
      case "append": {
        const { store, epoch, index, frames } = step.append;
        const end = await this.use({ store, epoch }, async (file) => {
          await file.append(index, frames);
          return file.end;
        });
        return () => this.#ledger.setEnd(store, end);
      }
      case "switch":
        return await this.#switch(step.change);
      case "staged":
        return () => this.#ledger.addStage(step.staged);
      case "gone":
        // First: whoever comes now finds none. What fails behind it is done again by what the journal says.
        this.#ledger.remove(step.file);
        await this.#close(step.file);
        await removeStore(dir, step.file);
        return () => undefined;
      case "swept":
        return () => this.#sweep(step);
    }
  }

  async #switch({ file, count, time }: FileSwitch): Promise<() => void> {
    const { dir } = this.#options;
    await this.#close(file);
    await bringIntoPlace(dir, file);
    const { store, epoch } = file;
    const end = await this.use({ store, epoch }, async (open) => open.end);
    if (end.count < count) throw new MeshError("ERR_STORE_DAMAGED", `${storePath(dir, { store, epoch })} has ${end.count} frames of ${count}`);
    const outdated = this.#ledger.staged.filter((staged) => staged.store === store && staged.end.epoch <= epoch).map(fileOfStage);
    for (const other of outdated) {
      if (other.number === file.number) continue;
      await this.#close(other);
      await removeStore(dir, other);
    }
    return () => {
      for (const other of outdated) this.#ledger.remove(other);
      this.#ledger.bringIntoForce(file, end, time);
    };
  }

  #sweep({ store, epoch, to }: Extract<Step, { readonly kind: "swept" }>): void {
    const end = this.#ledger.end(store);
    if (end.epoch === epoch && end.count > 0) this.#ledger.setEnd(store, { ...end, swept: to });
  }

  /** What the files say, where no ledger was ever written. */
  async #readLedger(): Promise<Ledger> {
    const { dir, clock } = this.#options;
    const names = await readdir(dir).catch((error: unknown) => {
      throw fileError(error, `cannot read ${dir}`);
    });
    const ledger = new Ledger();
    for (const file of epochsAmong(names)) ledger.bringIntoForce(file, await this.use(file, async ({ end }) => end), clock.now());
    return ledger;
  }

  #close(file: FileName): Promise<void> {
    return this.#options.files.close(this.#keyOf(file));
  }

  #openable(file: FileName): Use<StoreFile> {
    return { key: this.#keyOf(file), weight: storeWeight, open: () => this.#open(file) };
  }

  /** The file of what is in force is made where somebody has taken it away; of all others there is one, or there is none. */
  #readable(file: FileName): Use<StoreFile> {
    const isInForce = file.number === undefined && file.epoch === this.#ledger.end(file.store).epoch;
    return isInForce ? this.#openable(file) : { ...this.#openable(file), open: () => this.#openKept(file) };
  }

  async #openKept(file: FileName): Promise<StoreFile> {
    const { store, epoch, number } = file;
    const gone = (): MeshError =>
      new MeshError("ERR_NOT_FOUND", number === undefined ? `no epoch ${epoch} of ${store} is kept` : `what was staged of ${store} has gone`);
    if (this.#ledger.endOf(file) === undefined) throw gone();
    return await this.#open(file, false).catch((error: unknown) => {
      throw isMeshError(error, "ERR_NOT_FOUND") ? gone() : error;
    });
  }

  /** The file is right where it and the journal differ: somebody put another one in its place. */
  async #open(file: FileName, create = true): Promise<StoreFile> {
    const { dir, log } = this.#options;
    const open = await StoreFile.open(dir, file, { create, log });
    const known = this.#ledger.endOf(file);
    if (file.number === undefined && known !== undefined && known.count !== open.end.count) {
      log.warn("store.end-differs", { path: storePath(dir, file), expected: known.count, found: open.end.count });
      this.#ledger.setEnd(file.store, open.end);
    }
    return open;
  }

  #keyOf(file: FileName): string {
    return `${this.#options.key}${keyOf(file)}`;
  }
}

/** No key begins another one, but that of epoch 0 all others of its store. */
function keyOf({ store, epoch, number }: FileName): string {
  return epoch === 0 ? store : `${store}/${epoch}/${number ?? ""}.`;
}

/** True for a sequence that grew no further than a number of frames. */
export function endsAt(end: StoreEnd, expected: { readonly epoch: number; readonly index: number }): boolean {
  return end.epoch === expected.epoch && end.count === expected.index;
}
