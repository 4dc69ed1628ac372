/**
 * HandshakeState of Noise §5.3 for the patterns whose initiator knows the responder's static key: N, IK, IKpsk2.
 * Statics and ephemerals are the keys of src/crypto; on the wire a public key is its plain u-coordinate (32 or 56 octets).
 * Fallback patterns and pre-messages other than `<- s` are left out.
 */
import { joinBytes, wipe } from "../../base/bytes.ts";
import { isMeshError, MeshError, verificationError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import type { EphemeralKey, PrivateKey, PublicKey } from "../../crypto/key.ts";
import { agreementKey, ephemeralOf, newEphemeral, publicKey } from "../../crypto/key.ts";
import type { CipherState } from "./cipher-state.ts";
import { tagLength } from "./cipher-state.ts";
import type { ProtocolName, Suite, Token } from "./suite.ts";
import { parseSuite } from "./suite.ts";
import { SymmetricState } from "./symmetric-state.ts";

/** Longest Noise message (§3). */
const messageLimit = 65535;

const pskLength = 32;

/** What a handshake uses of a static key; where it is shared, `agree` gives what its holders found together. */
export type StaticKey = Pick<PrivateKey, "curve" | "public" | "agree">;

/** What a handshake starts with. */
export interface HandshakeOptions {
  readonly protocol: ProtocolName;
  readonly role: "initiator" | "responder";
  readonly prologue: Uint8Array;
  readonly random: Random;
  /** Own static key; the initiator of pattern N has none. */
  readonly local?: StaticKey;
  /** The responder's static key; initiators must know it. */
  readonly remote?: PublicKey;
  /** 32 octets; may come later through setPsk, before the message that mixes it. */
  readonly psk?: Uint8Array;
  /** Test vectors only: stands in for the fresh ephemeral key. */
  readonly ephemeralForTest?: PrivateKey;
}

/** The two directions of a completed handshake, as seen from this side. */
export interface Channels {
  readonly send: CipherState;
  readonly receive: CipherState;
}

/** One handshake, from its first message to split(). After any error it is dead. */
export class HandshakeState {
  readonly #suite: Suite;
  readonly #initiator: boolean;
  readonly #random: Random;
  readonly #local: StaticKey | undefined;
  readonly #ephemeralForTest: PrivateKey | undefined;
  readonly #symmetric: SymmetricState;
  #ephemeral: EphemeralKey | undefined;
  #remote: PublicKey | undefined;
  #remoteEphemeral: PublicKey | undefined;
  #psk: Uint8Array | undefined;
  #step = 0;
  #dead = false;

  /** ERR_KEY when a key is missing or of another curve than the suite's. */
  constructor(options: HandshakeOptions) {
    this.#suite = parseSuite(options.protocol);
    this.#initiator = options.role === "initiator";
    this.#random = options.random;
    this.#local = options.local;
    this.#remote = options.remote;
    this.#ephemeralForTest = options.ephemeralForTest;
    for (const key of [options.local, options.remote]) {
      if (key && key.curve !== this.#suite.curve) throw new MeshError("ERR_KEY", `${options.protocol} cannot use a key of ${key.curve}`);
    }
    if (options.psk) this.setPsk(options.psk);
    const responderStatic = this.#initiator ? options.remote : options.local?.public;
    if (!responderStatic) throw new MeshError("ERR_KEY", "a Noise handshake needs the static key of the responder");
    this.#symmetric = new SymmetricState(this.#suite);
    this.#symmetric.mixHash(options.prologue);
    this.#symmetric.mixHash(this.#wire(responderStatic));
  }

  /** True once every message of the pattern has passed. */
  get isComplete(): boolean {
    return !this.#dead && this.#step === this.#suite.pattern.length;
  }

  /** h: equal on both sides, unique to this handshake; meaningful once complete. */
  get handshakeHash(): Uint8Array {
    return this.#symmetric.handshakeHash;
  }

  /** The peer's static key, as far as the messages so far have shown it. */
  get remoteStatic(): PublicKey | undefined {
    return this.#remote;
  }

  /** Gives the pre-shared key of 32 octets, for responders that select it by the payload of message 1. */
  setPsk(psk: Uint8Array): void {
    if (psk.length !== pskLength) throw new MeshError("ERR_KEY", `a pre-shared key has ${pskLength} octets, not ${psk.length}`);
    this.#psk = psk.slice();
  }

  /** WriteMessage: the next handshake message with `payload` inside. */
  writeMessage(payload: Uint8Array): Uint8Array {
    return this.#guard(true, (tokens) => {
      const parts = tokens.map((token) => this.#write(token));
      const message = joinBytes([...parts, this.#symmetric.encryptAndHash(payload)]);
      if (message.length > messageLimit) throw new MeshError("ERR_TOO_LARGE", `Noise message of ${message.length} octets`);
      return message;
    });
  }

  /** ReadMessage: the payload of the peer's next handshake message; ERR_VERIFICATION whatever is wrong with it. */
  readMessage(message: Uint8Array): Uint8Array {
    return this.#guard(false, (tokens) => {
      if (message.length > messageLimit) throw verificationError("handshake");
      let rest = message;
      const take = (length: number): Uint8Array => {
        if (rest.length < length) throw verificationError("handshake");
        const part = rest.subarray(0, length);
        rest = rest.subarray(length);
        return part;
      };
      for (const token of tokens) this.#read(token, take);
      return this.#symmetric.decryptAndHash(rest);
    });
  }

  /** Split: the transport channels; in pattern N only the initiator's `send` and the responder's `receive` may be used. */
  split(): Channels {
    if (!this.isComplete) throw new MeshError("ERR_LINK", "the Noise handshake is not complete");
    const [fromInitiator, fromResponder] = this.#symmetric.split();
    this.destroy();
    return this.#initiator ? { send: fromInitiator, receive: fromResponder } : { send: fromResponder, receive: fromInitiator };
  }

  /** Overwrites every secret of the handshake; the statics stay with their owner. */
  destroy(): void {
    this.#dead = true;
    this.#symmetric.wipe();
    if (this.#psk) wipe(this.#psk);
    this.#ephemeral?.wipe();
  }

  #guard(writing: boolean, run: (tokens: readonly Token[]) => Uint8Array): Uint8Array {
    const tokens = this.#suite.pattern[this.#step];
    const ownTurn = (this.#step % 2 === 0) === this.#initiator;
    if (this.#dead || !tokens || ownTurn !== writing) throw new MeshError("ERR_LINK", "Noise handshake message out of turn");
    try {
      const result = run(tokens);
      this.#step += 1;
      return result;
    } catch (cause) {
      this.destroy();
      // A bad key from the peer and a bad tag say the same.
      if (!writing && isMeshError(cause)) throw verificationError("handshake", cause);
      throw cause;
    }
  }

  #write(token: Token): Uint8Array {
    switch (token) {
      case "e": {
        this.#ephemeral = this.#ephemeralForTest ? ephemeralOf(this.#ephemeralForTest) : newEphemeral(this.#suite.curve, this.#random);
        const octets = this.#wire(this.#ephemeral);
        this.#mixEphemeral(octets);
        return octets;
      }
      case "s":
        return this.#symmetric.encryptAndHash(this.#wire(this.#need(this.#local).public));
      default:
        this.#mix(token);
        return new Uint8Array(0);
    }
  }

  #read(token: Token, take: (length: number) => Uint8Array): void {
    const { curve, keyLength } = this.#suite;
    switch (token) {
      case "e": {
        const octets = take(keyLength);
        this.#remoteEphemeral = agreementKey(curve, octets);
        this.#mixEphemeral(octets);
        return;
      }
      case "s": {
        const sealed = take(this.#symmetric.hasKey ? keyLength + tagLength : keyLength);
        this.#remote = publicKey(curve, this.#symmetric.decryptAndHash(sealed));
        return;
      }
      default:
        this.#mix(token);
    }
  }

  #mixEphemeral(octets: Uint8Array): void {
    this.#symmetric.mixHash(octets);
    if (this.#suite.usesPsk) this.#symmetric.mixKey(octets);
  }

  #mix(token: Exclude<Token, "e" | "s">): void {
    if (token === "psk") {
      this.#symmetric.mixKeyAndHash(this.#need(this.#psk));
      return;
    }
    // The first letter names the initiator's key, the second the responder's.
    const [own, peer] = this.#initiator ? [token[0], token[1]] : [token[1], token[0]];
    const local = own === "e" ? this.#ephemeral : this.#local;
    const remote = peer === "e" ? this.#remoteEphemeral : this.#remote;
    const shared = this.#need(local).agree(this.#need(remote));
    // RFC 7748 §6: a peer's point of small order would let anybody know the secret.
    if (shared.every((octet) => octet === 0)) throw verificationError("handshake");
    this.#symmetric.mixKey(shared);
    wipe(shared);
  }

  #need<T>(value: T | undefined): T {
    if (value === undefined) throw new MeshError("ERR_KEY", "the Noise handshake lacks a key for this message");
    return value;
  }

  /** X448 keys may stand in their extended form of 57 octets; the u-coordinate is the first 56. */
  #wire(key: Pick<PublicKey, "octets">): Uint8Array {
    return key.octets.slice(0, this.#suite.keyLength);
  }
}
