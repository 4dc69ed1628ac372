/**
 * ServiceStore in files: each account in `accounts/<SHA-256 of its address>`, opened when it is first asked for and closed when others need
 * its descriptors. An account with open deliveries has a mark in `undelivered/`, and one that time will change a reminder in `due/`, so that they are
 * found without opening any account.
 */
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileError, syncDirectory, writeFileAtomic } from "../../../base/atomic-file.ts";
import type { Clock } from "../../../base/clock.ts";
import { makeDirectory } from "../../../base/directory.ts";
import { MeshError } from "../../../base/errors.ts";
import type { Log } from "../../../base/log.ts";
import { Mutex } from "../../../base/mutex.ts";
import type { SequenceFrame, TreeFrontier } from "../../../dare/index.ts";
import { accountFolder } from "../../account-folder.ts";
import type { FaultHook } from "../../fault.ts";
import type { Limits } from "../../limits.ts";
import type {
  AccountRecord,
  Answer,
  Append,
  Commit,
  Delivery,
  IdleSequence,
  OpenDeliveries,
  Page,
  SequenceName,
  ServiceStore,
  StoreEnd,
  StoreEnds,
  StorePlace,
} from "../service-store.ts";
import { DiskReserve } from "./disk-reserve.ts";
import { FileAccount } from "./file-account.ts";
import { OpenFiles } from "./open-files.ts";
import { readRecord, writeRecord } from "./record-file.ts";
import { Reminders } from "./reminders.ts";
import { StoreFile } from "./store-file.ts";

/** What the files are opened with. */
export interface FileStoreOptions {
  readonly dir: string;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly fault: FaultHook;
  readonly log: Log;
}

const folderName = /^[0-9a-f]{64}$/;

/** The accounts under one directory, of which nobody else makes use. */
export class FileServiceStore implements ServiceStore {
  readonly #options: FileStoreOptions;
  readonly #accounts: string;
  readonly #undelivered: string;
  readonly #reminders: Reminders;
  readonly #files: OpenFiles;
  readonly #reserve: DiskReserve;
  /** Accounts are made and removed one at a time. */
  readonly #turns = new Mutex();
  /** Folders of which nobody may make use any more. */
  readonly #leaving = new Set<string>();
  #isClosed = false;
  readonly #listeners = new Set<(account: string) => void>();

  private constructor(options: FileStoreOptions) {
    const { dir, limits, clock, log } = options;
    this.#options = options;
    this.#accounts = join(dir, "accounts");
    this.#undelivered = join(dir, "undelivered");
    this.#reminders = new Reminders(join(dir, "due"), [limits.stageMs, limits.keepStateMs, limits.keepAuditMs, limits.commandBodyMs]);
    this.#files = new OpenFiles({ limit: limits.openFiles, log });
    const octets = { newcomer: limits.reserveOctets, account: Math.min(limits.lastReserveOctets, limits.reserveOctets) };
    this.#reserve = new DiskReserve({ dir, octets, clock, log });
  }

