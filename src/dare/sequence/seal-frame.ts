/**
 * Makes frames of a Merkle sequence (dare-12 §4). The trailer holds PayloadDigest, TreeDigest, a signature when there is a signer, and
 * for encrypted frames `Mac` = HMAC-SHA-2-512(key "mac" of the base seed and Salt, header octets || body octets || 64-bit Index):
 * the digests cover no header, the Mac does (docs/extensions.md, Stores).
 */
import { uint64Bytes } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import { encodeJson } from "../../codec/index.ts";
import { hmacSha512, sha512 } from "../../crypto/hash.ts";
import type { PrivateKey } from "../../crypto/key.ts";
import { cipherId, encryptBlock, encryptBody } from "../content.ts";
import type { ContentMeta } from "../content-meta.ts";
import { encodeContentMeta } from "../content-meta.ts";
import type { KeyExchange } from "../exchange.ts";
import { DareHeader, DareTrailer } from "../header.ts";
import { macKey, saltLength } from "../key-schedule.ts";
import { digestId, signDigest } from "../signature.ts";
import type { EncodedFrame } from "./frame.ts";
import type { DigestLookup } from "./tree.ts";
import { treeDigest } from "./tree.ts";

/** What a frame holds and where it goes. */
export interface SealFrameOptions {
  readonly index: number;
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
  /** The frame speaks about the sequence and is no entry. */
  readonly isMeta?: boolean;
  readonly signer?: PrivateKey;
  /** Tree digests of earlier frames: TreeFrontier.lookup. */
  readonly lookup: DigestLookup;
  readonly random: Random;
}

/** Makes the frame of an index. ERR_KEY for cloaked metadata without an exchange, or an exchange that no earlier frame can carry. */
export function sealFrame(options: SealFrameOptions): EncodedFrame {
  const { index, payload, exchange, exchangePosition, signer, random } = options;
  if (exchange === undefined && options.cloakedMeta !== undefined) throw new MeshError("ERR_KEY", "cloaked metadata without a key exchange");
  if (exchangePosition !== undefined && exchangePosition >= index) {
    throw new MeshError("ERR_KEY", `frame ${index} cannot use the key exchange of frame ${exchangePosition}`);
  }
  const secrets = exchange && { baseSeed: exchange.baseSeed, salt: random.bytes(saltLength) };
  const headerOctets = encodeJson(DareHeader.encode(headerOf(options, secrets?.salt)));
  const body = secrets ? encryptBody({ ...secrets, plaintext: payload }) : payload;
  const payloadDigest = sha512(body);
  const digest = treeDigest({ index, payloadDigest, lookup: options.lookup });
  const trailer: DareTrailer = {
    signatures: signer && [signDigest({ digest: payloadDigest, signer, secrets })],
    PayloadDigest: payloadDigest,
    TreeDigest: digest,
    Mac: secrets && frameMac({ ...secrets, headerOctets, body, index }),
  };
  return { headerOctets, body, trailerOctets: encodeJson(DareTrailer.encode(trailer)), payloadDigest, treeDigest: digest };
}

function headerOf(options: SealFrameOptions, salt: Uint8Array | undefined): DareHeader {
  const { exchange, exchangePosition, cloakedMeta } = options;
  return {
    EnvelopeId: options.envelopeId,
    ...(exchange && salt
      ? {
          enc: cipherId,
          kid: exchange.kid,
          Salt: salt,
          cloaked:
            cloakedMeta && encryptBlock({ baseSeed: exchange.baseSeed, salt, prefix: Uint8Array.of(0), plaintext: encodeContentMeta(cloakedMeta) }),
          recipients: exchangePosition === undefined ? exchange.recipients : undefined,
        }
      : {}),
    dig: digestId,
    ContentMetaData: options.contentMeta && encodeContentMeta(options.contentMeta),
    SequenceInfo: {
      Index: options.index,
      IsMeta: options.isMeta || undefined,
      TreePosition: options.treePosition,
      ExchangePosition: exchange && exchangePosition,
    },
    Received: options.received,
  };
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

/** Makes frame 0 of a Merkle sequence: JSON headers, the content type of the sequence, no payload and no keys. */
export function firstFrame(options: { readonly contentType: string }): EncodedFrame {
  const header: DareHeader = {
    dig: digestId,
    ContentMetaData: encodeContentMeta({ cty: options.contentType }),
    SequenceInfo: { DataEncoding: "JSON", ContainerType: "Merkle", Index: 0 },
  };
  const body = new Uint8Array();
  const payloadDigest = sha512(body);
  const digest = treeDigest({ index: 0, payloadDigest, lookup: () => body });
  const trailer: DareTrailer = { PayloadDigest: payloadDigest, TreeDigest: digest };
  return {
    headerOctets: encodeJson(DareHeader.encode(header)),
    body,
    trailerOctets: encodeJson(DareTrailer.encode(trailer)),
    payloadDigest,
    treeDigest: digest,
  };
}
