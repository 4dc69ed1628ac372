/**
 * Opens frames of a Merkle sequence: the Mac first, witnesses, then decryption, every failure the same error. Place in the sequence,
 * tree digest and signatures are the caller's to check (checkFrame, verifyEnvelope): a Mac alone proves only that a key holder wrote it.
 */
import { equalBytes } from "../../base/bytes.ts";
import { verificationError } from "../../base/errors.ts";
import type { PrivateKey } from "../../crypto/key.ts";
import { decryptBlock, decryptBody, isEncrypted, saltOf } from "../content.ts";
import type { ContentMeta } from "../content-meta.ts";
import { decodeContentMeta } from "../content-meta.ts";
import { exchangedSeed } from "../exchange.ts";
import { uniformly } from "../open.ts";
import { checkWitnesses, eitherMember } from "../signature.ts";
import type { SequenceFrame } from "./frame.ts";
import { frameMac } from "./seal-frame.ts";

/** What a frame held. */
export interface OpenedFrame {
  readonly payload: Uint8Array;
  /** Hints only; empty when absent. */
  readonly contentMeta: ContentMeta;
  /** What was said under encryption; absent when nothing was. */
  readonly cloakedMeta?: ContentMeta;
}

/**
 * Opens a frame. With `baseSeed` the frame must be encrypted and its Mac fit; without, it must not be encrypted.
 * ERR_VERIFICATION in every other case.
 */
export function openFrame(options: { readonly frame: SequenceFrame; readonly baseSeed?: Uint8Array }): OpenedFrame {
  const { frame, baseSeed } = options;
  return uniformly(`frame ${frame.index}`, () => {
    if (isEncrypted(frame.header) !== (baseSeed !== undefined)) throw verificationError("frame");
    if (baseSeed === undefined) return { payload: frame.body, contentMeta: decodeContentMeta(frame.header.ContentMetaData) };
    const secrets = { baseSeed, salt: saltOf(frame.header) };
    const mac = eitherMember(frame, "Mac");
    if (mac === undefined || !equalBytes(mac, frameMac({ ...secrets, ...frame }))) throw verificationError("frame");
    checkWitnesses(frame, secrets);
    const cloaked = frame.header.cloaked;
    return {
      payload: decryptBody({ ...secrets, body: frame.body }),
      contentMeta: decodeContentMeta(frame.header.ContentMetaData),
      ...(cloaked && { cloakedMeta: decodeContentMeta(decryptBlock({ ...secrets, eds: cloaked })) }),
    };
  });
}

/** Base seed of a frame that carries recipients. Callers keep it per ExchangePosition and wipe it. ERR_VERIFICATION. */
export function exchangeSeed(frame: SequenceFrame, keys: readonly PrivateKey[]): Uint8Array {
  return uniformly(`frame ${frame.index}`, () => exchangedSeed(frame.header, { keys }));
}
