/** Noise revision 34 as far as the device link goes: IKpsk2 for the handshake, N for what is sealed; and the frames and transport around them. */
import { big, hmac, Refused, type Suite, sha512, utf8 } from "./primitive.ts";

const none = Buffer.alloc(0);

/** SymmetricState with the CipherState inside. */
class Symmetric {
  readonly #suite: Suite;
  #chain: Buffer;
  #key: Buffer | undefined;
  #counter = 0n;
  hash: Buffer;

  constructor(suite: Suite, protocol: string) {
    this.#suite = suite;
    const name = utf8(protocol);
    this.hash = name.length <= 64 ? Buffer.concat([name, Buffer.alloc(64 - name.length)]) : sha512(name);
    this.#chain = this.hash;
  }

  mix(octets: Uint8Array): void {
    this.hash = sha512(Buffer.concat([this.hash, octets]));
  }

  #expand(input: Uint8Array, count: number): Buffer[] {
    const root = hmac(this.#chain, input);
    const out: Buffer[] = [];
    for (let n = 1; n <= count; n++) out.push(hmac(root, Buffer.concat([out.at(-1) ?? none, Buffer.of(n)])));
    return out;
  }

  mixKey(input: Uint8Array): void {
    const [chain = none, key = none] = this.#expand(input, 2);
    [this.#chain, this.#key, this.#counter] = [chain, key.subarray(0, 32), 0n];
  }

  mixKeyAndHash(input: Uint8Array): void {
    const [chain = none, middle = none, key = none] = this.#expand(input, 3);
    this.mix(middle);
    [this.#chain, this.#key, this.#counter] = [chain, key.subarray(0, 32), 0n];
  }

  seal(plaintext: Uint8Array): Buffer {
    const sealed = this.#key ? this.#suite.seal(this.#key, this.#counter++, this.hash, plaintext) : Buffer.from(plaintext);
    this.mix(sealed);
    return sealed;
  }

  open(sealed: Uint8Array): Buffer {
    const plaintext = this.#key ? this.#suite.open(this.#key, this.#counter++, this.hash, sealed) : Buffer.from(sealed);
    this.mix(sealed);
    return plaintext;
  }

  /** Keys of initiator and responder. */
  split(): [Buffer, Buffer] {
    const [first = none, second = none] = this.#expand(none, 2);
    return [first.subarray(0, 32), second.subarray(0, 32)];
  }
}

/** All that the two sides of a handshake hold. */
export interface Handshake {
  readonly suite: Suite;
  readonly prologue: Uint8Array;
  readonly psk: Uint8Array;
  readonly hub: Uint8Array;
  readonly hubEphemeral: Uint8Array;
  readonly device: Uint8Array;
  readonly deviceEphemeral: Uint8Array;
}

function begun({ suite, prologue, device }: Handshake): Symmetric {
  const state = new Symmetric(suite, suite.protocol);
  state.mix(prologue);
  state.mix(suite.publicOf(device));
  return state;
}

/** The hub's message 1: e, es, s, ss. */
export function hubWrites(with_: Handshake, payload: Uint8Array): { readonly message: Buffer; readonly state: Symmetric } {
  const { suite, hub, hubEphemeral, device } = with_;
  const [state, devicePublic, ephemeral] = [begun(with_), suite.publicOf(device), suite.publicOf(hubEphemeral)];
  state.mix(ephemeral);
  // With a psk the ephemeral is mixed into the key, too.
  state.mixKey(ephemeral);
  state.mixKey(suite.agree(hubEphemeral, devicePublic));
  const own = state.seal(suite.publicOf(hub));
  state.mixKey(suite.agree(hub, devicePublic));
  return { message: Buffer.concat([ephemeral, own, state.seal(payload)]), state };
}

/** The device takes message 1. */
export function deviceReads(with_: Handshake, message: Uint8Array): { hubPublic: Buffer; hubEphemeral: Buffer; payload: Buffer; state: Symmetric } {
  const { suite, device } = with_;
  const { length } = suite;
  if (message.length < 2 * length + 32) throw new Refused("message 1 is short");
  const state = begun(with_);
  const hubEphemeral = Buffer.from(message.subarray(0, length));
  state.mix(hubEphemeral);
  state.mixKey(hubEphemeral);
  state.mixKey(suite.agree(device, hubEphemeral));
  const hubPublic = state.open(message.subarray(length, 2 * length + 16));
  state.mixKey(suite.agree(device, hubPublic));
  return { hubPublic, hubEphemeral, payload: state.open(message.subarray(2 * length + 16)), state };
}

/** The device's message 2: e, ee, se, psk. */
export function deviceWrites(with_: Handshake, read: ReturnType<typeof deviceReads>): Buffer {
  const { suite, deviceEphemeral, psk } = with_;
  const { state, hubEphemeral, hubPublic } = read;
  const ephemeral = suite.publicOf(deviceEphemeral);
  state.mix(ephemeral);
  state.mixKey(ephemeral);
  state.mixKey(suite.agree(deviceEphemeral, hubEphemeral));
  state.mixKey(suite.agree(deviceEphemeral, hubPublic));
  state.mixKeyAndHash(psk);
  return Buffer.concat([ephemeral, state.seal(none)]);
}

/** The hub takes message 2. */
export function hubReads({ suite, hub, hubEphemeral, psk }: Handshake, state: Symmetric, message: Uint8Array): void {
  if (message.length < suite.length) throw new Refused("message 2 is short");
  const ephemeral = message.subarray(0, suite.length);
  state.mix(ephemeral);
  state.mixKey(ephemeral);
  state.mixKey(suite.agree(hubEphemeral, ephemeral));
  state.mixKey(suite.agree(hub, ephemeral));
  state.mixKeyAndHash(psk);
  if (state.open(message.subarray(suite.length)).length > 0) throw new Refused("message 2 has a payload");
}

/** Noise N: one message to a key. */
export function sealTo(suite: Suite, recipient: Uint8Array, ephemeral: Uint8Array, prologue: Uint8Array, plaintext: Uint8Array): Buffer {
  const state = new Symmetric(suite, "Noise_N_25519_ChaChaPoly_SHA512");
  const own = suite.publicOf(ephemeral);
  for (const part of [prologue, recipient, own]) state.mix(part);
  state.mixKey(suite.agree(ephemeral, recipient));
  return Buffer.concat([own, state.seal(plaintext)]);
}

export function openSealed(suite: Suite, secret: Uint8Array, prologue: Uint8Array, sealed: Uint8Array): Buffer {
  if (sealed.length < suite.length + 16) throw new Refused("short");
  const state = new Symmetric(suite, "Noise_N_25519_ChaChaPoly_SHA512");
  const theirs = sealed.subarray(0, suite.length);
  for (const part of [prologue, suite.publicOf(secret), theirs]) state.mix(part);
  state.mixKey(suite.agree(secret, theirs));
  return state.open(sealed.subarray(suite.length));
}

/** A frame (§4). */
export interface Frame {
  readonly type: number;
  readonly more: boolean;
  readonly counter: bigint;
  readonly payload: Buffer;
}

const cuttable = [0x02, 0x10, 0x11];

export function readFrame(packet: Uint8Array): Frame {
  const octets = Buffer.from(packet);
  if (octets.length < 3 || octets.readUInt16BE(1) !== octets.length - 3) throw new Refused("not one frame");
  const type = (octets[0] ?? 0) & 0x7f;
  const more = octets[0] !== type;
  if (![0x01, 0x02, 0x10, 0x11, 0x20, 0x7f].includes(type) || (more && !cuttable.includes(type))) throw new Refused("unknown type");
  if (type !== 0x20) return { type, more, counter: 0n, payload: octets.subarray(3) };
  if (octets.length < 11) throw new Refused("no counter");
  return { type, more, counter: octets.readBigUInt64BE(3), payload: octets.subarray(11) };
}

const framed = (type: number, body: Uint8Array): Buffer => Buffer.concat([Buffer.of(type), big(body.length, 2), body]);

/** A clear message as frames. */
export function clearFrames(type: number, message: Uint8Array, most: number): Buffer[] {
  if (message.length > 16384) throw new Refused("too large");
  const out: Buffer[] = [];
  let at = 0;
  for (; message.length - at > most - 3; at += most - 3) out.push(framed(type | 0x80, message.subarray(at, at + most - 3)));
  return [...out, framed(type, message.subarray(at))];
}

/** Joins frames of clear messages; each packet gives the whole message or null. */
export function joiner(limit = 16384): (frame: Frame) => Buffer | null {
  let [held, heldType]: [Buffer, number] = [none, 0];
  return ({ type, more, payload }) => {
    if (type !== heldType) [held, heldType] = [none, type];
    held = Buffer.concat([held, payload]);
    if (held.length > limit || (more && payload.length === 0)) throw new Refused("parts");
    if (more) return null;
    const whole = held;
    held = none;
    return whole;
  };
}

/** Parts of a message as transport frames (§6). */
export function sender(suite: Suite, key: Uint8Array, most: number): (message: Uint8Array) => Buffer[] {
  let counter = 0n;
  return (message) => {
    const out: Buffer[] = [];
    let at = 0;
    do {
      const part = message.subarray(at, at + most - 28);
      at += most - 28;
      const flag = at < message.length ? 1 : 0;
      const sealed = suite.seal(key, counter, none, Buffer.concat([Buffer.of(flag), part]));
      out.push(framed(0x20, Buffer.concat([big(counter++, 8), sealed])));
    } while (at < message.length);
    return out;
  };
}

/** Takes transport frames; each gives a whole message or null. */
export function receiver(suite: Suite, key: Uint8Array): (packet: Uint8Array) => Buffer | null {
  let [expected, held] = [0n, none];
  return (packet) => {
    const { type, counter, payload } = readFrame(packet);
    if (type !== 0x20) throw new Refused("not a transport frame");
    if (counter < expected || (expected === 0n && counter > 0n)) return null;
    if (counter > expected || counter >= 2n ** 20n) throw new Refused("gap");
    const part = suite.open(key, counter, none, payload);
    expected += 1n;
    const [flag] = part;
    if (flag !== 0 && flag !== 1) throw new Refused("flag");
    held = Buffer.concat([held, part.subarray(1)]);
    if (held.length > 16384) throw new Refused("message too long");
    if (flag === 1) return null;
    const whole = held;
    held = none;
    return whole;
  };
}
