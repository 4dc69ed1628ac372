/**
 * A device's copy of one catalog: the frames as received, in a sequence file, and the live entries in memory.
 * Frames are believed in groups: each group ends with an apex that a device with the right to write signed (extensions §5).
 */

import { equalBytes } from "../../base/bytes.ts";
import { isMeshError, MeshError, verificationError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import type { Datum } from "../../codec/index.ts";
import { decodeObject } from "../../codec/index.ts";
import type { PublicKey } from "../../crypto/index.ts";
import type { DareEnvelope, SequenceFrame } from "../../dare/index.ts";
import { checkFrame, damagedFile, frameOf, isAboutContent, SequenceFile, verifyEnvelope } from "../../dare/index.ts";
import type { CatalogLabel, Head } from "../../schema/index.ts";
import { SequenceApex } from "../../schema/index.ts";
import type { StoreKey } from "../context/keyring.ts";
import type { CatalogChange, CatalogEntry, EntryChange, ExchangeSession, GroupWriter, PreparedGroup } from "./catalog-group.ts";
import { prepareGroup } from "./catalog-group.ts";
import type { UniqueIds } from "./catalog-update.ts";
import { uniqueIds } from "./catalog-update.ts";
import { reopenWhenGrown } from "./frame.ts";
import { FrameOpener } from "./frame-opener.ts";
import type { LiveIndex } from "./live-index.ts";
import { loadLiveIndex, saveLiveIndex } from "./live-index.ts";

/** An entry whose delete said something. */
export interface RemovedEntry {
  readonly key: string;
  /** The entry as it was last. */
  readonly last: Datum;
  /** What the delete carried. */
  readonly removal: Datum;
  /** The frames of the two. */
  readonly frames: readonly [last: number, removal: number];
}

/** Who may close a group of frames. Told of each group before its apex is judged, and again once it is believed. */
export interface ApexJudge {
  /** Called with the updates of a group that is not yet believed: an account's first device introduces itself in what it writes. */
  consider(changes: readonly CatalogChange[]): void;
  /** Keys of a device, one of which has to have signed the apex. Errors: ERR_VERIFICATION when that device may not. */
  apexKeys(deviceUdf: string, index: number): readonly PublicKey[];
  /** Called when a group is believed and stored, before the next one is looked at: it may say who may write that. */
  believe(changes: readonly CatalogChange[]): void;
  readonly accountUdf: string;
}

/** Frames after which the live index is written anew, or as many as there are live entries if these are more. */
const indexEvery = 512;

/** Copy of a catalog. One process uses it at a time. */
export class CatalogReplica {
  readonly label: CatalogLabel;
  #file: SequenceFile;
  readonly #opener: FrameOpener;
  readonly #ids: UniqueIds | undefined;
  readonly #random: Random;
  readonly #recipients: readonly PublicKey[];
  #entries = new Map<string, CatalogEntry>();
  #removed: RemovedEntry[] = [];
  #session: ExchangeSession | undefined;
  /** Exchange of the group that was prepared last; taken into use when that group is stored. */
  #prepared: ExchangeSession | undefined;
  #applied = 0;
  /** Frames that the live index covers. */
  #indexed = 0;

  private constructor(options: {
    label: CatalogLabel;
    file: SequenceFile;
    storeKeys: readonly StoreKey[];
    readers: readonly PublicKey[];
    random: Random;
  }) {
    this.label = options.label;
    this.#file = options.file;
    const keys = options.storeKeys.map(({ key }) => key);
    const ids = keys.map((key) => uniqueIds(options.label, key));
    this.#opener = new FrameOpener({ label: options.label, keys, ids });
    this.#ids = ids[0];
    this.#random = options.random;
    const newest = keys[0];
    this.#recipients = newest ? [newest.public, ...options.readers] : [];
  }

  /**
   * Opens the copy in a file, made where there is none.
   * @param options.readers further public keys that new entries are sealed to (the service's, for Access and Publication)
   */
  static async open(options: {
    readonly path: string;
    readonly label: CatalogLabel;
    readonly storeKeys: readonly StoreKey[];
    readonly readers: readonly PublicKey[];
    readonly random: Random;
  }): Promise<CatalogReplica> {
    const file = await SequenceFile.open({ path: options.path, create: true });
    const replica = new CatalogReplica({ ...options, file });
    try {
      await replica.#load();
    } catch (error) {
      await file.close();
      throw error;
    }
    return replica;
  }

  get count(): number {
    return this.#file.count;
  }

  get treeDigest(): Uint8Array | undefined {
    return this.#file.lastTreeDigest;
  }

  /** Tree digest of a frame; undefined beyond the end. */
  async treeDigestAt(index: number): Promise<Uint8Array | undefined> {
    return index < this.count ? this.#file.treeDigestAt(index) : undefined;
  }

  get head(): Head | undefined {
    const digest = this.treeDigest;
    return digest && { Store: this.label, Index: this.count - 1, TreeDigest: digest };
  }

  /** The frame that vouches for all before it; undefined while there is none. */
  async apex(): Promise<DareEnvelope | undefined> {
    return this.count > 0 ? this.#file.read(this.count - 1) : undefined;
  }

  get(key: string): CatalogEntry | undefined {
    return this.#entries.get(key);
  }

  entries(): Iterable<CatalogEntry> {
    return this.#entries.values();
  }

  /** Every delete that said something, oldest first. */
  removals(): readonly RemovedEntry[] {
    return this.#removed;
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
      await this.#receiveOrForget(group, judge);
      group = [];
    }
    await this.#index();
  }

  /** A group that is refused leaves nothing behind: its base seeds would be taken for those of the true frames in its place. */
  async #receiveOrForget(group: readonly DareEnvelope[], judge: ApexJudge): Promise<void> {
    const start = this.#file.count;
    try {
      await this.#receiveGroup(group, judge);
    } catch (error) {
      this.#opener.forgetFrom(start);
      throw error;
    }
  }

  async #receiveGroup(envelopes: readonly DareEnvelope[], judge: ApexJudge): Promise<void> {
    const start = this.#file.count;
    const group = envelopes.map(frameOf);
    const frontier = this.#file.frontier();
    let covered: Uint8Array | undefined;
    for (const frame of group) {
      covered = frontier.last;
      checkFrame(frame, frontier);
    }
    const changes = group.flatMap((frame) => this.#opener.open(frame, group, start) ?? []);
    judge.consider(changes);
    const last = group.at(-1);
    if (!last || !covered) throw verificationError(`the apex of ${this.label}`);
    const apex = decodeObject(SequenceApex, last.body);
    if (apex.Store !== this.label || apex.AccountUdf !== judge.accountUdf || apex.Index !== last.index - 1 || !equalBytes(apex.TreeDigest, covered)) {
      throw new MeshError("ERR_VERIFICATION", `the apex of ${this.label} at ${last.index} speaks of another history`);
    }
    verifyEnvelope(last, judge.apexKeys(apex.DeviceUdf, last.index));
    await this.#file.append(group);
    this.#apply(changes);
    judge.believe(changes);
  }

  #apply(changes: readonly CatalogChange[]): void {
    for (const { index, update } of changes) {
      const last = this.#entries.get(update.Key);
      if (update.Event !== "Delete" && update.Entry !== undefined) {
        this.#entries.set(update.Key, { key: update.Key, index, entry: update.Entry });
      } else {
        this.#entries.delete(update.Key);
        if (last && update.Entry !== undefined) {
          this.#removed.push({ key: update.Key, last: last.entry, removal: update.Entry, frames: [last.index, index] });
        }
      }
    }
    this.#applied = this.#file.count;
  }

  /** The live entries as the live index has them, and what came after it; all of the file where there is no index or it is wrong. */
  async #load(): Promise<void> {
    const index = await loadLiveIndex(this.#indexPath);
    // To read frames one by one pays only where most of them are of no interest.
    if (index && index.count <= this.count && 4 * (index.live.length + 2 * index.removed.length) < index.count && (await this.#restore(index))) {
      this.#applied = this.#indexed = index.count;
    } else {
      this.#entries = new Map();
      this.#removed = [];
    }
    await this.#replay();
    await this.#index();
  }

  /** False when the index does not fit the file: nothing it said is to be used. */
  async #restore({ count, treeDigest, live, removed }: LiveIndex): Promise<boolean> {
    try {
      if (!equalBytes(await this.#file.treeDigestAt(count - 1), treeDigest)) return false;
      await this.#update(0);
      const updates = new Map<number, CatalogChange["update"]>();
      for (const index of [...new Set([...live, ...removed.flat()])].sort((a, b) => a - b)) {
        const update = await this.#update(index);
        if (!update) return false;
        updates.set(index, update);
      }
      for (const index of live) {
        const update = updates.get(index);
        if (!update || update.Event === "Delete" || update.Entry === undefined || this.#entries.has(update.Key)) return false;
        this.#entries.set(update.Key, { key: update.Key, index, entry: update.Entry });
      }
      for (const frames of removed) {
        const [last, removal] = frames.map((index) => updates.get(index));
        if (!last?.Entry || !removal?.Entry || removal.Event !== "Delete" || removal.Key !== last.Key) return false;
        this.#removed.push({ key: last.Key, last: last.Entry, removal: removal.Entry, frames });
      }
      return true;
    } catch (error) {
      // Reading the whole file tells what is wrong, if anything is.
      if (isMeshError(error)) return false;
      throw error;
    }
  }

  async #update(index: number): Promise<CatalogChange["update"] | undefined> {
    return (await this.#openStored(await this.#file.read(index)))?.update;
  }

  /** A frame that was believed when it was stored and cannot be opened has changed on the disk. Errors: ERR_STORE_DAMAGED. */
  async #openStored(frame: SequenceFrame): Promise<CatalogChange | undefined> {
    try {
      return await this.#opener.openStored(frame, this.#file);
    } catch (error) {
      throw isAboutContent(error) ? damagedFile({ path: this.#file.path, index: frame.index, cause: error }) : error;
    }
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
    if (!treeDigest || count - this.#indexed < Math.max(indexEvery, this.#entries.size)) return;
    const live = [...this.#entries.values()].map(({ index }) => index);
    await saveLiveIndex(this.#indexPath, { count, treeDigest, live, removed: this.#removed.map(({ frames }) => frames) });
    this.#indexed = count;
  }

  /** Every update that the catalog holds, oldest first, read and opened anew from the file. */
  async *updates(): AsyncGenerator<CatalogChange, void, undefined> {
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
    return this.#replay();
  }

  /** Prepares a group of frames with its apex; nothing is stored. Undefined when no change changes anything; an empty catalog gets its frame 0. */
  prepare(wanted: readonly EntryChange[], writer: GroupWriter): PreparedGroup | undefined {
    if (!this.#ids) throw new MeshError("ERR_NOT_AUTHORIZED", `this device has no key of ${this.label}`);
    const prepared = prepareGroup(
      {
        label: this.label,
        file: this.#file,
        entries: this.#entries,
        recipients: this.#recipients,
        ids: this.#ids,
        random: this.#random,
        session: this.#session,
      },
      wanted,
      writer,
    );
    if (prepared) this.#prepared = prepared.session;
    return prepared?.group;
  }

  /** Stores a prepared group after the service has accepted it. */
  async commit(group: PreparedGroup): Promise<void> {
    await this.#file.append(group.frames);
    this.#session = this.#prepared;
    if (this.#session) this.#opener.remember(this.#session.position, this.#session.exchange.baseSeed);
    this.#apply(group.changes);
    await this.#index();
  }

  /** Forgets a prepared group that was not accepted; the next one makes a new key exchange (extensions §7). */
  abandon(): void {
    this.#session = undefined;
    this.#prepared = undefined;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}
