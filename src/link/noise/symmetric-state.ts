/** SymmetricState of Noise §5.2 with SHA-512 (HASHLEN 64): the chaining key, the handshake hash and the key they lead to. */
import { utf8, wipe } from "../../base/bytes.ts";
import { hmacSha512, sha512 } from "../../crypto/hash.ts";
import { CipherState } from "./cipher-state.ts";
import type { Suite } from "./suite.ts";

const hashLength = 64;
const keyLength = 32;

/** HKDF of Noise §4.3; who needs two outputs takes the first two. */
function hkdf(chainingKey: Uint8Array, input: Uint8Array): readonly [Uint8Array, Uint8Array, Uint8Array] {
  const temporary = hmacSha512(chainingKey, input);
  const first = hmacSha512(temporary, Uint8Array.of(1));
  const second = hmacSha512(temporary, first, Uint8Array.of(2));
  const third = hmacSha512(temporary, second, Uint8Array.of(3));
  wipe(temporary);
  return [first, second, third];
}

/** The running state of a handshake's keys and transcript. */
export class SymmetricState {
  readonly #suite: Suite;
  #chainingKey: Uint8Array;
  #hash: Uint8Array;
  #cipher: CipherState;

  /** InitializeSymmetric: our names are shorter than HASHLEN, so they are padded with zeros and not hashed. */
  constructor(suite: Suite) {
    const name = new Uint8Array(hashLength);
    name.set(utf8(suite.name));
    this.#suite = suite;
    this.#hash = name;
    this.#chainingKey = name.slice();
    this.#cipher = new CipherState(suite.cipher);
  }

  /** h: unique to this handshake once it is complete (§11.2, channel binding). */
  get handshakeHash(): Uint8Array {
    return this.#hash.slice();
  }

  get hasKey(): boolean {
    return this.#cipher.hasKey;
  }

  mixKey(input: Uint8Array): void {
    const [chainingKey, key] = hkdf(this.#chainingKey, input);
    this.#replaceKeys(chainingKey, key);
  }

  mixHash(data: Uint8Array): void {
    this.#hash = sha512(this.#hash, data);
  }

  mixKeyAndHash(input: Uint8Array): void {
    const [chainingKey, hash, key] = hkdf(this.#chainingKey, input);
    this.mixHash(hash);
    this.#replaceKeys(chainingKey, key);
  }

  encryptAndHash(plaintext: Uint8Array): Uint8Array {
    const sealed = this.#cipher.encrypt(plaintext, this.#hash);
    this.mixHash(sealed);
    return sealed;
  }

  decryptAndHash(sealed: Uint8Array): Uint8Array {
    const plaintext = this.#cipher.decrypt(sealed, this.#hash);
    this.mixHash(sealed);
    return plaintext;
  }

  /** Split: the channel from initiator to responder, then the other; the handshake keys are overwritten. */
  split(): readonly [CipherState, CipherState] {
    const [first, second] = hkdf(this.#chainingKey, new Uint8Array(0));
    this.wipe();
    return [this.#channel(first), this.#channel(second)];
  }

  /** Overwrites chaining key and cipher key. */
  wipe(): void {
    wipe(this.#chainingKey);
    this.#cipher.wipe();
  }

  #replaceKeys(chainingKey: Uint8Array, key: Uint8Array): void {
    this.wipe();
    this.#chainingKey = chainingKey;
    this.#cipher = this.#channel(key);
  }

  #channel(key: Uint8Array): CipherState {
    return new CipherState(this.#suite.cipher, key.slice(0, keyLength));
  }
}