  /** Opens no account; removes what was being made or removed when the last run ended. */
  static async open(options: FileStoreOptions): Promise<FileServiceStore> {
    const store = new FileServiceStore(options);
    await makeDirectory(store.#accounts);
    await makeDirectory(store.#undelivered);
    await store.#reminders.open();
    for (const name of await readdir(store.#accounts)) {
      if (!folderName.test(name)) await rm(join(store.#accounts, name), { recursive: true, force: true });
    }
    return store;
  }

  create(record: AccountRecord, first: readonly Append[]): Promise<void> {
    return this.#turns.run(async () => {
      const name = accountFolder(record.AccountAddress);
      if (await exists(join(this.#accounts, name))) throw new MeshError("ERR_ACCOUNT_EXISTS", `${record.AccountAddress} is taken`);
      const draft = join(this.#accounts, `new-${name}`);
      try {
        await rm(draft, { recursive: true, force: true });
        await mkdir(draft, { mode: 0o700 });
        await writeRecord(draft, record);
        for (const append of first) await this.#makeStore(draft, append);
        await rename(draft, join(this.#accounts, name));
        await syncDirectory(this.#accounts);
      } catch (error) {
        throw fileError(error, `cannot make account ${record.AccountAddress}`);
      }
    });
  }

  remove(account: string): Promise<void> {
    return this.#turns.run(async () => {
      const name = accountFolder(account);
      if (!(await exists(join(this.#accounts, name)))) return;
      const gone = join(this.#accounts, `gone-${name}`);
      this.#leaving.add(name);
      try {
        await this.#files.closeAll(keyOf(name));
        await rename(join(this.#accounts, name), gone);
        await syncDirectory(this.#accounts);
      } catch (error) {
        throw fileError(error, `cannot remove account ${account}`);
      } finally {
        this.#leaving.delete(name);
      }
      await rm(gone, { recursive: true, force: true });
      await rm(join(this.#undelivered, name), { force: true });
      await this.#reminders.set(name, undefined);
      this.#tell(account);
    });
  }

  async *accounts(): AsyncGenerator<string, void, undefined> {
    yield* this.#addresses(await readdir(this.#accounts));
  }

  record(account: string): Promise<AccountRecord> {
    return this.#use(account, async ({ record }) => record);
  }

  async setRecord(record: AccountRecord): Promise<void> {
    await this.#reserve.require("account");
    await this.#use(record.AccountAddress, (open) => open.setRecord(record));
    this.#tell(record.AccountAddress);
  }

  ends(account: string): Promise<StoreEnds> {
    return this.#use(account, (open) => open.ends());
  }

  idle(account: string): Promise<readonly IdleSequence[]> {
    return this.#use(account, (open) => open.idle());
  }

  frontier({ account, ...name }: StorePlace): Promise<TreeFrontier> {
    return this.#use(account, (open) => open.frontier(name));
  }

  frames({ account, ...name }: StorePlace, range?: { readonly from?: number; readonly to?: number }): AsyncGenerator<SequenceFrame, void, undefined> {
    return this.#read(account, (open) => open.frames(name, range));
  }

  frame({ account, ...name }: StorePlace, index: number): Promise<SequenceFrame> {
    return this.#use(account, (open) => open.frame(name, index));
  }

  find({ account, ...name }: StorePlace, id: string): AsyncGenerator<SequenceFrame, void, undefined> {
    return this.#read(account, (open) => open.find(name, id));
  }

  async stage(account: string, page: Page): Promise<StoreEnd> {
    await this.#reserve.require("account", writtenBy([page]));
    return await this.#use(account, (open) => open.stage(page));
  }

  drop(account: string, sequences: readonly SequenceName[]): Promise<void> {
    return this.#use(account, (open) => open.drop(sequences));
  }

  erase({ account, store }: StorePlace, options: { readonly indexes: readonly number[]; readonly to: number }): Promise<void> {
    return this.#use(account, (open) => open.erase(store, options));
  }

  async commit(account: string, commit: Commit): Promise<number> {
    await this.#reserve.require("account", writtenBy(commit.appends));
    const mark = join(this.#undelivered, accountFolder(account));
    try {
      return await this.#use(account, (open) => open.commit(commit, { prepare: () => writeFileAtomic(mark, new Uint8Array()) }));
    } finally {
      this.#tell(account);
    }
  }

  answer(account: string, request: Pick<Answer, "sender" | "requestId">): Promise<Answer | undefined> {
    return this.#use(account, (open) => open.answer(request));
  }

  openDeliveries(account: string): Promise<OpenDeliveries> {
    return this.#use(account, (open) => open.openDeliveries());
  }

  async delivered(account: string, commit: number, deliveries: readonly Delivery[]): Promise<void> {
    const mark = join(this.#undelivered, accountFolder(account));
    // A mark too many costs one look at the next start.
    await this.#use(account, (open) => open.delivered(commit, { deliveries, finish: () => rm(mark, { force: true }) }));
  }

  async *undelivered(): AsyncGenerator<string, void, undefined> {
    yield* this.#addresses(await readdir(this.#undelivered));
  }

  remind(account: string, time: number): Promise<void> {
    return this.#reminders.atLatest(accountFolder(account), time);
  }

  setReminder(account: string, time: number | undefined): Promise<void> {
    return this.#reminders.set(accountFolder(account), time);
  }

  async *due(now: number): AsyncGenerator<string, void, undefined> {
    yield* this.#addresses(this.#reminders.due(now));
  }

  watch(listener: (account: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  requireReserve(): Promise<void> {
    return this.#reserve.require("newcomer");
  }

  close(): Promise<void> {
    this.#isClosed = true;
    return this.#turns.run(() => this.#files.closeAll());
  }

  async *#addresses(names: readonly string[]): AsyncGenerator<string, void, undefined> {
    for (const name of names) {
      const dir = join(this.#accounts, name);
      if (folderName.test(name) && (await exists(dir))) yield (await readRecord(dir)).AccountAddress;
    }
  }

  async #use<R>(account: string, task: (open: FileAccount) => Promise<R>): Promise<R> {
    return await this.#files.use(this.#fileOf(account), task);
  }

  /** Frames of an account that stays open until the last was taken. */
  async *#read(account: string, frames: (open: FileAccount) => AsyncIterable<SequenceFrame>): AsyncGenerator<SequenceFrame, void, undefined> {
    const { file, release } = await this.#files.take(this.#fileOf(account));
    try {
      yield* frames(file);
    } finally {
      release();
    }
  }

  /** Whoever comes now finds the door shut, so that those inside come to an end. ERR_ACCOUNT_UNKNOWN, ERR_BUSY. */
  #fileOf(account: string) {
    const name = accountFolder(account);
    if (this.#isClosed) throw new MeshError("ERR_BUSY", "the service is stopping");
    if (this.#leaving.has(name)) throw unknownAccount(account);
    return { key: keyOf(name), weight: 1, open: () => this.#open(account, name) };
  }

  async #open(account: string, name: string): Promise<FileAccount> {
    const { limits, clock, fault, log } = this.#options;
    const dir = join(this.#accounts, name);
    if (!(await exists(dir))) throw unknownAccount(account);
    const answers = { perSender: limits.answersEach, count: limits.answers, octets: limits.answerOctets, ms: limits.answerMs };
    return await FileAccount.open({ dir, key: keyOf(name), files: this.#files, answers, journalOctets: limits.journalOctets, clock, fault, log });
  }

  async #makeStore(dir: string, { store, epoch, index, frames }: Append): Promise<void> {
    const file = await StoreFile.open(dir, { store, epoch }, { create: true, log: this.#options.log });
    try {
      await file.append(index, frames);
    } finally {
      await file.close();
    }
  }

  #tell(account: string): void {
    for (const listener of this.#listeners) listener(account);
  }
}

/** Octets on the disk, more or less: each frame stands in the journal and in its store. */
function writtenBy(appends: readonly Pick<Append, "frames">[]): number {
  let octets = 0;
  for (const { frames } of appends)
    for (const { headerOctets, body, trailerOctets } of frames) octets += headerOctets.length + body.length + trailerOctets.length;
  return 2 * octets;
}

function unknownAccount(account: string): MeshError {
  return new MeshError("ERR_ACCOUNT_UNKNOWN", `no account ${account} at this service`);
}

function keyOf(folder: string): string {
  return `${folder}/`;
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw fileError(error, `cannot look at ${path}`);
  }
}
