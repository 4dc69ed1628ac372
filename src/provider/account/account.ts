/**
 * One account as the service uses it: who may do what, and the checks around every change. What it keeps in memory is read from its stores
 * and small; everything else is asked of them. Changes take turns at this host; another host's are noticed by the places of the stores.
 */
import { equalBytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import { Mutex } from "../../base/mutex.ts";
import type { PrivateKey, PublicKey } from "../../crypto/index.ts";
import { sha512 } from "../../crypto/index.ts";
import type { DareEnvelope, SequenceFrame, TreeFrontier } from "../../dare/index.ts";
import { parseEnvelope } from "../../dare/index.ts";
import type { ContainerStatus } from "../../protocol/index.ts";
import type { AccessCapability, CapabilityInbound, CapabilityRecover, Power, SpoolLabel, StoreLabel } from "../../schema/index.ts";
import { ProfileUser, peekObject, publicKeyOf, rightsOf, serviceReadable } from "../../schema/index.ts";
import type { ReadFrames } from "../access/access-reading.ts";
import { takeOver } from "../access/access-reading.ts";
import { AccessTable } from "../access/access-table.ts";
import { ClaimBook } from "../claim/claim-book.ts";
import type { Limits } from "../limits.ts";
import { SplitBook } from "../split/split-book.ts";
import type {
  AccountRecord,
  Answer,
  Commit,
  Delivery,
  Expected,
  OpenDeliveries,
  SequenceName,
  ServiceStore,
  StoreEnd,
} from "../store/service-store.ts";
import type { WaitingRoom } from "../wait/waiting-room.ts";
import { overBudget, requireBudget, requireEpochs, type Spender } from "./budget.ts";
import { statusOf, withWriters } from "./container-status.ts";
import type { InboundWindow, StrangerEntry, StrangerSpool } from "./inbound-window.ts";
import { strangerWindows } from "./inbound-window.ts";
import { reminderOf } from "./reminder.ts";
import { ServiceReader } from "./service-reader.ts";
import type { SpoolEntry, SpoolMessage } from "./spool.ts";
import { spoolEntry } from "./spool.ts";
import { StageBook } from "./stage-book.ts";

/** What an account is opened with. */
export interface AccountOptions {
  /** Folded address. */
  readonly address: string;
  readonly store: ServiceStore;
  /** The service's key for the Access and Publication catalogs. */
  readonly encryption: PrivateKey;
  readonly room: WaitingRoom;
  readonly limits: Limits;
  readonly clock: Clock;
}

/** What a caller may do. */
export interface Authority {
  readonly rights: readonly string[];
  /** Absent for the key that bound the account. */
  readonly capability?: AccessCapability;
}

const ownerRights = rightsOf(["admin"]);
const noEnd: StoreEnd = { epoch: 0, count: 0, octets: 0 };

/** An account in use. */
export class Account {
  readonly address: string;
  readonly room: WaitingRoom;
  readonly claims: ClaimBook;
  readonly stages: StageBook;
  readonly splits: SplitBook;
  readonly #options: AccountOptions;
  readonly #store: ServiceStore;
  readonly #turns = new Mutex();
  /** Serialises what takes over from the stores. */
  readonly #reading = new Mutex();
  readonly #windows: Readonly<Record<StrangerSpool, InboundWindow>>;
  #access = new AccessTable();
  #accessReader: ServiceReader;
  /** How much of the Access catalog was taken over. */
  #accessPlace = { epoch: 0, index: 0 };
  #record: AccountRecord;
  #isClosed = false;

  private constructor(options: AccountOptions, record: AccountRecord) {
    this.#options = options;
    this.#store = options.store;
    this.address = options.address;
    this.room = options.room;
    this.#record = record;
    this.#windows = strangerWindows((label, range) => this.frames(label, range));
    this.#accessReader = this.reader("MMM_Access");
    this.stages = new StageBook(options);
    this.splits = new SplitBook(this);
    this.claims = new ClaimBook({ account: this, provisionalMs: options.limits.provisionalMs });
  }

  /** ERR_ACCOUNT_UNKNOWN and the other errors of the store. */
  static async open(options: AccountOptions): Promise<Account> {
    const account = new Account(options, await options.store.record(options.address));
    await account.refresh();
    return account;
  }

  get record(): AccountRecord {
    return this.#record;
  }

  get accountUdf(): string {
    return this.#record.AccountUdf;
  }

  /** ProfileSignature of the account; the profile was verified before it was stored. */
  get profileKey(): PublicKey {
    return publicKeyOf(peekObject(ProfileUser, this.#record.EnvelopedProfileAccount).ProfileSignature);
  }

  /** Takes over what others wrote. */
  refresh(): Promise<void> {
    return this.#reading.run(async () => {
      this.#record = await this.#store.record(this.address);
      const ends = await this.#store.ends(this.address);
      await this.#refreshAccess(ends.get("MMM_Access") ?? noEnd);
      await this.splits.refresh(ends.get("MMM_Joined") ?? noEnd);
    });
  }

  /** Rights of a link key, as the Access catalog says. Errors: ERR_REVOKED, ERR_NOT_AUTHORIZED; ERR_BUSY while its owner alone uses the account. */
  authority(linkUdf: string): Authority {
    this.#requireOpen();
    if (this.#record.Alone && this.#isRecovering && linkUdf !== this.#record.LinkUdf)
      throw new MeshError("ERR_BUSY", `the owner makes its stores whole: nobody else uses it until that is done, or ${this.#record.RecoverUntil}`);
    const isNew = this.#access.isEmpty && this.#accessPlace.epoch === 0;
    if (linkUdf === this.#record.LinkUdf && (isNew || (this.#isRecovering && !this.#access.knows(linkUdf)))) return { rights: ownerRights };
    const capability = this.#access.capability(linkUdf);
    return { rights: capability.Rights, capability };
  }

  get #isRecovering(): boolean {
    return this.#options.clock.now() < Date.parse(this.#record.RecoverUntil ?? "");
  }

  /** What the account says of somebody who writes to it: see access/inbound-rule.ts. */
  inbound(sender: string): readonly CapabilityInbound[] {
    return this.#access.inbound(sender);
  }

  /** What the service may do with a share of the account's keys under this id, and for whom: see operate/grant.ts. */
  power(id: string): Power | undefined {
    this.#requireOpen();
    return this.#access.power(id);
  }

  /** What is sealed for whoever recovers the account, and is nothing to anybody else. */
  get recovery(): CapabilityRecover | undefined {
    return this.#access.recovery;
  }

  /** How far stores have grown, each in the epoch in force. @param writers with the sequences of single writers that they have */
  async statuses(labels: readonly StoreLabel[], writers = false): Promise<readonly ContainerStatus[]> {
    const ends = await this.#store.ends(this.address);
    return (writers ? withWriters(labels, ends) : labels).map((label) => statusOf(label, ends.get(label) ?? noEnd));
  }

  /** Where a store ends, in the epoch in force or in a former one. ERR_NOT_FOUND for one that is not kept. */
  async end(label: StoreLabel, epoch?: number): Promise<StoreEnd> {
    const end = (await this.#store.ends(this.address)).get(label) ?? noEnd;
    if (epoch === undefined || epoch === end.epoch) return end;
    const former = (await this.#store.idle(this.address)).find(({ store, stage, end: kept }) => store === label && !stage && kept.epoch === epoch);
    if (former === undefined) throw new MeshError("ERR_NOT_FOUND", `no epoch ${epoch} of ${label} is kept here; epoch ${end.epoch} is in force`);
    return former.end;
  }

  /** Octets of the Access catalog's live entries, which are in memory, after entries of so many octets were written under these keys. */
  accessOctetsWith(changed: ReadonlyMap<string, number>): number {
    return this.#access.octetsWith(changed);
  }

  /** What the next frame of a store refers to. */
  frontier(label: StoreLabel): Promise<TreeFrontier> {
    return this.#store.frontier({ account: this.address, store: label });
  }

  /** Frames of a store, in the epoch in force unless a former one is named. ERR_NOT_FOUND for one that is not kept. */
  frames(label: StoreLabel, range?: { readonly from?: number; readonly to?: number; readonly epoch?: number }): AsyncIterable<SequenceFrame> {
    return this.#store.frames({ account: this.address, store: label, ...(range?.epoch === undefined ? {} : { epoch: range.epoch }) }, range);
  }

  /** A frame in force. ERR_NOT_FOUND. */
  frame(label: StoreLabel, index: number): Promise<SequenceFrame> {
    return this.#store.frame({ account: this.address, store: label }, index);
  }

  /** Frames of an id, newest first. */
  find(label: StoreLabel, id: string): AsyncIterable<SequenceFrame> {
    return this.#store.find({ account: this.address, store: label }, id);
  }

  /** A reader of a catalog that is sealed to the service too; undefined for all others. */
  readerOf(label: StoreLabel, other: Omit<SequenceName, "store"> = {}): ServiceReader | undefined {
    return serviceReadable.includes(label) ? this.reader(label, other) : undefined;
  }

  /** A reader of what is in force, or of another sequence of the store. */
  reader(label: StoreLabel, other: Omit<SequenceName, "store"> = {}): ServiceReader {
    const place = { ...other, account: this.address, store: label };
    return new ServiceReader({ label, key: this.#options.encryption, frame: (index) => this.#store.frame(place, index) });
  }

  /** Messages of an EnvelopeId, newest first. */
  async *messages(label: SpoolLabel, envelopeId: string): AsyncGenerator<SpoolEntry, void, undefined> {
    for await (const frame of this.find(label, envelopeId)) {
      const entry = spoolEntry(frame);
      if (entry !== undefined) yield entry;
    }
  }

  /** The newest message of an EnvelopeId that is wanted, among so many as a spool takes of one. */
  async newest(label: SpoolLabel, envelopeId: string, isWanted: (entry: SpoolEntry) => boolean): Promise<SpoolEntry | undefined> {
    let left = this.#options.limits.messagesOfId;
    for await (const entry of this.messages(label, envelopeId)) {
      if (isWanted(entry)) return entry;
      left -= 1;
      if (left <= 0) return undefined;
    }
    return undefined;
  }

  /** The place of this very message in a spool; undefined when it is not there. ERR_QUOTA when the spool has others of its EnvelopeId, as many as it takes. */
  async indexOf(label: SpoolLabel, message: SpoolMessage): Promise<number | undefined> {
    const { messagesOfId } = this.#options.limits;
    let others = 0;
    for await (const { index, octets, digest } of this.messages(label, message.envelopeId)) {
      if (digest === undefined ? equalBytes(octets, message.octets) : equalBytes(digest, sha512(message.octets))) return index;
      others += 1;
      if (others >= messagesOfId)
        throw overBudget(`${messagesOfId} messages under one EnvelopeId in ${label}`, { store: label, limit: messagesOfId });
    }
    return undefined;
  }

  /** A message of a spool. ERR_NOT_FOUND. */
  async message(label: SpoolLabel, index: number): Promise<DareEnvelope> {
    if (index === 0) throw new MeshError("ERR_NOT_FOUND", `no message ${index} in ${label}`);
    return parseEnvelope((await this.frame(label, index)).body);
  }

  /** What other accounts left in a spool since a time, oldest first. */
  strangersSince(label: StrangerSpool, time: number): Promise<readonly StrangerEntry[]> {
    return this.#reading.run(async () => {
      return await this.#windows[label].since(time, (await this.end(label)).count);
    });
  }

  /** Replaces what is known of the account itself. */
  async rebind(record: AccountRecord): Promise<void> {
    await this.#store.setRecord(record);
    this.#record = record;
  }

  /** Runs what reads before it commits, alone. Errors: those of the task; ERR_ACCOUNT_UNKNOWN once the account is gone. */
  exclusively<T>(task: () => Promise<T>): Promise<T> {
    return this.#turns.run(() => {
      this.#requireOpen();
      return task();
    });
  }

  /** The account is gone: ends all waits, and nothing more is judged by what is in memory. */
  close(): void {
    this.#isClosed = true;
    this.room.close();
  }

  /** Makes a change and gives its number. Call it inside exclusively(). ERR_QUOTA, ERR_CONFLICT, ERR_TOO_LARGE, ERR_DISK_FULL, ERR_BUSY, ERR_STORE. */
  async commit(commit: Commit, spender: Spender = "other"): Promise<number> {
    const [holding, budgeting] = [await this.stages.holding(), { limits: this.#options.limits, spender }];
    requireBudget(holding, commit.appends, budgeting);
    requireEpochs(holding, commit.switches ?? [], budgeting);
    await this.#remind(commit);
    try {
      return await this.#store.commit(this.address, { ...commit, expected: [...(commit.expected ?? []), ...this.#judgedBy(commit)] });
    } finally {
      await this.changed();
    }
  }

  /** Erases bodies of a store. Call it inside exclusively(). */
  erase(label: StoreLabel, options: { readonly indexes: readonly number[]; readonly to: number }): Promise<void> {
    return this.#store.erase({ account: this.address, store: label }, options);
  }

  /** The answer that a request got; undefined when none is kept. */
  answer(request: Pick<Answer, "sender" | "requestId">): Promise<Answer | undefined> {
    return this.#store.answer(this.address, request);
  }

  openDeliveries(): Promise<OpenDeliveries> {
    return this.#store.openDeliveries(this.address);
  }

  /** Notes that deliveries of a commit are over. */
  delivered(commit: number, deliveries: readonly Delivery[]): Promise<void> {
    return this.#store.delivered(this.address, commit, deliveries);
  }

  /** Something was written, here or elsewhere: takes it over and lets everybody look again. */
  async changed(): Promise<void> {
    try {
      await this.refresh();
    } finally {
      this.room.wake();
    }
  }

  /** What time will do to the change. */
  async #remind(commit: Commit): Promise<void> {
    const due = reminderOf(commit, { limits: this.#options.limits, now: this.#options.clock.now() });
    if (due !== undefined) await this.#store.remind(this.address, due);
  }

  /** Another epoch is read from its beginning, and counts when all of it is read. */
  async #refreshAccess({ epoch, count }: StoreEnd): Promise<void> {
    const isAnew = epoch !== this.#accessPlace.epoch;
    const from = isAnew ? 0 : this.#accessPlace.index;
    if (from === count) return;
    const reader = isAnew ? this.reader("MMM_Access", { epoch }) : this.#accessReader;
    const table = isAnew ? new AccessTable() : this.#access;
    const read: ReadFrames = ({ from: next, to }) => this.frames("MMM_Access", { from: next, to: Math.min(to, count), epoch });
    const taken = (frame: SequenceFrame): void => {
      if (!isAnew) this.#accessPlace = { epoch, index: frame.index + 1 };
    };
    await takeOver(table, read, { from, reader, taken });
    this.#access = table;
    this.#accessReader = reader;
    this.#accessPlace = { epoch, index: count };
  }

  /** The Access catalog must not have moved since the caller's rights were judged, whoever writes it. */
  #judgedBy({ appends, switches = [] }: Commit): readonly Expected[] {
    const changed = [...appends, ...switches];
    if (changed.length === 0 || changed.some(({ store }) => store === "MMM_Access")) return [];
    return [{ store: "MMM_Access", ...this.#accessPlace }];
  }

  #requireOpen(): void {
    if (this.#isClosed) throw new MeshError("ERR_ACCOUNT_UNKNOWN", `no account ${this.address} at this service`);
  }
}
