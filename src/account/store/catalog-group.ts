/**
 * Seals a group of catalog changes: one frame for each change, and the signed apex that closes them (extensions §5). Nothing is stored here.
 */
import type { Random } from "../../base/random.ts";
import type { Datum } from "../../codec/index.ts";
import { decodeObject, encodeObject } from "../../codec/index.ts";
import type { PrivateKey, PublicKey } from "../../crypto/index.ts";
import type { EncodedFrame, KeyExchange, SequenceFile } from "../../dare/index.ts";
import { firstFrame, newExchange, sealFrame } from "../../dare/index.ts";
import type { CatalogLabel, Head } from "../../schema/index.ts";
import { CatalogUpdate, EpochBegin, epochMember, SequenceApex } from "../../schema/index.ts";
import type { UniqueIds } from "./catalog-update.ts";
import { updateMeta } from "./catalog-update.ts";
import type { MergedMembers } from "./merge.ts";

/** A live entry. */
export interface CatalogEntry {
  readonly key: string;
  readonly index: number;
  /** The tagged entry as decoded from the payload. */
  readonly entry: Datum;
}

/** What one frame did to a key. */
export interface CatalogChange {
  readonly index: number;
  readonly update: CatalogUpdate;
}

/** One change to make: the newest entry of a key in, the wanted one out; undefined means no entry. */
export interface EntryChange {
  readonly key: string;
  readonly change: (current: Datum | undefined) => Datum | undefined;
  /** What a delete carries in place of the entry. */
  readonly removal?: Datum;
  /** Members that are merged when another machine has changed the entry at once; absent: the change is applied to what that made, and nothing else. */
  readonly merged?: MergedMembers;
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
  readonly expected: { readonly Epoch?: number; readonly Index: number; readonly Digest?: Uint8Array };
}

/** The key exchange that entries are sealed under, and the frame that carries it. */
export interface ExchangeSession {
  readonly exchange: KeyExchange;
  readonly position: number;
}

/** What a group continues. */
export interface GroupBase {
  readonly label: CatalogLabel;
  readonly epoch: number;
  /** How the epoch begins, when this is its first group. */
  readonly begin: EpochBegin | undefined;
  /** The entries up to the end of this group are those of the former epoch up to this head. */
  readonly former: Head | undefined;
  readonly file: SequenceFile;
  readonly entries: ReadonlyMap<string, CatalogEntry>;
  readonly recipients: readonly PublicKey[];
  readonly ids: UniqueIds;
  readonly random: Random;
  /** Exchange in use; a new one is made where there is none. */
  readonly session: ExchangeSession | undefined;
}

/** Makes a group and the exchange it was sealed under. Undefined when no change changes anything; an empty catalog gets its frame 0. */
export function prepareGroup(
  { label, epoch, begin, former, file, entries, recipients, ids, random, session: current }: GroupBase,
  wanted: readonly EntryChange[],
  writer: GroupWriter,
): { readonly group: PreparedGroup; readonly session: ExchangeSession | undefined } | undefined {
  const frames: EncodedFrame[] = [];
  const changes: CatalogChange[] = [];
  const start = file.count;
  const frontier = file.frontier();
  const add = (frame: EncodedFrame): void => {
    frontier.push(frame.treeDigest);
    frames.push(frame);
  };
  if (start === 0) add(firstFrame({ contentType: "application/mmm-catalog", ...(begin && { payload: encodeObject(EpochBegin, begin) }) }));
  let session = current;
  const written = new Map<string, { readonly index: number; readonly entry: Datum | undefined }>();
  for (const { key, change, removal } of wanted) {
    const before = written.get(key) ?? entries.get(key);
    const entry = change(before?.entry);
    if (entry === before?.entry) continue;
    const index = start + frames.length;
    const update: CatalogUpdate = {
      Store: label,
      Event: entry === undefined ? "Delete" : before?.entry === undefined ? "New" : "Update",
      Key: key,
      ...(before === undefined ? {} : { Previous: before.index }),
      ...(entry === undefined ? (removal === undefined ? {} : { Entry: removal }) : { Entry: entry }),
    };
    const payload = encodeObject(CatalogUpdate, update);
    const fresh = session === undefined;
    session ??= { exchange: newExchange({ recipients, random }), position: index };
    add(
      sealFrame({
        index,
        payload,
        contentMeta: updateMeta(update, ids),
        exchange: session.exchange,
        ...(fresh ? {} : { exchangePosition: session.position }),
        lookup: frontier.lookup,
        random,
      }),
    );
    // As readers will see it: what was handed in may hold octets that are encoded already.
    const seen = decodeObject(CatalogUpdate, payload);
    changes.push({ index, update: seen });
    written.set(key, { index, entry: seen.Event === "Delete" ? undefined : seen.Entry });
  }
  const covered = frames.at(-1)?.treeDigest ?? (former && file.lastTreeDigest);
  if (!covered) return undefined;
  const apexIndex = start + frames.length;
  const apex: SequenceApex = {
    AccountUdf: writer.accountUdf,
    Store: label,
    ...epochMember(epoch),
    Index: apexIndex - 1,
    TreeDigest: covered,
    Time: writer.time,
    DeviceUdf: writer.deviceUdf,
    ...(former && { Former: former }),
  };
  add(
    sealFrame({
      index: apexIndex,
      payload: encodeObject(SequenceApex, apex),
      isMeta: true,
      signer: writer.signer,
      lookup: frontier.lookup,
      random,
    }),
  );
  const digest = file.lastTreeDigest;
  return { group: { frames, changes, expected: { ...epochMember(epoch), Index: start, ...(digest ? { Digest: digest } : {}) } }, session };
}
