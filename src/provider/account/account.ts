/**
 * One account as the service uses it: who may do what, and the checks around every change. What it keeps in memory is read from its stores
 * and small; everything else is asked of them. Changes take turns at this host; another host's are noticed by the places of the stores.
 */
import { equalBytes } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";
import { Mutex } from "../../base/mutex.ts";
import type { PrivateKey, PublicKey } from "../../crypto/index.ts";
import type { DareEnvelope, SequenceFrame, TreeFrontier } from "../../dare/index.ts";
import { parseEnvelope } from "../../dare/index.ts";
import type { ContainerStatus } from "../../protocol/index.ts";
import type { AccessCapability, SpoolLabel, StoreLabel } from "../../schema/index.ts";
import { ProfileUser, peekObject, publicKeyOf, rightsOf, serviceReadable } from "../../schema/index.ts";
import { AccessTable } from "../access/access-table.ts";
import { ClaimBook } from "../claim/claim-book.ts";
import type { Limits } from "../limits.ts";
import type { AccountRecord, Answer, Commit, Expected, OpenDeliveries, ServiceStore, StorePlace } from "../store/service-store.ts";
import type { WaitingRoom } from "../wait/waiting-room.ts";
import { requireBudget } from "./budget.ts";
import type { StrangerEntry } from "./inbound-window.ts";
import { InboundWindow } from "./inbound-window.ts";
import { ServiceReader } from "./service-reader.ts";
import type { SpoolEntry, SpoolMessage } from "./spool.ts";
import { spoolEntry } from "./spool.ts";

/** What an account is opened with. */
export interface AccountOptions {
  /** Folded address. */
  readonly address: string;
  readonly store: ServiceStore;
  /** The service's key for the Access and Publication catalogs. */
  readonly encryption: PrivateKey;
  readonly room: WaitingRoom;
  readonly limits: Limits;
}

/** What a caller may do. */
export interface Authority {
  readonly rights: readonly string[];
  /** Absent for the key that bound the account. */
  readonly capability?: AccessCapability;
}

const ownerRights = rightsOf(["admin"]);

/** An account in use. */
export class Account {
  readonly address: string;
  readonly room: WaitingRoom;
  readonly claims: ClaimBook;
  readonly #options: AccountOptions;
  readonly #store: ServiceStore;
  readonly #turns = new Mutex();
  /** Serialises what takes over from the stores. */
  readonly #reading = new Mutex();
  readonly #window: InboundWindow;
  readonly #accessReader: ServiceReader;
  #access = new AccessTable();
  /** Frames of the Access catalog that were taken over. */
  #accessCount = 0;
  #record: AccountRecord;
  #isClosed = false;

