/**
 * CipherState of Noise §5.1: a key and a 64-bit nonce. The nonce may be set, for transports that carry their counter (§11.4).
 * Rekey() is left out: both uses make a new handshake long before a key wears out.
 */
import { uint64Bytes } from "../../base/bytes.ts";
import { MeshError, verificationError } from "../../base/errors.ts";
import { aesGcmOpen, aesGcmSeal, chachaPolyOpen, chachaPolySeal } from "../../crypto/cipher.ts";
import type { CipherName } from "./suite.ts";

/** Octets by which a ciphertext is longer than its plaintext. */
export const tagLength = 16;

const emptyOctets = new Uint8Array(0);

/** 2^64-1 is reserved (§5.1). */
const nonceLimit = (1n << 64n) - 1n;

interface Aead {
  readonly seal: (key: Uint8Array, nonce: Uint8Array, plain: Uint8Array, ad: Uint8Array) => Uint8Array;
  readonly open: (key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, ad: Uint8Array) => Uint8Array;
  /** 96-bit nonce: 32 zero bits, then the counter, whose octet order differs between the two ciphers (§12.3, §12.4). */
  readonly nonce: (counter: bigint) => Uint8Array;
}

function nonceOctets(counter: bigint, littleEndian: boolean): Uint8Array {
  const nonce = new Uint8Array(12);
  const octets = uint64Bytes(counter);
  nonce.set(littleEndian ? octets.reverse() : octets, 4);
  return nonce;
}

const aeads: Readonly<Record<CipherName, Aead>> = {
  ChaChaPoly: { seal: chachaPolySeal, open: chachaPolyOpen, nonce: (counter) => nonceOctets(counter, true) },
  AESGCM: { seal: aesGcmSeal, open: aesGcmOpen, nonce: (counter) => nonceOctets(counter, false) },
};

/** One direction of a Noise channel. */
export class CipherState {
  readonly #aead: Aead;
  #key: Uint8Array | undefined;
  #nonce = 0n;

  /** Without a key, plaintext passes as it is: the state before the first mixKey of a handshake. */
  constructor(cipher: CipherName, key?: Uint8Array) {
    this.#aead = aeads[cipher];
    this.#key = key;
  }

  get hasKey(): boolean {
    return this.#key !== undefined;
  }

  /** The nonce of the next message. */
  get nonce(): bigint {
    return this.#nonce;
  }

  /** SetNonce (§5.1). The caller answers for never sealing twice under one nonce. */
  setNonce(nonce: bigint): void {
    this.#nonce = nonce;
  }

  /** EncryptWithAd: ciphertext || tag; ERR_LINK when the nonces are used up. */
  encrypt(plaintext: Uint8Array, ad: Uint8Array = emptyOctets): Uint8Array {
    if (!this.#key) return plaintext.slice();
    const nonce = this.#nextNonce();
    const sealed = this.#aead.seal(this.#key, nonce, plaintext, ad);
    this.#nonce += 1n;
    return sealed;
  }

  /** DecryptWithAd; ERR_VERIFICATION when the tag fails, the nonce then stays. */
  decrypt(sealed: Uint8Array, ad: Uint8Array = emptyOctets): Uint8Array {
    if (!this.#key) return sealed.slice();
    if (sealed.length < tagLength) throw verificationError("message");
    const plaintext = this.#aead.open(this.#key, this.#nextNonce(), sealed, ad);
    this.#nonce += 1n;
    return plaintext;
  }

  /** Overwrites the key; later use throws ERR_LINK. */
  wipe(): void {
    this.#key?.fill(0);
    this.#nonce = nonceLimit;
  }

  #nextNonce(): Uint8Array {
    if (this.#nonce >= nonceLimit) throw new MeshError("ERR_LINK", "the nonces of this channel are used up");
    return this.#aead.nonce(this.#nonce);
  }
}
