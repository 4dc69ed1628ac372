/** DeviceContribution: the points of the device's fresh scalars, signed under its base Signature key. extensions §3 step 1. */
import type { Random } from "../../../src/base/random.ts";
import { encodeObjectB } from "../../../src/codec/index.ts";
import type { PrivateKey } from "../../../src/crypto/index.ts";
import { encodeEnvelopeB, sealEnvelope } from "../../../src/dare/index.ts";
import { DeviceContribution, keyDataOf } from "../../../src/schema/index.ts";
import type { FreshKeys } from "../image/own-key.ts";

/** Octets of EnvelopedDeviceContribution; the same keys, epoch and presence give the same octets. */
export function makeContribution(options: {
  readonly fresh: FreshKeys;
  readonly dealEpoch: number;
  readonly present: boolean;
  readonly signer: PrivateKey;
  readonly random: Random;
}): Uint8Array {
  const { fresh, dealEpoch, present, signer, random } = options;
  const contribution: DeviceContribution = {
    DealEpoch: dealEpoch,
    Encryption: keyDataOf(fresh.encryption.public),
    Signature: keyDataOf(fresh.signature.public),
    Link25519: keyDataOf(fresh.link.public),
    Presence: present,
  };
  const plaintext = encodeObjectB(DeviceContribution, contribution);
  return encodeEnvelopeB(
    sealEnvelope({ plaintext, contentMeta: { MessageType: DeviceContribution.tag, cty: "application/mmm/object" }, signers: [signer], random }),
  );
}
