/**
 * One account: its stores, journal, and what is derived from them (access rights, publications, claims, messages by id). Every change goes
 * through commit(), one at a time. When a change is recorded but a store cannot take it (full disk), the account is out of use until it is
 * opened anew, which completes the change.
 */

import { MeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { Mutex } from "../../base/mutex.ts";
import type { PrivateKey, PublicKey } from "../../crypto/index.ts";
import type { DareEnvelope, SequenceFrame } from "../../dare/index.ts";
import { frameOf, parseEnvelope, parseFrame } from "../../dare/index.ts";
import type { AccessCapability, SpoolLabel, StoreLabel } from "../../schema/index.ts";
import { isSpool, ProfileUser, peekObject, publicKeyOf, rightsOf, spoolLabels, storeLabels } from "../../schema/index.ts";
import { AccessTable } from "../access/access-table.ts";
import { ClaimBook } from "../claim/claim-book.ts";
import type { FaultHook } from "../fault.ts";
import type { Limits } from "../limits.ts";
import type { Append, Commit, Delivery } from "../store/file/journal.ts";
import { AccountJournal } from "../store/file/journal.ts";
import type { AccountRecord } from "../store/file/record.ts";
import { readRecord, writeRecord } from "../store/file/record.ts";
import { StoreSet } from "../store/file/store-set.ts";
import type { WaitingRoom } from "../wait/waiting-room.ts";
import { ServiceReader } from "./service-reader.ts";
import { SpoolIndex } from "./spool.ts";

/** What an account is opened with. */
export interface AccountOptions {
  readonly dir: string;
  /** The service's key for the Access and Publication catalogs. */
  readonly encryption: PrivateKey;
  readonly room: WaitingRoom;
  readonly limits: Limits;
  readonly fault: FaultHook;
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** What a caller may do. */
export interface Authority {
  readonly rights: readonly string[];
  /** Absent for the key that bound the account. */
  readonly capability?: AccessCapability;
}

const ownerRights = rightsOf(["admin"]);

/** An open account. */
export class Account {
  readonly dir: string;
  readonly room: WaitingRoom;
  readonly claims: ClaimBook;
  readonly #mutex = new Mutex();
  readonly #options: AccountOptions;
  readonly #stores: StoreSet;
  readonly #journal: AccountJournal;
  readonly #access = new AccessTable();
  readonly #readers: ReadonlyMap<StoreLabel, ServiceReader>;
  readonly #spools = new Map<SpoolLabel, SpoolIndex>(spoolLabels.map((label) => [label, new SpoolIndex()]));
  #record: AccountRecord;
  #fault: MeshError | undefined;

  private constructor(
    options: AccountOptions,
    parts: { readonly record: AccountRecord; readonly stores: StoreSet; readonly journal: AccountJournal },
  ) {
    this.#options = options;
    this.dir = options.dir;
    this.room = options.room;
    this.claims = new ClaimBook(options.limits.provisionalMs);
    this.#record = parts.record;
    this.#stores = parts.stores;
    this.#journal = parts.journal;
    const key = options.encryption;
    this.#readers = new Map((["MMM_Access", "MMM_Publication"] as const).map((label) => [label, new ServiceReader({ label, key })]));
  }

  /** Opens an account's folder: torn tails are cut, recorded changes completed. ERR_STORE_DAMAGED, and nothing stays open. */
  static async open(options: AccountOptions): Promise<Account> {
    const { dir, log } = options;
    const record = await readRecord(dir);
    const stores = await StoreSet.open(dir, log);
    let journal: AccountJournal | undefined;
    try {
      const opened = await AccountJournal.open(dir);
      journal = opened.journal;
      for (const append of opened.appends) await stores.append(append);
      const account = new Account(options, { record, stores, journal });
      await account.#load();
      if (opened.appends.length > 0) await journal.compact(options.now() - options.limits.answerMs);
      return account;
    } catch (error) {
      await journal?.close();
      await stores.close();
      throw error;
    }
  }

  get record(): AccountRecord {
    return this.#record;
  }

  get address(): string {
    return this.#record.AccountAddress;
  }

  get accountUdf(): string {
    return this.#record.AccountUdf;
  }

  /** ProfileSignature of the account; the profile was verified before it was stored. */
  get profileKey(): PublicKey {
    return publicKeyOf(peekObject(ProfileUser, this.#record.EnvelopedProfileAccount).ProfileSignature);
  }

  get stores(): Pick<StoreSet, "get" | "status" | "frontier"> {
    return this.#stores;
  }

  get journal(): Pick<AccountJournal, "answer" | "deliveries"> {
    return this.#journal;
  }

  /** True when the account has to be opened anew before it can be used. */
  get isBroken(): boolean {
    return this.#fault !== undefined;
  }

  spool(label: SpoolLabel): SpoolIndex {
    const index = this.#spools.get(label);
    if (index === undefined) throw new MeshError("ERR_INTERNAL", `no spool ${label}`);
    return index;
  }

  /** Rights of a link key, as the Access catalog says now. Errors: ERR_REVOKED, ERR_NOT_AUTHORIZED. */
  authority(linkUdf: string): Authority {
    if (this.#access.isEmpty && linkUdf === this.#record.LinkUdf) return { rights: ownerRights };
    const capability = this.#access.capability(linkUdf);
    return { rights: capability.Rights, capability };
  }

  /** A reader for frames that are to follow a service-readable catalog; undefined for all others. */
  reader(label: StoreLabel): ServiceReader | undefined {
    return this.#readers.get(label)?.copy();
  }

  /** A message of a spool. ERR_NOT_FOUND. */
  async message(label: SpoolLabel, index: number): Promise<DareEnvelope> {
    const frame = await this.#stores.get(label)?.read(index);
    if (frame === undefined || index === 0) throw new MeshError("ERR_NOT_FOUND", `no message ${index} in ${label}`);
    return parseEnvelope(frame.body);
  }

  /** Replaces what is known of the account itself. */
  async rebind(record: AccountRecord): Promise<void> {
    await writeRecord(this.dir, record);
    this.#record = record;
  }

  /** Runs what reads before it commits, alone. Errors: those of the task; that of a change which must be completed first. */
  exclusively<T>(task: () => Promise<T>): Promise<T> {
    return this.#mutex.run(() => {
      // A broken account must not even read: whoever opens it anew waits for this turn.
      if (this.#fault !== undefined) throw this.#fault;
      return task();
    });
  }

  /** Makes a change: recorded, then applied to every store, then believed. Call it inside exclusively(). ERR_TOO_LARGE, ERR_DISK_FULL, ERR_STORE. */
  async commit(commit: Commit): Promise<number> {
    const { fault } = this.#options;
    fault("commit-begun");
    const id = await this.#journal.record(commit);
    try {
      fault("commit-recorded");
      await Promise.all(commit.appends.map((append) => this.#apply(append)));
      fault("commit-applied");
      this.#learn(commit.appends);
      await this.#compact();
    } catch (error) {
      this.#fault =
        error instanceof MeshError ? error : new MeshError("ERR_STORE", `account ${this.accountUdf} must be opened again`, { cause: error });
      throw error;
    } finally {
      this.room.wake();
    }
    return id;
  }

  /** Notes that the deliveries of a commit were made. */
  async delivered(id: number): Promise<void> {
    await this.exclusively(() => this.#journal.delivered(id));
  }

  /** Deliveries that a stop left open. */
  get openDeliveries(): readonly (readonly [number, readonly Delivery[]])[] {
    return [...this.#journal.deliveries];
  }

  /** Ends all waits, lets the change under way end, closes every file. */
  async close(): Promise<void> {
    this.room.close();
    await this.#mutex.run(async () => {
      this.#fault ??= new MeshError("ERR_ACCOUNT_UNKNOWN", `${this.address} is closed`);
      await this.#journal.close();
      await this.#stores.close();
    });
  }

  async #apply(append: Append): Promise<void> {
    await this.#stores.append(append);
    this.#options.fault("store-appended");
  }

  async #load(): Promise<void> {
    for (const label of storeLabels) {
      if (!isSpool(label) && !this.#readers.has(label)) continue;
      for await (const frame of this.#stores.get(label)?.frames() ?? []) this.#take(label, frame);
    }
  }

  #learn(appends: readonly Append[]): void {
    for (const { label, frames } of appends) for (const frame of frames) this.#take(label, frameOf(parseFrame(frame)));
  }

  #take(label: StoreLabel, frame: SequenceFrame): void {
    if (isSpool(label)) {
      const entry = this.spool(label).add(frame);
      if (entry !== undefined && label === "MMM_Local") this.claims.file(entry, frame);
      return;
    }
    const update = this.#readers.get(label)?.read(frame);
    if (update === undefined) return;
    if (label === "MMM_Access") this.#access.apply(update);
    else this.claims.apply(update);
  }

  async #compact(): Promise<void> {
    const { limits, now } = this.#options;
    if (this.#journal.octets < limits.journalOctets) return;
    await this.#journal.compact(now() - limits.answerMs);
  }
}
