/**
 * Members of DARE headers and trailers (dare-12 §8), in their wire names. All are optional; a trailer member may stand in the header
 * instead. `Mac` in the trailer is ours (docs/extensions.md, Stores). Names of revisions before dare-11 are not read.
 */
import type { Datum, Struct } from "../codec/index.ts";
import { anything, binary, boolean, dateTime, integer, list, optional, string, struct } from "../codec/index.ts";
import { PublicParameters } from "./public-key-ecdh.ts";

/** A signature over the digest of the body as carried. */
export interface DareSignature {
  readonly dig?: string;
  /** Digest identifier: the signature algorithm follows from the key. */
  readonly alg?: string;
  /** UDF of the signing key. */
  readonly kid?: string;
  readonly cert?: Datum;
  readonly path?: Datum;
  readonly Manifest?: Uint8Array;
  readonly signature?: Uint8Array;
  /** Proof that the signer knew the plaintext's key; present when the body is encrypted. */
  readonly witness?: Uint8Array;
}
export const DareSignature: Struct<DareSignature> = struct<DareSignature>("DareSignature", {
  dig: optional(string),
  alg: optional(string),
  kid: optional(string),
  cert: optional(anything),
  path: optional(anything),
  Manifest: optional(binary),
  signature: optional(binary),
  witness: optional(binary),
});

/** The base seed, wrapped for one recipient. */
export interface DareRecipient {
  /** UDF of the recipient's key, or the identifier of a symmetric key. */
  readonly kid?: string;
  /** Ephemeral key; absent for a symmetric recipient. */
  readonly epk?: PublicParameters;
  /** Base seed under RFC 3394 key wrap. */
  readonly wmk?: Uint8Array;
  readonly kwd?: string;
  readonly rkd?: string;
}
export const DareRecipient: Struct<DareRecipient> = struct<DareRecipient>("DareRecipient", {
  kid: optional(string),
  epk: optional(PublicParameters),
  wmk: optional(binary),
  kwd: optional(string),
  rkd: optional(string),
});

/** What a sequence asks of its frames; `none` in enc and dig means the default, not "do not". */
export interface DarePolicy {
  readonly enc?: string;
  readonly dig?: string;
  readonly Encryption?: string;
  readonly Signature?: string;
  readonly EncryptKeys?: readonly Datum[];
  readonly SignKeys?: readonly Datum[];
  readonly Sealed?: boolean;
}
export const DarePolicy: Struct<DarePolicy> = struct<DarePolicy>("DarePolicy", {
  enc: optional(string),
  dig: optional(string),
  Encryption: optional(string),
  Signature: optional(string),
  EncryptKeys: optional(list(anything)),
  SignKeys: optional(list(anything)),
  Sealed: optional(boolean),
});

/** Place of a frame in its sequence. */
export interface SequenceInfo {
  /** Encoding of headers; frame 0 only. */
  readonly DataEncoding?: string;
  /** `List`, `Digest`, `Chain`, `Tree` or `Merkle`; frame 0 only. */
  readonly ContainerType?: string;
  readonly Index?: number;
  /** The frame says something about the sequence and holds no entry. */
  readonly IsMeta?: boolean;
  readonly Default?: boolean;
  /** File offset of the left neighbour in the writer's copy. */
  readonly TreePosition?: number;
  readonly IndexPosition?: number;
  /** Index of the earlier frame whose key exchange is used. */
  readonly ExchangePosition?: number;
}
export const SequenceInfo: Struct<SequenceInfo> = struct<SequenceInfo>("SequenceInfo", {
  DataEncoding: optional(string),
  ContainerType: optional(string),
  Index: optional(integer),
  IsMeta: optional(boolean),
  Default: optional(boolean),
  TreePosition: optional(integer),
  IndexPosition: optional(integer),
  ExchangePosition: optional(integer),
});

/** What may follow a body. */
export interface DareTrailer {
  readonly signatures?: readonly DareSignature[];
  readonly SignedData?: Uint8Array;
  readonly PayloadDigest?: Uint8Array;
  readonly ChainDigest?: Uint8Array;
  readonly TreeDigest?: Uint8Array;
  readonly Mac?: Uint8Array;
}

const trailerFields = {
  signatures: optional(list(DareSignature)),
  SignedData: optional(binary),
  PayloadDigest: optional(binary),
  ChainDigest: optional(binary),
  TreeDigest: optional(binary),
  Mac: optional(binary),
};
export const DareTrailer: Struct<DareTrailer> = struct<DareTrailer>("DareTrailer", trailerFields);

/** What precedes a body. */
export interface DareHeader extends DareTrailer {
  readonly EnvelopeId?: string;
  /** Cipher identifier; absent when the body is not encrypted. */
  readonly enc?: string;
  readonly dig?: string;
  /** Identifier of the base seed; old writers name another one, so nothing may depend on it. */
  readonly kid?: string;
  readonly Salt?: Uint8Array;
  readonly Malt?: Uint8Array;
  readonly cloaked?: Uint8Array;
  readonly annotations?: readonly Uint8Array[];
  readonly recipients?: readonly DareRecipient[];
  readonly policy?: DarePolicy;
  /** JSON octets of ContentMeta. */
  readonly ContentMetaData?: Uint8Array;
  readonly SequenceInfo?: SequenceInfo;
  readonly SequenceIndex?: Datum;
  readonly Received?: string;
}
export const DareHeader: Struct<DareHeader> = struct<DareHeader>("DareHeader", {
  EnvelopeId: optional(string),
  enc: optional(string),
  dig: optional(string),
  kid: optional(string),
  Salt: optional(binary),
  Malt: optional(binary),
  cloaked: optional(binary),
  annotations: optional(list(binary)),
  recipients: optional(list(DareRecipient)),
  policy: optional(DarePolicy),
  ContentMetaData: optional(binary),
  SequenceInfo: optional(SequenceInfo),
  SequenceIndex: optional(anything),
  Received: optional(dateTime),
  ...trailerFields,
});
