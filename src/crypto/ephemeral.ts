/**
 * Keys for one agreement: Noise and DARE draw one for each message. Those of X curves are made by Node itself from the system's generator, so that nothing
 * has to be imported, which costs more than all the rest (node-key.ts), and no octets of the secret are ever in this program's hands. Of an X448 key
 * the octets say that v is even: that is the public half of k or of -k, whichever Node has drawn, and both agree on the same u.
 */
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { MeshError } from "../base/errors.ts";
import { type Random, systemRandom } from "../base/random.ts";
import { type Curve, isEdwards } from "./curve.ts";
import { nativeAgreement, octetsOf } from "./node-key.ts";
import { generatePrivateKey, type PrivateKey } from "./private-key.ts";
import { nodePublicKey, type PublicKey } from "./public-key.ts";

/** A key that is used up by one message. */
export interface EphemeralKey {
  readonly curve: Curve;
  /** The public half as it is written: that of a key in seed form. */
  readonly octets: Uint8Array;
  /** As PrivateKey has it. Throws ERR_KEY when the peer's curve is another, or the key was erased. */
  agree(peer: PublicKey): Uint8Array;
  /** Every later use throws ERR_KEY. */
  wipe(): void;
}

/** A fresh one. A generator of a test, which may repeat a run, is asked for its octets. */
export function newEphemeral(curve: Curve, random: Random): EphemeralKey {
  if (isEdwards(curve) || random !== systemRandom) return ephemeralOf(generatePrivateKey(curve, random));
  const { publicKey, privateKey } = curve === "X25519" ? generateKeyPairSync("x25519") : generateKeyPairSync("x448");
  const u = octetsOf(publicKey);
  return new NativeEphemeral(curve, curve === "X25519" ? u : extended(u), privateKey);
}

/** The same of a key that there is. */
export function ephemeralOf(key: PrivateKey): EphemeralKey {
  return {
    curve: key.curve,
    octets: key.public.octets,
    agree: (peer) => key.agree(peer),
    wipe: () => key.wipe(),
  };
}

/** u, then the sign of the even v. */
function extended(u: Uint8Array): Uint8Array {
  const octets = new Uint8Array(u.length + 1);
  octets.set(u);
  return octets;
}

class NativeEphemeral implements EphemeralKey {
  readonly curve: Curve;
  readonly octets: Uint8Array;
  #key: KeyObject | undefined;

  constructor(curve: Curve, octets: Uint8Array, key: KeyObject) {
    this.curve = curve;
    this.octets = octets;
    this.#key = key;
  }

  agree(peer: PublicKey): Uint8Array {
    if (!this.#key) throw new MeshError("ERR_KEY", "private key was erased");
    if (peer.curve !== this.curve) throw new MeshError("ERR_KEY", `cannot agree between ${this.curve} and ${peer.curve}`);
    return nativeAgreement(this.#key, nodePublicKey(peer));
  }

  /** OpenSSL overwrites what is let go. */
  wipe(): void {
    this.#key = undefined;
  }
}
