/**
 * A device's view of its account: keys, verified copies of the stores, and the one way to write. Used by the owner's machines and by the hub.
 * Reading never asks the service; `sync`, `wait` and `transact` do.
 */
import { Mutex } from "../../base/mutex.ts";
import type { PublicKey } from "../../crypto/index.ts";
import { type EntryResponse, type MeshClient, peerOf } from "../../protocol/index.ts";
import type { Catalog, CatalogLabel, Head, ProfileUser, SpoolLabel, StoreLabel } from "../../schema/index.ts";
import { comparePositions, deviceCatalog, domainOf } from "../../schema/index.ts";
import { beginEpochs, type EpochOutcome, type EpochPlan, resumeEpochs } from "../epoch/begin.ts";
import { giveBackMessages, type LostMessages, lostMessages } from "../epoch/give-back-messages.ts";
import { goOver, ownStatesIn, withOwnStates } from "../epoch/go-over.ts";
import { type Repaired, repairStores } from "../epoch/repair.ts";
import { replaceUsurped } from "../epoch/replace-usurped.ts";
import { type PowerClient, withSharesInForce } from "../power/power-client.ts";
import { joinedEntry, withJoined } from "../split/joined.ts";
import type { CatalogReplica } from "../store/catalog-replica.ts";
import type { CatalogWrite } from "../store/edit.ts";
import { decodeEntry } from "../store/entry.ts";
import type { RemovedEntry } from "../store/live-entries.ts";
import type { SpoolMessage } from "../store/spool-replica.ts";
import { findEntry, liveEntries } from "../store/state-view.ts";
import type { Stores } from "../store/stores.ts";
import { headsOf, isOutdated, lowestKeyEpoch, positionOf, provenHeadsOf, refreshStores, replicaOf, sequencesOf } from "../store/stores.ts";
import type { AccountFile } from "./account-file.ts";
import { Copies } from "./copies.ts";
import type { DeviceDirectory } from "./device-directory.ts";
import { DeviceDirectoryFeed } from "./device-directory-feed.ts";
import type { DeviceIdentity } from "./device-identity.ts";
import type { StoreSync } from "./doubt.ts";
import { disputesOf, type HeadDispute, judgeDisputes, unfitHeads } from "./head-dispute.ts";
import type { Keyring } from "./keyring.ts";
import { OwnPart } from "./own-part.ts";
import { ownService } from "./own-service.ts";
import { patientClient, type SyncClient, type WriteClient } from "./patience.ts";
import type { OpenOptions, Ports } from "./ports.ts";
import { type ListedEntry, listEntries, listUpdates } from "./read-catalog.ts";
import { leadsTo, readMessage, readMessages } from "./read-spool.ts";
import { refuseRemoved } from "./removal-file.ts";
import { ServiceClock } from "./service-clock.ts";
import { type StoreWait, waitForStores } from "./store-wait.ts";
import { syncAccount } from "./sync-account.ts";
import { WaitPace } from "./wait-pace.ts";
import { refuseWaiting } from "./waiting-store.ts";
import { createMissing, type Transaction, type Writing, write } from "./write.ts";

/** What a context is made of. */
interface Parts {
  readonly own: OwnPart;
  readonly client: MeshClient;
  readonly powers: PowerClient;
  readonly clock: ServiceClock;
  readonly copies: Copies;
  readonly turn: Mutex;
}

/** One device's view of its account. One process holds the directory's lock while it uses it. */
export class AccountContext {
  readonly dir: string;
  readonly ports: Ports;
  readonly address: string;
  readonly client: MeshClient;
  /** What the account's service does together with this device's shares of keys. */
  readonly powers: PowerClient;
  readonly #clock: ServiceClock;
  readonly #own: OwnPart;
  readonly #feed: DeviceDirectoryFeed;
  readonly #copies: Copies;
  readonly #turn: Mutex;
  readonly #pace: WaitPace;
  #closing: Promise<void> | undefined;

  private constructor(options: OpenOptions, parts: Parts) {
    this.dir = options.dir;
    this.ports = options.ports;
    this.#pace = new WaitPace(options.ports);
    this.address = parts.own.file.AccountAddress;
    this.client = parts.client;
    this.powers = parts.powers;
    this.#clock = parts.clock;
    this.#own = parts.own;
    this.#copies = parts.copies;
    this.#turn = parts.turn;
    this.#feed = new DeviceDirectoryFeed(parts.own.profile, parts.copies.stores.catalogs.get("MMM_Device"), options.ports.log);
  }

