/**
 * Signs as the account with a share of its key, together with the account's service: FROST (RFC 9591), two of two, this device participant 1. The
 * service sees the whole body first, and its policy has to allow it. Nothing is left of a session that ends in the middle. docs/extensions.md §6
 */
import type { Random } from "../../base/random.ts";
import type { PublicKey } from "../../crypto/index.ts";
import { additiveFrostGroup, FrostSigner, frostAggregate, frostIdentifier, frostShareOfAdditive, sha512 } from "../../crypto/index.ts";
import type { JointSigner } from "../../dare/index.ts";
import type { PowerClient } from "./power-client.ts";
import { resultOf } from "./power-client.ts";
import type { SharedKey } from "./shared-key.ts";

const parties = 2;
const [own, service] = [1, 2];

/** The account's signature key, of which this device has a share. */
export class SharedSigner implements JointSigner {
  readonly #key: SharedKey;
  readonly #powers: PowerClient;
  readonly #random: Random;

  constructor(key: SharedKey, options: { readonly powers: PowerClient; readonly random: Random }) {
    this.#key = key;
    this.#powers = options.powers;
    this.#random = options.random;
  }

  get public(): PublicKey {
    return this.#key.public;
  }

  /** Errors: ERR_NOT_AUTHORIZED for what the service may not sign, ERR_VERIFICATION for a share that is none, and those of PowerClient.agree. */
  async signBody(body: Uint8Array): Promise<Uint8Array> {
    const { share, counterpart, serviceId: KeyId, curve } = this.#key;
    const group = additiveFrostGroup([share.public, counterpart]);
    const signer = new FrostSigner({ group, share: frostShareOfAdditive({ share, index: own, parties }), random: this.#random });
    const commitment = signer.commit();
    try {
      const [begun] = await this.#powers.operate([{ tag: "CryptographicOperationSignCommit", value: { KeyId, Body: body } }]);
      const { Session, Hiding: hiding, Binding: binding } = resultOf(begun, "CryptographicResultSignCommit");
      const message = sha512(body);
      const value = { KeyId, Session, Digest: message, Hiding: commitment.hiding, Binding: commitment.binding };
      const [answered] = await this.#powers.operate([{ tag: "CryptographicOperationSignShare", value }]);
      const { Share: theirs } = resultOf(answered, "CryptographicResultSignShare");
      const commitments = [commitment, { identifier: frostIdentifier(curve, service), hiding, binding }];
      const ours = signer.sign({ commitments, message });
      const shares = { [frostIdentifier(curve, own)]: ours, [frostIdentifier(curve, service)]: theirs };
      return frostAggregate({ group, commitments, message, shares });
    } finally {
      signer.wipe();
    }
  }
}
