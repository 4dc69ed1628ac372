/**
 * Opens frames of a Merkle sequence: the Mac first, witnesses, then decryption, every failure the same error. Place in the sequence,
 * tree digest and signatures are the caller's to check (checkFrame, verifyEnvelope): a Mac alone proves only that a key holder wrote it.
 */
import { equalBytes, wipe } from "../../base/bytes.ts";
import { MeshError, verificationError } from "../../base/errors.ts";
import type { AgreeingKey } from "../../crypto/key.ts";
import { decryptBlock, decryptBody, isEncrypted, saltOf } from "../content.ts";
import type { ContentMeta } from "../content-meta.ts";
import { decodeContentMeta } from "../content-meta.ts";
import type { OpeningKeys } from "../exchange.ts";
import { exchangedSeed, mergeKeys } from "../exchange.ts";
import type { DareHeader } from "../header.ts";
import { uniformly } from "../open.ts";
import { checkWitnesses, eitherMember } from "../signature.ts";
import type { SequenceFrame } from "./frame.ts";
import { isRedacted } from "./frame.ts";
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
 * Opens a frame. With `baseSeed` the frame must be encrypted and its Mac fit; without, it must not be encrypted. Other writers make no
 * Mac: `foreign` opens without, and then only a signature or apex says who wrote it. ERR_NOT_FOUND for a body that was erased,
 * ERR_VERIFICATION in every other case.
 */
export function openFrame(options: { readonly frame: SequenceFrame; readonly baseSeed?: Uint8Array; readonly foreign?: boolean }): OpenedFrame {
  const { frame, baseSeed, foreign = false } = options;
  if (isRedacted(frame)) throw new MeshError("ERR_NOT_FOUND", `the body of frame ${frame.index} was erased`);
  return uniformly(`frame ${frame.index}`, () => {
    if (isEncrypted(frame.header) !== (baseSeed !== undefined)) throw verificationError("frame");
    if (baseSeed === undefined) return { payload: frame.body, contentMeta: decodeContentMeta(frame.header.ContentMetaData) };
    const secrets = { baseSeed, salt: saltOf(frame.header) };
    const mac = eitherMember(frame, "Mac");
    const isProven = mac === undefined ? foreign : equalBytes(mac, frameMac({ ...secrets, ...frame }));
    if (!isProven) throw verificationError("frame");
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
export function exchangeSeed(frame: SequenceFrame, keys: readonly AgreeingKey[] | OpeningKeys): Uint8Array {
  const held = Array.isArray(keys) ? { keys: keys as readonly AgreeingKey[] } : (keys as OpeningKeys);
  return uniformly(`frame ${frame.index}`, () => exchangedSeed(frame.header, held));
}

/**
 * Index of the frame that carries the key exchange of another: itself, the one it names, or frame 0 (dare-12 §4). ERR_VERIFICATION when
 * it names one that is not earlier.
 */
export function exchangeIndex(frame: SequenceFrame): number {
  if ((frame.header.recipients ?? []).length > 0) return frame.index;
  const named = frame.header.SequenceInfo?.ExchangePosition ?? 0;
  if (named < 0 || named >= frame.index) throw verificationError(`frame ${frame.index}`);
  return named;
}

/** Keys of a FrameOpener. */
export interface OpenerKeys extends OpeningKeys {
  /** Open what other writers made, without a Mac. */
  readonly foreign?: boolean;
  /** Finds further keys by the header of the frame that carries an exchange: asked once for each exchange. */
  readonly keysFor?: (header: DareHeader) => OpeningKeys | Promise<OpeningKeys>;
}

/** Opens frames of one sequence, and keeps the base seeds of the key exchanges it has met. Wipe it when done. */
export class FrameOpener {
  readonly #read: (index: number) => Promise<SequenceFrame>;
  readonly #held: OpenerKeys;
  readonly #seeds = new Map<number, Uint8Array>();

  constructor(options: OpenerKeys & { readonly read: (index: number) => Promise<SequenceFrame> }) {
    this.#read = options.read;
    this.#held = options;
  }

  /** What a frame held. Errors as openFrame. */
  async open(frame: SequenceFrame): Promise<OpenedFrame> {
    const { foreign = false } = this.#held;
    if (isRedacted(frame) || !isEncrypted(frame.header)) return openFrame({ frame, foreign });
    return openFrame({ frame, baseSeed: await this.seedOf(frame), foreign });
  }

  /** Base seed of a frame. ERR_VERIFICATION. */
  async seedOf(frame: SequenceFrame): Promise<Uint8Array> {
    const index = exchangeIndex(frame);
    const known = this.#seeds.get(index);
    if (known !== undefined) return known;
    const carrier = index === frame.index ? frame : await this.#read(index);
    const { keysFor } = this.#held;
    const seed = exchangeSeed(carrier, keysFor ? mergeKeys(this.#held, await keysFor(carrier.header)) : this.#held);
    if (this.#seeds.size >= maxSeeds) this.wipe();
    this.#seeds.set(index, seed);
    return seed;
  }

  wipe(): void {
    for (const seed of this.#seeds.values()) wipe(seed);
    this.#seeds.clear();
  }
}

const maxSeeds = 1024;
