/**
 * Every signer but the last, in the form of threshold-sigs-06 §3. That form has no binding factor: with several sessions open on one
 * key, commitments chosen late combine into a forgery (Drijvers et al. 2019, ROS). So a signer has AT MOST ONE open session per
 * key, kept in a book that survives restarts. A nonce lives in memory only, answers once, and is burned in the book before it is used; a
 * crash loses it. Who needs sessions in parallel uses FROST (frost.ts).
 */
import { toHex } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import { randomScalar } from "../curve.ts";
import { multiplier, timesBase } from "../multiplier.ts";
import type { PrivateKey } from "../private-key.ts";
import { type PublicKey, publicKeyOfPoint } from "../public-key.ts";
import { type SigningTask, shareOfSignature, signingCurve } from "./equation.ts";

/** An open session, as the book knows it. */
export interface SessionRecord {
  /** Fingerprint of the group key. */
  readonly key: string;
  /** Random, never used twice. */
  readonly session: string;
  /** Milliseconds since 1970 after which the session counts as burned. */
  readonly expires: number;
}

/** Where sessions are kept. One book for all who hold the same share. */
export interface SigningBook {
  /** Writes a session down for good. While another one is open for the key, whoever opened it, throws ERR_CONFLICT or burns that one. */
  open(record: SessionRecord): Promise<void>;
  /** Ends a session for good. Throws ERR_REPLAY unless it is the open one of its key, and in time. */
  burn(record: Pick<SessionRecord, "key" | "session">): Promise<void>;
}

/** A session as others see it. */
export interface OpenedSession {
  readonly session: string;
  /** R_i. */
  readonly commitment: PublicKey;
}

interface Pending {
  readonly nonce: bigint;
  readonly task: SigningTask;
}

const defaultLifetime = 30_000;

/** Signs with one share of one key. */
export class ThresholdSigner {
  readonly #share: PrivateKey;
  readonly #groupKey: PublicKey;
  readonly #ports: { readonly book: SigningBook; readonly clock: Clock; readonly random: Random };
  readonly #lifetimeMs: number;
  readonly #pending = new Map<string, Pending>();

  /** `groupKey` is the signer's own record of A. `lifetimeMs`, 30 s by default, is how long a session may block the key. Throws ERR_KEY. */
  constructor(input: {
    readonly share: PrivateKey;
    readonly groupKey: PublicKey;
    readonly book: SigningBook;
    readonly clock: Clock;
    readonly random: Random;
    readonly lifetimeMs?: number;
  }) {
    if (input.share.curve !== signingCurve(input.groupKey)) throw new MeshError("ERR_KEY", "share and key of two curves");
    this.#share = input.share;
    this.#groupKey = input.groupKey;
    this.#ports = { book: input.book, clock: input.clock, random: input.random };
    this.#lifetimeMs = input.lifetimeMs ?? defaultLifetime;
  }

  /** Opens the session of a message that the signer has seen and approved. Throws ERR_CONFLICT while another one is open, ERR_STORE. */
  async open(message: Uint8Array, form?: SigningTask["form"]): Promise<OpenedSession> {
    const { book, clock, random } = this.#ports;
    const { curve } = this.#groupKey;
    const session = toHex(random.bytes(16));
    await book.open({ key: this.#groupKey.udf, session, expires: clock.now() + this.#lifetimeMs });
    const nonce = randomScalar(curve, random);
    const task = { groupKey: this.#groupKey, message: new Uint8Array(message), ...(form !== undefined && { form }) };
    // Whatever was pending has expired or is burned, or the book would have refused.
    this.#pending.clear();
    this.#pending.set(session, { nonce, task });
    return { session, commitment: publicKeyOfPoint(curve, timesBase(multiplier(curve, nonce))) };
  }

  /**
   * S_i for R, the sum of all commitments; once. The session is burned first, whatever comes of it.
   * Throws ERR_REPLAY for a session that was answered, given up, has expired, or was lost in a restart; ERR_KEY, ERR_STORE.
   */
  async answer(input: { readonly session: string; readonly R: PublicKey; readonly coefficient?: bigint }): Promise<Uint8Array> {
    const { session, R, coefficient = 1n } = input;
    const pending = this.#pending.get(session);
    if (!pending) throw new MeshError("ERR_REPLAY", "no nonce is left of this signing session");
    // The nonce is out of reach before anything is awaited.
    await this.abandon(session);
    if (R.curve !== this.#share.curve) throw new MeshError("ERR_KEY", `commitment has to be of ${this.#share.curve}`);
    return shareOfSignature({ ...pending, R, share: this.#share, coefficient });
  }

  /** Gives a session up, also one that a restart left in the book. Throws ERR_REPLAY when it is not open, ERR_STORE. */
  async abandon(session: string): Promise<void> {
    this.#pending.delete(session);
    await this.#ports.book.burn({ key: this.#groupKey.udf, session });
  }
}