  private constructor(options: AccountOptions, record: AccountRecord) {
    this.#options = options;
    this.#store = options.store;
    this.address = options.address;
    this.room = options.room;
    this.#record = record;
    this.#window = new InboundWindow((range) => this.frames("MMM_Inbound", range));
    this.#accessReader = this.reader("MMM_Access");
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
      const end = (await this.#store.ends(this.address)).get("MMM_Access");
      if (end === undefined || end.count === this.#accessCount) return;
      for await (const frame of this.frames("MMM_Access", { from: this.#accessCount, to: end.count })) {
        const update = await this.#accessReader.read(frame);
        if (update !== undefined) this.#access.apply(update, frame.body.length);
        this.#accessCount = frame.index + 1;
      }
    });
  }

  /** Rights of a link key, as the Access catalog says. Errors: ERR_REVOKED, ERR_NOT_AUTHORIZED. */
  authority(linkUdf: string): Authority {
    this.#requireOpen();
    if (this.#access.isEmpty && linkUdf === this.#record.LinkUdf) return { rights: ownerRights };
    const capability = this.#access.capability(linkUdf);
    return { rights: capability.Rights, capability };
  }

  /** How far stores have grown. */
  async statuses(labels: readonly StoreLabel[]): Promise<readonly ContainerStatus[]> {
    const ends = await this.#store.ends(this.address);
    return labels.map((label) => {
      const { count = 0, digest } = ends.get(label) ?? {};
      return { Container: label, Index: count, ...(digest === undefined ? {} : { Digest: digest }) };
    });
  }

  /** Octets of a store. */
  async octets(label: StoreLabel): Promise<number> {
    return (await this.#store.ends(this.address)).get(label)?.octets ?? 0;
  }

  /** Octets of the Access catalog's live entries, which are in memory, after entries of so many octets were written under these keys. */
  accessOctetsWith(changed: ReadonlyMap<string, number>): number {
    return this.#access.octetsWith(changed);
  }

  /** What the next frame of a store refers to. */
  frontier(label: StoreLabel): Promise<TreeFrontier> {
    return this.#store.frontier(this.#place(label));
  }

  frames(label: StoreLabel, range?: { readonly from?: number; readonly to?: number }): AsyncIterable<SequenceFrame> {
    return this.#store.frames(this.#place(label), range);
  }

  /** Frames of an id, newest first. */
  find(label: StoreLabel, id: string): Promise<readonly SequenceFrame[]> {
    return this.#store.find(this.#place(label), id);
  }

  /** A reader of a catalog that is sealed to the service too; undefined for all others. */
  readerOf(label: StoreLabel): ServiceReader | undefined {
    return serviceReadable.includes(label) ? this.reader(label) : undefined;
  }

  reader(label: StoreLabel): ServiceReader {
    return new ServiceReader({ label, key: this.#options.encryption, frame: (index) => this.#store.frame(this.#place(label), index) });
  }

  /** Messages of an EnvelopeId, newest first. */
  async messages(label: SpoolLabel, envelopeId: string): Promise<readonly SpoolEntry[]> {
    return (await this.find(label, envelopeId)).flatMap((frame) => spoolEntry(frame) ?? []);
  }

  /** The place of this very message in a spool; undefined when it is not there. */
  async indexOf(label: SpoolLabel, message: SpoolMessage): Promise<number | undefined> {
    return (await this.messages(label, message.envelopeId)).find(({ octets }) => equalBytes(octets, message.octets))?.index;
  }

  /** A message of a spool. ERR_NOT_FOUND. */
  async message(label: SpoolLabel, index: number): Promise<DareEnvelope> {
    if (index === 0) throw new MeshError("ERR_NOT_FOUND", `no message ${index} in ${label}`);
    return parseEnvelope((await this.#store.frame(this.#place(label), index)).body);
  }

  /** What strangers left in Inbound since a time, oldest first. */
  strangersSince(time: number): Promise<readonly StrangerEntry[]> {
    return this.#reading.run(async () => {
      const count = (await this.#store.ends(this.address)).get("MMM_Inbound")?.count ?? 0;
      return await this.#window.since(time, count);
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
  async commit(commit: Commit): Promise<number> {
    requireBudget(await this.#store.ends(this.address), commit.appends, this.#options.limits);
    try {
      return await this.#store.commit(this.address, { ...commit, expected: [...(commit.expected ?? []), ...this.#judgedBy(commit)] });
    } finally {
      await this.changed();
    }
  }

  /** The answer that a request got; undefined when none is kept. */
  answer(request: Pick<Answer, "sender" | "requestId">): Promise<Answer | undefined> {
    return this.#store.answer(this.address, request);
  }

  openDeliveries(): Promise<OpenDeliveries> {
    return this.#store.openDeliveries(this.address);
  }

  /** Notes that the deliveries of a commit were made. */
  delivered(commit: number): Promise<void> {
    return this.#store.delivered(this.address, commit);
  }

  /** Something was written, here or elsewhere: takes it over and lets everybody look again. */
  async changed(): Promise<void> {
    try {
      await this.refresh();
    } finally {
      this.room.wake();
    }
  }

  /** The Access catalog must not have moved since the caller's rights were judged, whoever writes it. */
  #judgedBy({ appends }: Commit): readonly Expected[] {
    if (appends.length === 0 || appends.some(({ store }) => store === "MMM_Access")) return [];
    return [{ store: "MMM_Access", epoch: 0, index: this.#accessCount }];
  }

  #requireOpen(): void {
    if (this.#isClosed) throw new MeshError("ERR_ACCOUNT_UNKNOWN", `no account ${this.address} at this service`);
  }

  #place(store: StoreLabel): StorePlace {
    return { account: this.address, store, epoch: 0 };
  }
}
