/**
 * Private keys in seed form (clamped, RFC 7748 and 8032) and in scalar form (`crv` with suffix z: sums, shares; not clamped).
 * Scalar forms never go to a clamping interface as they are (threshold-06 §5): multiplier.ts finds what Node may clamp without harm.
 */
import { equalBytes, wipe } from "../base/bytes.ts";
import { MeshError } from "../base/errors.ts";
import { type Random, systemRandom } from "../base/random.ts";
import {
  type Curve,
  curveOf,
  expandSeed,
  isEdwards,
  modOrder,
  parseScalar,
  randomScalar,
  readLittleEndian,
  scalarLength,
  scalarOctets,
} from "./curve.ts";
import { agreeNative, type Multiplier, multiplier, timesBase, timesPoint } from "./multiplier.ts";
import { agreementOctets, encodePoint } from "./point.ts";
import { agreementNode, nodePublicKey, type PublicKey, plainKey, pointOf, publicKeyOfPoint } from "./public-key.ts";
import { scalarPrefix, signWith } from "./sign.ts";

/** A private key. Nothing of it shows in JSON or inspection. */
export interface PrivateKey {
  readonly curve: Curve;
  /** Extended (57 octets) for X448; plain for X25519 seeds, extended for X25519 scalars. */
  readonly public: PublicKey;
  readonly form: "seed" | "scalar";
  /** Z: the plain encoding of scalar times peer. Throws ERR_KEY when the peer's curve is another. */
  agree(peer: PublicKey): Uint8Array;
  /** Signature R || S. Scalar forms draw 32 octets for the nonce. Throws ERR_KEY on X curves, and where the public half that was named is another key's. */
  sign(message: Uint8Array, random?: Random): Uint8Array;
  /** What goes into PrivateKeyECDH: crv, with z for a scalar, and the octets. */
  export(): { crv: string; Private: Uint8Array };
  /** Overwrites the secret; every later use throws ERR_KEY. */
  wipe(): void;
}

/** What opens things: a key, or shares that act as one (docs/extensions.md §6). */
export type AgreeingKey = Pick<PrivateKey, "curve" | "public" | "agree">;

/** Scalars made ready, until the key is erased; kept outside the class for the other files of this folder. */
const multipliers = new WeakMap<PrivateKey, Multiplier>();

/** The scalar of a key, ready for multiplication, made at most once. Throws ERR_KEY when the key was erased. */
export function multiplierOf(key: PrivateKey): Multiplier {
  let made = multipliers.get(key);
  if (!made) {
    made = multiplier(key.curve, scalarOf(key));
    multipliers.set(key, made);
  }
  return made;
}

class CurvePrivateKey implements PrivateKey {
  readonly curve: Curve;
  readonly form: "seed" | "scalar";
  readonly #secret: Uint8Array;
  /** The public half as whoever keeps the key knows it. */
  readonly #named: PublicKey | undefined;
  #wiped = false;
  #made: PublicKey | undefined;

  constructor(curve: Curve, form: "seed" | "scalar", secret: Uint8Array, named?: PublicKey) {
    this.curve = curve;
    this.form = form;
    this.#secret = secret;
    this.#named = named;
  }

  get public(): PublicKey {
    return this.#named ?? this.#own();
  }

