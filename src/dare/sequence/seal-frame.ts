/**
 * Makes frames of a sequence (dare-12 §4). The trailer holds the digests that the type of sequence asks for, a signature when there is a
 * signer, and for encrypted frames `Mac` = HMAC-SHA-2-512(key "mac" of the base seed and Salt, header octets || body octets ||
 * 64-bit Index): the digests cover no header, the Mac does (docs/extensions.md, Stores).
 */
import { asciiBytes, fromUtf8, uint64Bytes } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import { encodeBase64url, encodeJson } from "../../codec/index.ts";
import { aesCbcEncrypt } from "../../crypto/cipher.ts";
import { hmacSha512 } from "../../crypto/hash.ts";
import { publicSha512 as sha512 } from "../../crypto/incremental.ts";
import type { PrivateKey } from "../../crypto/key.ts";
import { cipherId, encryptBlock } from "../content.ts";
import type { ContentMeta } from "../content-meta.ts";
import { encodeContentMeta } from "../content-meta.ts";
import type { KeyExchange } from "../exchange.ts";
import type { DarePolicy, SequenceInfo } from "../header.ts";
import { DareHeader, DareTrailer } from "../header.ts";
import { frameKeys, macKey, saltLength } from "../key-schedule.ts";
import { digestId, signDigest } from "../signature.ts";
import type { ContainerType } from "./container-type.ts";
import { rulesOf } from "./container-type.ts";
import type { EncodedFrame } from "./frame-octets.ts";
import { SealedFrame } from "./frame-octets.ts";
import type { DigestLookup, TreeFrontier } from "./tree.ts";
import { chainDigest, treeDigest } from "./tree.ts";

/** What a frame holds. */
export interface FrameContent {
  readonly payload: Uint8Array;
  /** Readable by everyone. */
  readonly contentMeta?: ContentMeta;
  /** Readable only by those who can decrypt; needs an exchange. */
  readonly cloakedMeta?: ContentMeta;
  readonly envelopeId?: string;
  /** When a service received the entry, RFC 3339. */
  readonly received?: string;
  /** Encrypts the frame; without it the payload is in clear and there is no Mac. */
  readonly exchange?: KeyExchange;
  /** Index of the earlier frame that carries the recipients of `exchange`; absent = they are written in this frame. */
  readonly exchangePosition?: number;
  /** File offset of the left neighbour in the writer's copy; a hint. */
  readonly treePosition?: number;
  /** File offset of the last index record before this frame; a hint. */
  readonly indexPosition?: number;
  /** The frame speaks about the sequence and is no entry. */
  readonly isMeta?: boolean;
  /** An index record (index-record.ts). */
  readonly sequenceIndex?: DareHeader["SequenceIndex"];
  readonly signer?: PrivateKey;
  readonly random: Random;
}

/** What a frame holds and where it goes. */
export interface SealFrameOptions extends FrameContent {
  readonly index: number;
  /** Tree digests of earlier frames: TreeFrontier.lookup. */
  readonly lookup: DigestLookup;
  /** Type of the sequence; Merkle unless given. */
  readonly containerType?: ContainerType;
  /** Chain digest of the frame before, in a chain. */
  readonly chain?: Uint8Array;
}

/** Makes the frame of an index. ERR_KEY for cloaked metadata without an exchange, or an exchange that no earlier frame can carry. */
export function sealFrame(options: SealFrameOptions): EncodedFrame {
  return sealAt(options, options);
}

/** Makes the next frame after a frontier, in the frontier's type, and moves the frontier on. Errors as sealFrame. */
export function sealNext(frontier: TreeFrontier, content: FrameContent): EncodedFrame {
  const { count: index, lookup, containerType, chain } = frontier;
  const frame = sealAt(content, { index, lookup, containerType, chain });
  frontier.push(frame.treeDigest, frame.chainDigest);
  return frame;
}

