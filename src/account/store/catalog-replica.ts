/**
 * A device's copy of one catalog: the frames as received, in a sequence file, and the live entries in memory.
 * Frames are believed in groups: each group ends with an apex that a device with the right to write signed (extensions §5).
 */

import { MeshError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import type { PublicKey } from "../../crypto/index.ts";
import type { DareEnvelope, DareHeader, SequenceFrame, TreeFrontier } from "../../dare/index.ts";
import { checkFrame, frameOf, SequenceFile } from "../../dare/index.ts";
import type { CatalogLabel, EpochBegin, Head, HeldKey, Position } from "../../schema/index.ts";
import { epochMember, isBegun, type SequenceApex, sharedCatalogs, storeOf } from "../../schema/index.ts";
import type { SharedKey } from "../power/shared-key.ts";
import type { ApexJudge } from "./apex-judge.ts";
import { checkApex } from "./apex-judge.ts";
import type { CatalogChange, CatalogEntry, EntryChange, ExchangeSession, GroupWriter, PreparedGroup } from "./catalog-group.ts";
import { prepareGroup } from "./catalog-group.ts";
import type { EpochKeys, ReadingKey } from "./epoch-keys.ts";
import { keysOfEpoch, publicKeyIn } from "./epoch-keys.ts";
import { formerEndIn } from "./former-end.ts";
import { reopenWhenGrown } from "./frame.ts";
import { readFirst } from "./frame-opener.ts";
import type { RemovedEntry } from "./live-entries.ts";
import { LiveEntries } from "./live-entries.ts";
import { loadLiveIndex, saveLiveIndex } from "./live-index.ts";
import { exchangesFrom, openStoredFrame, readStoredBegin, restoreEntries } from "./stored-frame.ts";

/** What a copy is opened with. */
export interface ReplicaOptions {
  readonly path: string;
  readonly label: CatalogLabel;
  readonly epoch?: number;
  /** How the epoch begins that is made in this copy; it gets its frame 0 with the first group. */
  readonly begin?: EpochBegin;
  readonly storeKeys: readonly ReadingKey[];
  /** Agrees with the service on what these headers are sealed with. */
  readonly agree?: (key: SharedKey, headers: readonly DareHeader[]) => Promise<void>;
  /** Further public keys that new entries are sealed to (the service's, for Access and Publication). */
  readonly readers: readonly PublicKey[];
  readonly random: Random;
}

/** Frames after which the live index is written anew, or as many as there are live entries if these are more. */
const indexEvery = 512;

/** Copy of one epoch of a catalog. One process uses it at a time. */
export class CatalogReplica {
  readonly label: CatalogLabel;
  readonly epoch: number;
  readonly #options: ReplicaOptions;
  #file: SequenceFile;
  #begin: EpochBegin | undefined;
  #known: EpochKeys | undefined;
  #live = new LiveEntries();
  #session: ExchangeSession | undefined;
  /** Exchange of the group that was prepared last; taken into use when that group is stored. */
  #prepared: ExchangeSession | undefined;
  #former: Head | undefined;
  #applied = 0;
  /** Frames that the live index covers. */
  #indexed = 0;

  private constructor(options: ReplicaOptions, file: SequenceFile) {
    this.label = options.label;
    this.epoch = options.epoch ?? 0;
    this.#options = options;
    this.#file = file;
    this.#begin = options.begin;
  }

  /** Opens the copy in a file, made where there is none. Errors: ERR_NOT_AUTHORIZED without the key of its epoch; ERR_STORE_DAMAGED. */
  static async open(options: ReplicaOptions): Promise<CatalogReplica> {
    const file = await SequenceFile.open({ path: options.path, create: true });
    const replica = new CatalogReplica(options, file);
    try {
      await replica.#load();
    } catch (error) {
      await file.close();
      throw error;
    }
    return replica;
  }

  /** How this epoch began; undefined in the first one that all share, and while there is no frame. */
  get begin(): EpochBegin | undefined {
    return this.#begin;
  }

  /** Names the store key of this epoch. */
  get keyEpoch(): number {
    return this.#begin?.KeyEpoch ?? 0;
  }

  /** Names the keys of the store that this device has been given. */
  get givenKeys(): readonly HeldKey[] {
    const Resource = storeOf(this.label);
    return this.#options.storeKeys.map((given) => ({ Resource, KeyEpoch: given.keyEpoch, Udf: publicKeyIn(given).udf }));
  }

  /** Errors: ERR_NOT_AUTHORIZED when this device does not have the key. */
  get #keys(): EpochKeys {
    const { label, epoch, keyEpoch } = this;
    if (isBegun(label, epoch) && !this.#begin) throw new MeshError("ERR_INTERNAL", `nothing is known of epoch ${epoch} of ${label}`);
    this.#known ??= keysOfEpoch({ ...this.#options, epoch, keyEpoch });
    return this.#known;
  }

  get count(): number {
    return this.#file.count;
  }

  /** Number of live entries. */
  get size(): number {
    return this.#live.entries.size;
  }

  get treeDigest(): Uint8Array | undefined {
    return this.#file.lastTreeDigest;
  }

  /** Tree digest of a frame; undefined beyond the end. */
  async treeDigestAt(index: number): Promise<Uint8Array | undefined> {
    return index < this.count ? this.#file.treeDigestAt(index) : undefined;
  }

  /** What further frames have to go on from. */
  frontier(): TreeFrontier {
    return this.#file.frontier();
  }

  get head(): Head | undefined {
    const digest = this.treeDigest;
    return digest && { Store: this.label, ...epochMember(this.epoch), Index: this.count - 1, TreeDigest: digest };
  }

  /** Where the next frame comes. */
  get position(): Position & { readonly Epoch: number } {
    return { Epoch: this.epoch, Index: this.count };
  }

  /** The frame that vouches for all before it; undefined while there is none. */
  async apex(): Promise<DareEnvelope | undefined> {
    return this.count > 0 ? this.#file.read(this.count - 1) : undefined;
  }

  /** Errors, as of all that reads entries: ERR_NOT_AUTHORIZED when they are opened with the service's share and nobody has called `unlock` since the last sync. */
  get(key: string): CatalogEntry | undefined {
    return this.#opened.entries.get(key);
  }

  entries(): Iterable<CatalogEntry> {
    return this.#opened.entries.values();
  }

  /** Every delete that said something, oldest first. */
  removals(): readonly RemovedEntry[] {
    return this.#opened.removed;
  }

  get #opened(): LiveEntries {
    if (this.#applied < this.count && this.#keys.shared) {
      throw new MeshError("ERR_NOT_AUTHORIZED", `${this.label} is opened together with the account's service, which was not asked`, {
        hint: "this device holds a share of its key; try again while the service can be reached",
      });
    }
    return this.#live;
  }

  /** Has the service agree to open what has come since; nothing where this device has the whole key. Errors: those of the service. */
  async unlock(): Promise<void> {
    if (this.#applied === this.count) return;
    const { shared } = this.#keys;
    if (!shared) return;
    await this.#options.agree?.(shared, await exchangesFrom(this.#file, this.#applied));
    await this.#replay();
  }

  /**
   * Takes in frames from the service, whole groups only; what follows the last apex is left out.
   * Errors: ERR_FORK when they do not continue this copy, ERR_VERIFICATION when a frame or its apex is not what it has to be.
   */
  async receive(envelopes: readonly DareEnvelope[], judge: ApexJudge): Promise<void> {
    let group: DareEnvelope[] = [];
    for (const envelope of envelopes) {
      group.push(envelope);
      if (envelope.header.SequenceInfo?.IsMeta !== true) continue;
      const { Former: former } = await this.#receiveOrForget(group, judge);
      if (await judge.carried?.(former)) break;
      group = [];
    }
    await this.#index();
  }

  /** A group that is refused leaves nothing behind: its base seeds would be taken for those of the true frames in its place. */
  async #receiveOrForget(group: readonly DareEnvelope[], judge: ApexJudge): Promise<SequenceApex> {
    const start = this.#file.count;
    try {
      return await this.#receiveGroup(group, judge);
    } catch (error) {
      this.#known?.opener.forgetFrom(start);
      if (start === 0) this.#begin = this.#known = undefined;
      throw error;
    }
  }

  async #receiveGroup(envelopes: readonly DareEnvelope[], judge: ApexJudge): Promise<SequenceApex> {
    const start = this.#file.count;
    const group = envelopes.map(frameOf);
    const [first] = group;
    if (start === 0 && first) this.#begin = readFirst(this.label, this.epoch, first);
    const frontier = this.frontier();
    let covered: Uint8Array | undefined;
    for (const frame of group) {
      covered = frontier.last;
      checkFrame(frame, frontier);
    }
    const { opener, shared } = this.#keys;
    const changes = shared ? [] : group.flatMap((frame) => opener.open(frame, group, start) ?? []);
    judge.consider(changes);
    const apex = checkApex(group.at(-1), { label: this.label, epoch: this.epoch, covered, judge });
    judge.written?.(changes, apex);
    await this.#file.append(group);
    if (!shared) this.#apply(changes);
    judge.believe(changes);
    return apex;
  }

  #apply(changes: readonly CatalogChange[]): void {
    this.#live.apply(changes);
    this.#applied = this.#file.count;
  }

  /** The live entries as the live index has them, and what came after it; all of the file where there is no index or it is wrong. */
  async #load(): Promise<void> {
    if (isBegun(this.label, this.epoch) && this.count > 0) this.#begin = await readStoredBegin(this.#file, { label: this.label, epoch: this.epoch });
    if (this.count === 0 || this.#keys.shared) return;
    const index = await loadLiveIndex(this.#indexPath);
    // To read frames one by one pays only where most of them are of no interest.
    const pays = index && index.count <= this.count && 4 * (index.live.length + 2 * index.removed.length) < index.count;
    const restored = pays ? await restoreEntries(index, { file: this.#file, read: (frame) => this.#update(frame) }) : undefined;
    if (restored && index) {
      this.#live = restored;
      this.#applied = this.#indexed = index.count;
    }
    await this.#replay();
    await this.#index();
  }

  async #update(index: number): Promise<CatalogChange["update"] | undefined> {
    return (await this.#openStored(await this.#file.read(index)))?.update;
  }

  #openStored(frame: SequenceFrame): Promise<CatalogChange | undefined> {
    return openStoredFrame(frame, { keys: this.#keys, file: this.#file, label: this.label });
  }

  /** Takes in what the file has beyond what was applied. */
  async #replay(): Promise<readonly CatalogChange[]> {
    const changes: CatalogChange[] = [];
    for await (const frame of this.#file.frames({ from: this.#applied })) {
      const change = await this.#openStored(frame);
      if (change) {
        this.#apply([change]);
        changes.push(change);
      }
      this.#applied = frame.index + 1;
    }
    return changes;
  }

  get #indexPath(): string {
    return `${this.#file.path}.live`;
  }

  /** Writes the live index when the file has grown by much. */
  async #index(): Promise<void> {
    const { treeDigest, count } = this;
    if (!treeDigest || this.#applied < count || count - this.#indexed < Math.max(indexEvery, this.#live.entries.size)) return;
    await saveLiveIndex(this.#indexPath, { count, treeDigest, ...this.#live.frames() });
    this.#indexed = count;
  }

  /** Every update that the catalog holds, oldest first, read and opened anew from the file. */
  async *updates(): AsyncGenerator<CatalogChange, void, undefined> {
    await this.unlock();
    for await (const frame of this.#file.frames({ from: 0 })) {
      const change = await this.#openStored(frame);
      if (change) yield change;
    }
  }

  /** Takes in what another process of this device has appended to the file. */
  async refresh(): Promise<readonly CatalogChange[]> {
    const reopened = await reopenWhenGrown(this.#file);
    if (!reopened) return [];
    this.#file = reopened;
    this.#session = undefined;
    return this.count > 0 && this.#keys.shared ? [] : this.#replay();
  }

  /**
   * Prepares a group of frames with its apex; nothing is stored. Undefined when no change changes anything; an empty catalog gets its frame 0.
   * @param former head of the former epoch up to which the entries are those of it
   */
  prepare(wanted: readonly EntryChange[], writer: GroupWriter, former?: Head): PreparedGroup | undefined {
    const { ids, recipients } = this.#keys;
    const { label, epoch } = this;
    const { begin, random } = this.#options;
    // What a device opens with a share ends with its removal: it must not know the exchange of what is written later.
    const session = sharedCatalogs.includes(label) ? undefined : this.#session;
    const base = { label, epoch, begin, file: this.#file, entries: this.#opened.entries, recipients, ids, random, session };
    const prepared = prepareGroup({ ...base, former }, wanted, writer);
    if (prepared) this.#prepared = prepared.session;
    return prepared?.group;
  }

  /** Stores a prepared group after the service has accepted it. */
  async commit(group: PreparedGroup): Promise<void> {
    await this.#file.append(group.frames);
    this.#former = undefined;
    this.#session = this.#prepared;
    if (this.#session) this.#keys.opener.remember(this.#session.position, this.#session.exchange.baseSeed);
    this.#apply(group.changes);
    await this.#index();
  }

  /** Forgets a prepared group that was not accepted; the next one makes a new key exchange (extensions §7). */
  abandon(): void {
    this.#session = undefined;
    this.#prepared = undefined;
  }

  /** Frames in their order. */
  frames(from: number): AsyncIterable<SequenceFrame> {
    return this.#file.frames({ from });
  }

  /**
   * The last head of the former epoch that this one carries on from; undefined in epoch 0. What a device wrote there after it was withheld from
   * whoever began this one. Cost = the entries that were carried over, at the first call.
   */
  async formerEnd(): Promise<Head | undefined> {
    if (this.epoch > 0) this.#former ??= await formerEndIn(this.#file);
    return this.#former;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}
