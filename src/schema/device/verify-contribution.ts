/** A device's contribution is valid when its base Signature key signed it, and its points can be added to the device's keys. extensions §3 step 1. */
import { MeshError } from "../../base/errors.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import type { Verified } from "../enveloped.ts";
import { verifyObject } from "../enveloped.ts";
import type { KeyUses } from "../key/check-keys.ts";
import { checkKeys, uses25519 } from "../key/check-keys.ts";
import { publicKeyOf } from "../key/key-data.ts";
import type { ProfileDevice } from "../profile/profile.ts";
import { DeviceContribution } from "./connection-objects.ts";

/** A deal's epoch travels in 32 bits, and the next one has to fit as well. */
const mostEpoch = 0xffff_fffe;

const uses: KeyUses = { Encryption: uses25519.point, Signature: uses25519.sign, Link25519: uses25519.link };

/** Verifies a contribution of the device of a profile. Errors: ERR_VERIFICATION, ERR_SCHEMA, ERR_KEY with the member that holds an unusable key. */
export function verifyContribution(enveloped: DareEnvelope, profile: ProfileDevice): Verified<DeviceContribution> {
  const verified = verifyObject(DeviceContribution, enveloped, [publicKeyOf(profile.Signature)]);
  const { DealEpoch } = verified.value;
  if (DealEpoch < 0 || DealEpoch > mostEpoch)
    throw new MeshError("ERR_SCHEMA", `DeviceContribution.DealEpoch: expected 0 to ${mostEpoch}, found ${DealEpoch}`);
  checkKeys(DeviceContribution.tag, { ...verified.value }, uses);
  return verified;
}