  /** Opens the account of a directory. Errors: ERR_NO_ACCOUNT when it has none, ERR_REVOKED when its owner removed it. */
  static async open(options: OpenOptions): Promise<AccountContext> {
    const { dir } = options;
    await refuseRemoved(dir);
    const clock = await ServiceClock.open(dir, options.ports.clock);
    const ports: Ports = { ...options.ports, clock };
    const own = await OwnPart.open({ dir, log: ports.log });
    const { client, powers } = ownService(own, { ...options, ports, clock });
    const turn = new Mutex();
    const { serviceEncryption, keys } = own;
    const copies = await Copies.open({ dir, ports, serviceEncryption, agree: (key, headers) => powers.agree(key, headers) }, { keys, turn });
    return new AccountContext({ ...options, ports }, { own, client, powers, clock, copies, turn });
  }

  get identity(): DeviceIdentity {
    return this.#own.identity;
  }

  get accountUdf(): string {
    return this.profile.ProfileSignature.Udf;
  }

  get deviceUdf(): string {
    return this.identity.udf;
  }

  /** Where an account is served, by the person's word or because it is of the same domain; undefined for domains that are looked up. */
  serviceUrlOf(address: string): string | undefined {
    return peerOf(this.ports.peers, address)?.url ?? (domainOf(address) === domainOf(this.address) ? this.#own.file.ServiceUrl : undefined);
  }

  get profile(): ProfileUser {
    return this.#own.profile;
  }

  get profileEnvelope(): AccountFile["EnvelopedProfileUser"] {
    return this.#own.file.EnvelopedProfileUser;
  }

  /** The profile of the account's service, as it came. */
  get serviceProfile(): AccountFile["EnvelopedProfileService"] {
    return this.#own.file.EnvelopedProfileService;
  }

  /** The key that what is for the account's service is sealed to. */
  get serviceEncryption(): PublicKey {
    return this.#own.serviceEncryption;
  }

  /** What the account's service signs with. */
  get serviceSignature(): PublicKey {
    return this.#own.serviceSignature;
  }

  get keys(): Keyring {
    return this.#copies.keys;
  }

  get roles(): readonly string[] {
    return this.keys.connection.Roles;
  }

  get directory(): DeviceDirectory {
    return this.#feed.directory;
  }

  /** Newest head of every store this device can see; sent along with messages between the owner's devices. */
  heads(): readonly Head[] {
    return headsOf(this.#copies.stores);
  }

  /** As heads, with the signed apex of all catalogs or of those named: for a device that has another history of them. */
  provenHeads(named?: readonly string[]): Promise<readonly Head[]> {
    return provenHeadsOf(this.#copies.stores, (label) => named?.includes(label) ?? true);
  }

  /** Heads of another device that do not agree with this device's copies, brought up to date first: see head-dispute.ts. Errors: ERR_SCHEMA; those of sync. */
  disputes(heads: readonly Head[]): Promise<readonly HeadDispute[]> {
    const known = () => ({ stores: this.#copies.stores, directory: this.directory, accountUdf: this.accountUdf });
    return disputesOf(heads, known, (stores) => this.sync({ stores }));
  }

  /** The same of a device that this one relies on. Errors: ERR_FORK, ERR_ROLLBACK for what an apex proves (the log says who claims the rest); those of sync. */
  async checkHeads(heads: readonly Head[], senderUdf: string): Promise<void> {
    const disputes = await this.disputes(heads).catch(unfitHeads);
    const name = this.#copies.stores.catalogs.has(deviceCatalog.label) ? this.get(deviceCatalog, senderUdf)?.LocalName : undefined;
    judgeDisputes(disputes, { udf: senderUdf, name: name ?? senderUdf, log: this.ports.log });
  }

  /**
   * Makes a catalog readable of whose key this device has a share, up to what its copy holds: the service opens it along, when it is asked. Does
   * nothing where this device has the key. Errors: ERR_NOT_AUTHORIZED; those of PowerClient.agree.
   */
  openShared(label: CatalogLabel): Promise<void> {
    const unlock = (): Promise<void> => this.#catalog(label).unlock();
    return this.#turn.run(() => this.#copies.writing(() => withSharesInForce(unlock, () => this.#sync([label]))));
  }

  /** The live entries of a catalog. Errors: ERR_NOT_AUTHORIZED when this device may not read it. */
  list<T>(catalog: Catalog<T>): readonly ListedEntry<T>[] {
    return withJoined(this, catalog, listEntries(liveEntries(this.#readable(catalog.label), catalog.label), catalog, this.ports.log));
  }

  /** How much a catalog has: frames of its epoch, live entries, and which key it is under. Errors: ERR_NOT_AUTHORIZED. */
  sizeOf(label: CatalogLabel): { readonly epoch: number; readonly keyEpoch: number; readonly frames: number; readonly live: number } {
    const { epoch, keyEpoch, count, size } = this.#catalog(label);
    return { epoch, keyEpoch, frames: count, live: size };
  }

  /** Which key a store is under; the lowest of its sequences. Errors: ERR_NOT_AUTHORIZED. */
  keyEpochOf(label: CatalogLabel): number {
    return lowestKeyEpoch(this.#catalog(label), sequencesOf(this.#copies.stores, label));
  }

  /** False while a copy that was damaged has not come as far again as it was: what it lacks need not be gone. */
  isComplete(label: StoreLabel): boolean {
    const seen = this.#copies.stores.seen.get(label);
    return !seen || comparePositions(positionOf(replicaOf(this.#copies.stores, label)), seen.position) >= 0;
  }

  /** Every update of a catalog that this device has, oldest first; the value of a delete is undefined. Cost = the size of the store. */
  history<T>(catalog: Catalog<T>): Promise<readonly ListedEntry<T | undefined>[]> {
    return this.#copies.reading(() => listUpdates(sequencesOf(this.#readable(catalog.label), catalog.label), catalog));
  }

  /** One entry of a catalog; undefined when there is none. Errors: ERR_NOT_AUTHORIZED when this device may not read it. */
  get<T>(catalog: Catalog<T>, key: string): T | undefined {
    const found = findEntry(this.#readable(catalog.label), catalog.label, key);
    return found ? decodeEntry(catalog.entry, found.entry) : joinedEntry(this, catalog, key);
  }

  /** Every delete of a catalog that said something, with the entry as it was last, oldest first. Errors: ERR_NOT_AUTHORIZED. */
  removals(label: CatalogLabel): readonly RemovedEntry[] {
    return this.#catalog(label).removals();
  }

  /** Number of frames of a spool in this device's copy. */
  spoolCount(label: SpoolLabel): number {
    return this.#copies.stores.spools.get(label)?.count ?? 0;
  }

  /** Messages of a spool from a frame index on, read as they are asked for. Errors: ERR_NOT_AUTHORIZED. */
  messages(label: SpoolLabel, from = 0): AsyncGenerator<SpoolMessage, void, undefined> {
    return readMessages(this.#copies, label, from);
  }

  /** One message of a spool; undefined when the frame holds none. Errors: ERR_NOT_AUTHORIZED. */
  messageAt(label: SpoolLabel, index: number): Promise<SpoolMessage | undefined> {
    return readMessage(this.#copies, label, index);
  }

  /** True when this device's copy of a spool leads to a head; undefined while it does not reach that far. Errors: ERR_NOT_AUTHORIZED. */
  leadsTo(label: SpoolLabel, head: Head): Promise<boolean | undefined> {
    return leadsTo(this.#copies, label, head);
  }

  /** Brings the copies up to date. Errors: ERR_SERVICE_UNREACHABLE, ERR_FORK, ERR_ROLLBACK, ERR_VERIFICATION, ERR_REVOKED. */
  sync(options: { readonly stores?: readonly StoreLabel[] } = {}): Promise<readonly StoreSync[]> {
    return this.#turn.run(() => this.#copies.writing(() => this.#sync(options.stores)));
  }

  async #sync(only?: readonly StoreLabel[], client: SyncClient = patientClient(this.client, this.ports.clock)): Promise<readonly StoreSync[]> {
    // A disk that failed then may take them now.
    if (this.keys !== this.#own.keys) await this.#reopen();
    const account = { client, address: this.address, clock: this.#clock, own: this.#own, feed: this.#feed, log: this.ports.log };
    return syncAccount({ ...account, stores: () => this.#copies.stores, reopen: () => this.#reopen() }, only);
  }

  /** Waits at the service until one of the stores differs from this device's copy, or the time is over. @returns true when something differs */
  wait(options: StoreWait): Promise<boolean> {
    return waitForStores({ client: this.client, address: this.address, copies: this.#copies.stores, pace: this.#pace }, options);
  }

  /** Writes, all or nothing: see write.ts. @returns what the service says of each message. Errors: ERR_CONFLICT after several attempts, those of the service. */
  transact(transaction: Transaction): Promise<readonly EntryResponse[]> {
    return this.#turn.run(() => this.#copies.writing(() => write(this.#writing(), withOwnStates(transaction, this.ownStates))));
  }

  /** Makes frame 0 of every catalog with the first entries: the account's birth, in one Transact. Catalogs that exist are left alone. */
  createStores(first: readonly CatalogWrite[]): Promise<void> {
    return this.#turn.run(() => createMissing(this.#writing(), first));
  }

  /** Where the states that this device tells of go: the sequence that it alone writes, once it has gone over to it. */
  get ownStates(): CatalogLabel {
    return ownStatesIn(this.#copies.stores, this.deviceUdf);
  }

  /** Brings this device's states into a sequence of its own: see epoch/go-over.ts. */
  goOver(): Promise<boolean> {
    return this.#turn.run(() => this.#copies.writing(() => goOver(this.#writing())));
  }

  /** For one turn, which waits for so long in all. */
  #writing(client: WriteClient = patientClient(this.client, this.ports.clock)): Writing {
    const copies = this.#copies;
    return {
      client,
      address: this.address,
      get stores() {
        return copies.stores;
      },
      feed: this.#feed,
      writer: { accountUdf: this.accountUdf, deviceUdf: this.deviceUdf, signer: this.keys.signature },
      ports: this.ports,
      sync: (only) => this.#sync(only, client === this.client ? undefined : client),
    };
  }

  /** Begins catalogs anew, all of them or none, with what they hold; what was made is kept for resumeEpochs. Errors: see epoch/begin.ts. */
  beginEpochs(plan: EpochPlan): Promise<EpochOutcome> {
    return this.#turn.run(() => this.#copies.writing(() => beginEpochs(this.#writing(), plan)));
  }

  /** Goes on with epochs that an earlier run began; undefined when there are none. */
  resumeEpochs(): Promise<EpochOutcome | undefined> {
    return this.#turn.run(() => this.#copies.writing(() => resumeEpochs(this.#writing())));
  }

  /** Makes stores whole that cannot go on: see epoch/repair.ts. @param client under another link key, where this machine's own is refused */
  repair(client: WriteClient = this.client): Promise<readonly Repaired[]> {
    return this.#turn.run(() => this.#copies.writing(() => repairStores(this.#writing(client))));
  }

  /** Puts the account's own history in the place of epochs that removed devices began: see epoch/replace-usurped.ts. */
  replaceUsurped(labels: readonly CatalogLabel[], keyEpochs: ReadonlyMap<CatalogLabel, number>): Promise<void> {
    return this.#turn.run(() => this.#copies.writing(() => replaceUsurped(this.#writing(), labels, keyEpochs)));
  }

  /** Gives the service back messages that it has lost: see epoch/give-back-messages.ts. @returns what came back, and what did not */
  giveBackMessages(): Promise<{ readonly given: readonly LostMessages[]; readonly lost: readonly LostMessages[] }> {
    return this.#turn.run(async () => ({ given: await giveBackMessages(this.#writing()), lost: await lostMessages(this.#writing()) }));
  }

  /** Takes in what another process of this device has stored since (under the directory's lock). */
  refresh(): Promise<void> {
    return this.#turn.run(async () => {
      if ((await this.#own.reload()) || (await isOutdated(this.#copies.stores))) return this.#reopen();
      await refreshStores(this.#copies.stores, (label, changes) => this.#feed.changed(label, changes));
    });
  }

  /** Opens the copies with the keys in force. */
  async #reopen(): Promise<void> {
    await this.#copies.reopen(this.#own.keys);
    this.#feed.restart(this.#copies.stores.catalogs.get(deviceCatalog.label), this.profile);
    this.ports.log.info("account.reopened", { version: this.keys.version, roles: this.roles });
  }

  /** Closes all files; further calls do nothing. */
  close(): Promise<void> {
    this.#closing ??= this.#turn.run(() => this.#copies.close()).then(() => this.client.close());
    return this.#closing;
  }

  #readable(label: CatalogLabel): Stores {
    refuseWaiting(this, label);
    return this.#copies.stores;
  }

  #catalog(label: CatalogLabel): CatalogReplica {
    return replicaOf(this.#readable(label), label) as CatalogReplica;
  }
}