/** Where a frame goes. */
interface Place {
  readonly index: number;
  readonly lookup: DigestLookup;
  readonly containerType?: ContainerType | undefined;
  readonly chain?: Uint8Array | undefined;
}

function sealAt(content: FrameContent, place: Place): EncodedFrame {
  const { exchange, exchangePosition } = content;
  if (exchange === undefined && content.cloakedMeta !== undefined) throw new MeshError("ERR_KEY", "cloaked metadata without a key exchange");
  if (exchangePosition !== undefined && exchangePosition >= place.index) {
    throw new MeshError("ERR_KEY", `frame ${place.index} cannot use the key exchange of frame ${exchangePosition}`);
  }
  return makeFrame(content, place, {
    info: {
      Index: place.index,
      IsMeta: content.isMeta || undefined,
      TreePosition: content.treePosition,
      IndexPosition: content.indexPosition,
      ExchangePosition: exchange && exchangePosition,
    },
  });
}

/** What frame 0 says of the sequence. */
export interface FirstFrameOptions {
  readonly contentType: string;
  /** Merkle unless given. */
  readonly containerType?: ContainerType;
  readonly policy?: DarePolicy;
  /** What the sequence begins with, in clear unless there is an exchange; nothing unless given. */
  readonly payload?: Uint8Array;
  /** Key exchange that later frames use by naming none; `random` is needed with it. */
  readonly exchange?: KeyExchange;
  readonly random?: Random;
}

/** Makes frame 0 of a sequence: JSON headers, the content type of the sequence, no payload unless given, and no keys unless there is an exchange. */
export function firstFrame(options: FirstFrameOptions): EncodedFrame {
  const { contentType, containerType = "Merkle", policy, payload = empty, exchange, random } = options;
  if (exchange !== undefined && random === undefined) throw new MeshError("ERR_INTERNAL", "a key exchange in frame 0 needs randomness");
  return makeFrame(
    { payload, contentMeta: { cty: contentType }, ...(exchange && { exchange }), random: random ?? { bytes: () => empty } },
    { index: 0, lookup: () => empty, containerType },
    { info: { DataEncoding: "JSON", ContainerType: containerType, Index: 0 }, policy },
  );
}

/** What the header says of the sequence. */
interface Placing {
  readonly info: SequenceInfo;
  readonly policy?: DarePolicy | undefined;
}

function makeFrame(content: FrameContent, place: Place, placing: Placing): EncodedFrame {
  const { payload, exchange, signer } = content;
  const { index } = place;
  const rules = rulesOf(place.containerType ?? "Merkle");
  const secrets = exchange && { baseSeed: exchange.baseSeed, salt: content.random.bytes(saltLength) };
  const keys = secrets && frameKeys(secrets.baseSeed, secrets.salt);
  const header = headerText(headerOf(content, { ...placing, salt: secrets?.salt, isDigested: rules.payloadDigest }));
  const body = keys ? aesCbcEncrypt(keys.key, keys.iv, payload) : payload;
  const payloadDigest = sha512(body);
  const digest = treeDigest({ index, payloadDigest, lookup: place.lookup });
  const chain = rules.chainDigest ? chainDigest(place.chain, payloadDigest) : undefined;
  const trailer = trailerText({
    signatures: signer && [signDigest({ digest: payloadDigest, signer, secrets })],
    PayloadDigest: rules.payloadDigest ? payloadDigest : undefined,
    ChainDigest: chain,
    TreeDigest: rules.treeDigest ? digest : undefined,
    Mac: keys && hmacSha512(keys.mac, typeof header === "string" ? asciiBytes(header) : header, body, uint64Bytes(index)),
  });
  return new SealedFrame({ header, body, trailer, payloadDigest, treeDigest: digest, chainDigest: chain, index });
}

