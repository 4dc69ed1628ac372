/** What a service can do to the frames in its files: edit header, body and trailer, and make all digests fit again, which need no secret. */
import type { AccountContext } from "../../../src/account/index.ts";
import { indexKeyOf, uniqueIds } from "../../../src/account/store/catalog-update.ts";
import { concat, utf8 } from "../../../src/base/bytes.ts";
import { dateTime } from "../../../src/base/clock.ts";
import type { Datum } from "../../../src/codec/index.ts";
import { encodeBase64url, encodeObject } from "../../../src/codec/index.ts";
import type { PrivateKey } from "../../../src/crypto/index.ts";
import { sha512 } from "../../../src/crypto/index.ts";
import type { ContentMeta, DareEnvelope } from "../../../src/dare/index.ts";
import { decodeContentMeta, encodeContentMeta, frameOf, newExchange, parseFrame, sealNext, TreeFrontier } from "../../../src/dare/index.ts";
import type { CatalogLabel } from "../../../src/schema/index.ts";
import { CatalogUpdate, epochMember, SequenceApex, storeOf } from "../../../src/schema/index.ts";
import { ports } from "../../kit/household.ts";

const { random } = ports;

type Json = Record<string, unknown>;

function jsonOf(octets: Uint8Array | undefined): Json {
  return octets === undefined || octets.length === 0 ? {} : (JSON.parse(new TextDecoder().decode(octets)) as Json);
}

/** A frame with other members of its header, or another body. */
export function edited(frame: DareEnvelope, change: { readonly header?: Json; readonly body?: Uint8Array; readonly trailer?: Json }): DareEnvelope {
  const headerOctets = change.header ? utf8(JSON.stringify({ ...jsonOf(frame.headerOctets), ...change.header })) : frame.headerOctets;
  const trailerOctets = change.trailer
    ? utf8(JSON.stringify({ ...jsonOf(frame.trailerOctets), ...change.trailer }))
    : (frame.trailerOctets ?? new Uint8Array());
  return parseFrame({ headerOctets, body: change.body ?? frame.body, trailerOctets });
}

/** A frame with other content metadata. */
export function describedAs(frame: DareEnvelope, change: Partial<ContentMeta>): DareEnvelope {
  const meta = { ...decodeContentMeta(frame.header.ContentMetaData), ...change };
  return edited(frame, { header: { ContentMetaData: encodeBase64url(encodeContentMeta(meta)) } });
}

/** One bit of an octet string turned over. */
export function flipped(octets: Uint8Array, bit: number): Uint8Array {
  const at = bit >> 3;
  return concat(octets.subarray(0, at), Uint8Array.of((octets[at] ?? 0) ^ (1 << (bit & 7))), octets.subarray(at + 1));
}

/** A frame at another index. */
export function moved(frame: DareEnvelope, Index: number): DareEnvelope {
  return edited(frame, { header: { SequenceInfo: { ...(jsonOf(frame.headerOctets).SequenceInfo as Json), Index } } });
}

/** All frames from 0 on with digests that fit; apexes speak of the new tree, under the signature that they had. */
export function rehung(frames: readonly DareEnvelope[]): DareEnvelope[] {
  const frontier = new TreeFrontier();
  return frames.map((frame, index) => {
    let { body } = frame;
    if (frameOf(frame).isMeta && body.length > 0) {
      const { SequenceApex } = jsonOf(body) as { SequenceApex: Json };
      const covered = { ...SequenceApex, Index: index - 1, TreeDigest: encodeBase64url(frontier.last ?? new Uint8Array(64)) };
      body = utf8(JSON.stringify({ SequenceApex: covered }));
    }
    const payloadDigest = sha512(body);
    const treeDigest = frontier.next(payloadDigest);
    frontier.push(treeDigest);
    const trailer = { PayloadDigest: encodeBase64url(payloadDigest), TreeDigest: encodeBase64url(treeDigest) };
    return edited(frame, { body, trailer });
  });
}

/** An entry and its apex, made by somebody. */
export interface Forged {
  /** In whose name. */
  readonly writer: Pick<AccountContext, "accountUdf" | "deviceUdf">;
  readonly label: CatalogLabel;
  readonly after: readonly DareEnvelope[];
  readonly key: string;
  readonly entry: Datum;
  /** Of the store; 0 when absent. */
  readonly epoch?: number;
}

/** A group as a device makes it that holds the store's key and may not write the store, or may not any more. */
export function groupOf(forged: Forged & { readonly writer: AccountContext }): DareEnvelope[] {
  const { writer, label } = forged;
  const storeKey = writer.keys.storeKeys.get(storeOf(label))?.[0]?.key;
  if (!storeKey) throw new Error(`no key of ${label}`);
  return groupUnder({ ...forged, storeKey, signer: writer.keys.signature });
}

/** The same under any store key, signed by whom one likes. */
export function groupUnder(options: Forged & { readonly storeKey: PrivateKey; readonly signer: PrivateKey }): DareEnvelope[] {
  const { writer, label, after, key, entry, storeKey, signer } = options;
  const frontier = new TreeFrontier();
  for (const frame of after) frontier.push(frame.trailer?.TreeDigest ?? new Uint8Array());
  const update: CatalogUpdate = { Store: label, Event: "New", Key: key, Entry: entry };
  const content = sealNext(frontier, {
    payload: encodeObject(CatalogUpdate, update),
    contentMeta: { UniqueId: uniqueIds(label, indexKeyOf(storeKey))(key), Event: "New" },
    exchange: newExchange({ recipients: [storeKey.public], random }),
    random,
  });
  const apex: SequenceApex = {
    AccountUdf: writer.accountUdf,
    Store: label,
    Index: frontier.count - 1,
    TreeDigest: content.treeDigest,
    ...epochMember(options.epoch ?? 0),
    Time: dateTime(ports.clock.now()),
    DeviceUdf: writer.deviceUdf,
  };
  const closing = sealNext(frontier, { payload: encodeObject(SequenceApex, apex), isMeta: true, signer, random });
  return [content, closing].map((frame) => frameOf(parseFrame(frame)));
}