  /** The public half that belongs to the secret, whatever was named. */
  #own(): PublicKey {
    if (!this.#made) {
      const made = publicKeyOfPoint(this.curve, timesBase(multiplierOf(this)));
      this.#made = this.curve === "X25519" && this.form === "seed" ? plainKey(made) : made;
    }
    return this.#made;
  }

  agree(peer: PublicKey): Uint8Array {
    if (peer.curve !== this.curve) throw new MeshError("ERR_KEY", `cannot agree between ${this.curve} and ${peer.curve}`);
    const { curve } = this;
    const ready = multiplierOf(this);
    const z = isEdwards(curve) ? undefined : agreeNative(ready, nodePublicKey(peer));
    return z ?? agreementOctets(curve, encodePoint(curve, timesPoint(ready, pointOf(peer), agreementNode(peer))));
  }

  sign(message: Uint8Array, random: Random = systemRandom): Uint8Array {
    const { curve } = this;
    if (curve !== "Ed25519" && curve !== "Ed448") throw new MeshError("ERR_KEY", `${curve} keys do not sign`);
    const publicOctets = this.#own().octets;
    // Signatures of one secret under two public halves give the secret away.
    if (this.#named && !equalBytes(this.#named.octets, publicOctets))
      throw new MeshError("ERR_KEY", `the halves of key ${this.#named.udf} do not belong together`);
    const { scalar, prefix } = this.#expand();
    const fresh = this.form === "scalar" ? random.bytes(32) : undefined;
    const signature = signWith({ curve, scalar, prefix, publicOctets, message, ...(fresh && { fresh }) });
    wipe(prefix);
    return signature;
  }

  export(): { crv: string; Private: Uint8Array } {
    this.#live();
    return { crv: this.form === "scalar" ? `${this.curve}z` : this.curve, Private: new Uint8Array(this.#secret) };
  }

  wipe(): void {
    wipe(this.#secret);
    this.#wiped = true;
    multipliers.delete(this);
  }

  #live(): void {
    if (this.#wiped) throw new MeshError("ERR_KEY", "private key was erased");
  }

  #expand(): { readonly scalar: bigint; readonly prefix: Uint8Array } {
    this.#live();
    const { curve } = this;
    if (this.form === "seed") return expandSeed(curve, this.#secret);
    const prefix = curve === "Ed25519" || curve === "Ed448" ? scalarPrefix(curve, this.#secret) : new Uint8Array();
    return { scalar: readLittleEndian(this.#secret), prefix };
  }
}

// Octets that come in may be a Buffer, whose slice() is a view: copies are made by the constructor.

/** Key of a seed: 32 octets for the 25519 curves, 56 for the 448 curves (Ed448 too). Copies the octets. Throws ERR_KEY. */
export function privateKeyFromSeed(curve: Curve, octets: Uint8Array): PrivateKey {
  if (octets.length !== scalarLength(curve)) throw new MeshError("ERR_KEY", `seed of ${octets.length} octets for ${curve}`);
  return new CurvePrivateKey(curve, "seed", new Uint8Array(octets));
}

/** Key of a scalar, 32 or 56 octets little-endian, 0 < scalar < L, used as it is. Copies the octets. Throws ERR_KEY. */
export function privateKeyFromScalar(curve: Curve, octets: Uint8Array): PrivateKey {
  parseScalar(curve, octets);
  return new CurvePrivateKey(curve, "scalar", new Uint8Array(octets));
}

/** Key of PrivateKeyECDH{crv, Private}: `X448` is a seed, `X448z` a scalar. Throws ERR_KEY. */
export function privateKeyFromExport({ crv, Private }: { readonly crv: string; readonly Private: Uint8Array }): PrivateKey {
  return crv.endsWith("z") ? privateKeyFromScalar(curveOf(crv.slice(0, -1)), Private) : privateKeyFromSeed(curveOf(crv), Private);
}

/**
 * The same of a key whose halves were seen to belong together when it came, and were kept by oneself since: its public half, which costs two
 * multiplications to make, is taken as it is named, and made once it signs. Throws ERR_KEY, for a named half of another curve too.
 */
export function knownPrivateKey(half: { readonly crv: string; readonly Private: Uint8Array }, named: PublicKey): PrivateKey {
  const key = privateKeyFromExport(half);
  if (key.curve !== named.curve) throw new MeshError("ERR_KEY", `key ${named.udf} is of ${named.curve}, its private half of ${key.curve}`);
  const { Private } = key.export();
  key.wipe();
  return new CurvePrivateKey(key.curve, key.form, Private, named);
}

/** Fresh key in seed form. */
export function generatePrivateKey(curve: Curve, random: Random): PrivateKey {
  return new CurvePrivateKey(curve, "seed", random.bytes(scalarLength(curve)));
}

/** Fresh key in scalar form, uniform: a share, or a contribution to a joint key. */
export function generateScalarKey(curve: Curve, random: Random): PrivateKey {
  return privateKeyOfScalar(curve, randomScalar(curve, random));
}

/** Secret scalar mod L, whatever the form. */
export function scalarOf(key: PrivateKey): bigint {
  const { Private } = key.export();
  const scalar = key.form === "scalar" ? readLittleEndian(Private) : expandSeed(key.curve, Private).scalar;
  wipe(Private);
  return modOrder(key.curve, scalar);
}

/** Key of a scalar that was computed; reduced mod L first. Throws ERR_KEY when that gives zero. */
export function privateKeyOfScalar(curve: Curve, scalar: bigint): PrivateKey {
  return privateKeyFromScalar(curve, scalarOctets(curve, modOrder(curve, scalar)));
}
