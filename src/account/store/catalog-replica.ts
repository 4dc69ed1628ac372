/**
 * A device's copy of one catalog: the frames as received, in a sequence file, and the live entries in memory.
 * Frames are believed in groups: each group ends with an apex that a device with the right to write signed (extensions §5).
 */

import { equalBytes } from "../../base/bytes.ts";
import { MeshError, verificationError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import type { Datum } from "../../codec/index.ts";
import { decodeObject, encodeObject } from "../../codec/index.ts";
import type { PrivateKey, PublicKey } from "../../crypto/index.ts";
import type { DareEnvelope, EncodedFrame, KeyExchange, SequenceFrame } from "../../dare/index.ts";
import { checkFrame, exchangeSeed, firstFrame, frameOf, newExchange, openFrame, SequenceFile, sealFrame, verifyEnvelope } from "../../dare/index.ts";
import type { CatalogLabel, Head } from "../../schema/index.ts";
import { CatalogUpdate, SequenceApex } from "../../schema/index.ts";
import type { StoreKey } from "../context/keyring.ts";
import type { UniqueIds } from "./catalog-update.ts";
import { checkUpdate, uniqueIds, updateMeta } from "./catalog-update.ts";
import { reopenWhenGrown } from "./frame.ts";

/** A live entry. */
export interface CatalogEntry {
  readonly key: string;
  readonly index: number;
  /** The tagged entry as decoded from the payload. */
  readonly entry: Datum;
}

/** An entry whose delete said something. */
export interface RemovedEntry {
  readonly key: string;
  /** The entry as it was last. */
  readonly last: Datum;
  /** What the delete carried. */
  readonly removal: Datum;
}

/** What one frame did to a key. */
export interface CatalogChange {
  readonly index: number;
  readonly update: CatalogUpdate;
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

/** One change to make: the newest entry of a key in, the wanted one out; undefined means no entry. */
export interface EntryChange {
  readonly key: string;
  readonly change: (current: Datum | undefined) => Datum | undefined;
  /** What a delete carries in place of the entry. */
  readonly removal?: Datum;
}

/** Who writes a group of frames. */
export interface GroupWriter {
  readonly accountUdf: string;
  readonly deviceUdf: string;
  readonly signer: PrivateKey;
  readonly time: string;
}

/** Frames that are ready to be sent, and what they will have done. */
export interface PreparedGroup {
  readonly frames: readonly EncodedFrame[];
  readonly changes: readonly CatalogChange[];
  readonly expected: { readonly Index: number; readonly Digest?: Uint8Array };
}

interface Session {
  readonly exchange: KeyExchange;
  readonly position: number;
}

/** Copy of a catalog. One process uses it at a time. */
export class CatalogReplica {
  readonly label: CatalogLabel;
  #file: SequenceFile;
  readonly #keys: readonly PrivateKey[];
  readonly #ids: readonly UniqueIds[];
  readonly #random: Random;
  readonly #recipients: readonly PublicKey[];
  readonly #entries = new Map<string, CatalogEntry>();
  readonly #removed: RemovedEntry[] = [];
  readonly #seeds = new Map<number, Uint8Array>();
  #session: Session | undefined;
  /** Exchange of the group that was prepared last; taken into use when that group is stored. */
  #prepared: Session | undefined;
  #applied = 0;

  private constructor(options: {
    label: CatalogLabel;
    file: SequenceFile;
    storeKeys: readonly StoreKey[];
    readers: readonly PublicKey[];
    random: Random;
  }) {
    this.label = options.label;
    this.#file = options.file;
    this.#keys = options.storeKeys.map(({ key }) => key);
    this.#ids = this.#keys.map((key) => uniqueIds(options.label, key));
    this.#random = options.random;
    const newest = this.#keys[0];
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
      for await (const frame of file.frames({ from: 0 })) await replica.#replay(frame);
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
  }

  /** A group that is refused leaves nothing behind: its base seeds would be taken for those of the true frames in its place. */
  async #receiveOrForget(group: readonly DareEnvelope[], judge: ApexJudge): Promise<void> {
    const start = this.#file.count;
    try {
      await this.#receiveGroup(group, judge);
    } catch (error) {
      for (const position of [...this.#seeds.keys()]) if (position >= start) this.#seeds.delete(position);
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
    const changes = group.flatMap((frame) => this.#openUpdate(frame, group, start) ?? []);
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

  /** The update in a frame; undefined for frame 0 and apexes. `group` holds frames from index `start` that are not in the file yet. */
  #openUpdate(frame: SequenceFrame, group: readonly SequenceFrame[], start: number): CatalogChange | undefined {
    const { index } = frame;
    if (index === 0) checkFirst(this.label, frame);
    if (index === 0 || frame.isMeta) return undefined;
    const position = frame.header.recipients ? index : frame.header.SequenceInfo?.ExchangePosition;
    if (position === undefined) throw verificationError(`frame ${index} of ${this.label}`);
    let seed = this.#seeds.get(position);
    if (!seed) {
      const holder = position === index ? frame : group[position - start];
      if (!holder) throw verificationError(`frame ${index} of ${this.label}`);
      seed = exchangeSeed(holder, this.#keys);
      this.#remember(position, seed);
    }
    const { payload, contentMeta } = openFrame({ frame, baseSeed: seed });
    const update = decodeObject(CatalogUpdate, payload);
    checkUpdate({ label: this.label, index, update, meta: contentMeta, ids: this.#ids });
    return { index, update };
  }

  #remember(position: number, seed: Uint8Array): void {
    this.#seeds.set(position, seed);
    if (this.#seeds.size > 64) {
      const oldest = this.#seeds.keys().next().value;
      if (oldest !== undefined && oldest !== position) this.#seeds.delete(oldest);
    }
  }

  #apply(changes: readonly CatalogChange[]): void {
    for (const { index, update } of changes) {
      const last = this.#entries.get(update.Key);
      if (update.Event !== "Delete" && update.Entry !== undefined) {
        this.#entries.set(update.Key, { key: update.Key, index, entry: update.Entry });
      } else {
        this.#entries.delete(update.Key);
        if (last && update.Entry !== undefined) this.#removed.push({ key: update.Key, last: last.entry, removal: update.Entry });
      }
    }
    this.#applied = this.#file.count;
  }

  async #replay(frame: SequenceFrame): Promise<CatalogChange | undefined> {
    const { index } = frame;
    await this.#needSeed(frame);
    const change = this.#openUpdate(frame, [frame], index);
    if (change) this.#apply([change]);
    this.#applied = index + 1;
    return change;
  }

  async #needSeed(frame: SequenceFrame): Promise<void> {
    const position = frame.header.SequenceInfo?.ExchangePosition;
    if (!frame.header.recipients && position !== undefined && !this.#seeds.has(position)) {
      this.#remember(position, exchangeSeed(await this.#file.read(position), this.#keys));
    }
  }

  /** Every update that the catalog holds, oldest first, read and opened anew from the file. */
  async *updates(): AsyncGenerator<CatalogChange, void, undefined> {
    for await (const frame of this.#file.frames({ from: 0 })) {
      await this.#needSeed(frame);
      const change = this.#openUpdate(frame, [frame], frame.index);
      if (change) yield change;
    }
  }

  /** Takes in what another process of this device has appended to the file. */
  async refresh(): Promise<readonly CatalogChange[]> {
    const reopened = await reopenWhenGrown(this.#file);
    if (!reopened) return [];
    this.#file = reopened;
    this.#session = undefined;
    const changes: CatalogChange[] = [];
    for await (const frame of this.#file.frames({ from: this.#applied })) {
      const change = await this.#replay(frame);
      if (change) changes.push(change);
    }
    return changes;
  }

  /** Prepares a group of frames with its apex; nothing is stored. Undefined when no change changes anything; an empty catalog gets its frame 0. */
  prepare(wanted: readonly EntryChange[], writer: GroupWriter): PreparedGroup | undefined {
    if (this.#recipients.length === 0) throw new MeshError("ERR_NOT_AUTHORIZED", `this device has no key of ${this.label}`);
    const ids = this.#ids[0] as UniqueIds;
    const frames: EncodedFrame[] = [];
    const changes: CatalogChange[] = [];
    const start = this.count;
    const frontier = this.#file.frontier();
    const add = (frame: EncodedFrame): void => {
      frontier.push(frame.treeDigest);
      frames.push(frame);
    };
    if (start === 0) add(firstFrame({ contentType: "application/mmm-catalog" }));
    let session = this.#session;
    const written = new Map<string, { index: number; entry: Datum | undefined }>();
    for (const { key, change, removal } of wanted) {
      const current = written.get(key) ?? this.#entries.get(key);
      const entry = change(current?.entry);
      if (entry === current?.entry) continue;
      const index = start + frames.length;
      const update: CatalogUpdate = {
        Store: this.label,
        Event: entry === undefined ? "Delete" : current?.entry === undefined ? "New" : "Update",
        Key: key,
        ...(current === undefined ? {} : { Previous: current.index }),
        ...(entry === undefined ? (removal === undefined ? {} : { Entry: removal }) : { Entry: entry }),
      };
      const payload = encodeObject(CatalogUpdate, update);
      const fresh = session === undefined;
      session ??= { exchange: newExchange({ recipients: this.#recipients, random: this.#random }), position: index };
      add(
        sealFrame({
          index,
          payload,
          contentMeta: updateMeta(update, ids),
          exchange: session.exchange,
          ...(fresh ? {} : { exchangePosition: session.position }),
          lookup: frontier.lookup,
          random: this.#random,
        }),
      );
      // As readers will see it: what was handed in may hold octets that are encoded already.
      const seen = decodeObject(CatalogUpdate, payload);
      changes.push({ index, update: seen });
      written.set(key, { index, entry: seen.Event === "Delete" ? undefined : seen.Entry });
    }
    if (frames.length === 0) return undefined;
    const covered = frames.at(-1)?.treeDigest;
    if (!covered) throw new MeshError("ERR_INTERNAL", "a group without frames");
    const apexIndex = start + frames.length;
    const apex: SequenceApex = {
      AccountUdf: writer.accountUdf,
      Store: this.label,
      Index: apexIndex - 1,
      TreeDigest: covered,
      Time: writer.time,
      DeviceUdf: writer.deviceUdf,
    };
    add(
      sealFrame({
        index: apexIndex,
        payload: encodeObject(SequenceApex, apex),
        isMeta: true,
        signer: writer.signer,
        lookup: frontier.lookup,
        random: this.#random,
      }),
    );
    this.#prepared = session;
    return { frames, changes, expected: { Index: start, ...(this.treeDigest ? { Digest: this.treeDigest } : {}) } };
  }

  /** Stores a prepared group after the service has accepted it. */
  async commit(group: PreparedGroup): Promise<void> {
    await this.#file.append(group.frames);
    this.#session = this.#prepared;
    if (this.#session) this.#remember(this.#session.position, this.#session.exchange.baseSeed);
    this.#apply(group.changes);
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

/** Frame 0 names no keys: it is covered by no signature, so keys in it would be whoever's wrote it. Errors: ERR_VERIFICATION. */
function checkFirst(label: CatalogLabel, { header, body }: SequenceFrame): void {
  const { policy, recipients, enc, kid, cloaked } = header;
  if (body.length > 0 || [policy, recipients, enc, kid, cloaked].some((member) => member !== undefined)) {
    throw new MeshError("ERR_VERIFICATION", `frame 0 of ${label} is forged: it names keys`);
  }
}
