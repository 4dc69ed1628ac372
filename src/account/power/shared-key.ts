/**
 * A key of the account that this device holds one share of, and the account's service the other: it opens what the two have agreed on, and nothing
 * else. What was agreed stays in this process's memory and is never written. docs/extensions.md §6
 */
import { toHex, wipe } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";
import type { AgreeingKey, PrivateKey, PublicKey } from "../../crypto/index.ts";
import type { ActivationShare } from "../../schema/index.ts";
import { privateKeyOf, publicKeyOf } from "../../schema/index.ts";

/** Bound on what is kept: older agreements are made anew when they are wanted again. */
const mostAgreed = 4096;

/** One shared key. */
export class SharedKey implements AgreeingKey {
  /** Store label, or member of ActivationAccount. */
  readonly resource: string;
  readonly keyEpoch: number;
  /** The capability that the service uses its share under. */
  readonly serviceId: string;
  readonly public: PublicKey;
  readonly share: PrivateKey;
  readonly counterpart: PublicKey;
  readonly indexKey: Uint8Array | undefined;
  /** Z by the octets of the ephemeral key, oldest first. */
  readonly #agreed = new Map<string, Uint8Array>();

  /** Errors: ERR_KEY, ERR_SCHEMA when the parts do not fit together. */
  constructor({ Resource, KeyEpoch, Key, ServiceId, Share, Counterpart, IndexKey }: ActivationShare) {
    this.resource = Resource;
    this.keyEpoch = KeyEpoch;
    this.serviceId = ServiceId;
    this.public = publicKeyOf(Key);
    this.share = privateKeyOf(Share);
    this.counterpart = publicKeyOf(Counterpart);
    this.indexKey = IndexKey;
    if (this.share.curve !== this.public.curve || this.counterpart.curve !== this.public.curve)
      throw new MeshError("ERR_KEY", `the share of ${Resource} is of another curve than the key`);
  }

  get curve(): PublicKey["curve"] {
    return this.public.curve;
  }

  /** Z of an agreement that was made before. Errors: ERR_NOT_AUTHORIZED when none was. */
  agree(peer: PublicKey): Uint8Array {
    const agreed = this.#agreed.get(toHex(peer.octets));
    if (!agreed) throw new MeshError("ERR_NOT_AUTHORIZED", `the service has not been asked to open this with its share of ${this.resource}`);
    return agreed.slice();
  }

  /** True when `agree` has an answer. */
  hasAgreed(peer: PublicKey): boolean {
    return this.#agreed.has(toHex(peer.octets));
  }

  /** Keeps Z of an ephemeral key. */
  keep(peer: PublicKey, agreed: Uint8Array): void {
    const id = toHex(peer.octets);
    this.#forget(id);
    this.#agreed.set(id, agreed);
    const oldest = this.#agreed.keys().next().value;
    if (this.#agreed.size > mostAgreed && oldest !== undefined) this.#forget(oldest);
  }

  #forget(id: string): void {
    const agreed = this.#agreed.get(id);
    if (agreed) wipe(agreed);
    this.#agreed.delete(id);
  }
}