function headerOf(content: FrameContent, place: Placing & { readonly salt: Uint8Array | undefined; readonly isDigested: boolean }): DareHeader {
  const { exchange, cloakedMeta } = content;
  const { info, salt, policy } = place;
  const sealed = exchange !== undefined && salt !== undefined;
  return {
    EnvelopeId: content.envelopeId,
    enc: sealed ? cipherId : undefined,
    kid: sealed ? exchange.kid : undefined,
    Salt: salt,
    cloaked:
      sealed && cloakedMeta
        ? encryptBlock({ baseSeed: exchange.baseSeed, salt, prefix: Uint8Array.of(0), plaintext: encodeContentMeta(cloakedMeta) })
        : undefined,
    recipients: sealed && content.exchangePosition === undefined ? exchange.recipients : undefined,
    dig: place.isDigested || content.signer ? digestId : undefined,
    policy,
    ContentMetaData: content.contentMeta && encodeContentMeta(content.contentMeta),
    SequenceInfo: info,
    SequenceIndex: content.sequenceIndex,
    Received: content.received,
  };
}

/** Text that needs no escapes, so that writing it needs no encoder. */
const plainText = /^[\w-]*$/;

/** What encodeJson would give, in a third of the time for the members that nearly all frames have (a test compares): ASCII text, or octets. */
function headerText(header: DareHeader): Uint8Array | string {
  const { EnvelopeId = "", enc, dig, kid = "", Salt, cloaked, ContentMetaData, SequenceInfo: info = {} } = header;
  const isPlain = plainText.test(EnvelopeId) && plainText.test(kid) && info.DataEncoding === undefined;
  const { recipients, policy, SequenceIndex, Received } = header;
  const isUsual = recipients === undefined && policy === undefined && SequenceIndex === undefined && Received === undefined;
  if (!isPlain || !isUsual) return encodeJson(DareHeader.encode(header));
  let text = "";
  if (header.EnvelopeId !== undefined) text += `,"EnvelopeId":"${EnvelopeId}"`;
  if (enc !== undefined) text += `,"enc":"${enc}"`;
  if (dig !== undefined) text += `,"dig":"${dig}"`;
  if (header.kid !== undefined) text += `,"kid":"${kid}"`;
  text += octetsMember("Salt", Salt) + octetsMember("cloaked", cloaked) + octetsMember("ContentMetaData", ContentMetaData);
  text += `,"SequenceInfo":{"Index":${info.Index}`;
  if (info.IsMeta !== undefined) text += `,"IsMeta":${info.IsMeta}`;
  if (info.TreePosition !== undefined) text += `,"TreePosition":${info.TreePosition}`;
  if (info.IndexPosition !== undefined) text += `,"IndexPosition":${info.IndexPosition}`;
  if (info.ExchangePosition !== undefined) text += `,"ExchangePosition":${info.ExchangePosition}`;
  return `{${text.slice(1)}}}`;
}

/** What encodeJson would give, as text. */
function trailerText(trailer: DareTrailer): string {
  const { signatures, PayloadDigest, ChainDigest, TreeDigest, Mac } = trailer;
  const signed = signatures === undefined ? "" : `,${fromUtf8(encodeJson(DareTrailer.encode({ signatures }))).slice(1, -1)}`;
  const text =
    signed +
    octetsMember("PayloadDigest", PayloadDigest) +
    octetsMember("ChainDigest", ChainDigest) +
    octetsMember("TreeDigest", TreeDigest) +
    octetsMember("Mac", Mac);
  // Types without digests have no trailer: records may be absent from the right.
  return text === "" ? text : `{${text.slice(1)}}`;
}

function octetsMember(name: string, octets: Uint8Array | undefined): string {
  return octets === undefined ? "" : `,"${name}":"${encodeBase64url(octets)}"`;
}

/** The Mac of an encrypted frame. */
export function frameMac(options: {
  readonly baseSeed: Uint8Array;
  readonly salt: Uint8Array;
  readonly headerOctets: Uint8Array;
  readonly body: Uint8Array;
  readonly index: number;
}): Uint8Array {
  return hmacSha512(macKey(options.baseSeed, options.salt), options.headerOctets, options.body, uint64Bytes(options.index));
}

const empty = new Uint8Array();
