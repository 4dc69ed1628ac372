/** The description in a device's catalog entry, as its maker signed it: believed when the device's own profile key signed it. */
import type { CatalogedDevice } from "../catalog/cataloged-device.ts";
import { verifyObject } from "../enveloped.ts";
import { publicKeyOf } from "../key/key-data.ts";
import { ProfileDevice } from "../profile/profile.ts";
import { verifyProfile } from "../profile/verify-profile.ts";
import { DeviceDescription } from "./device-description.ts";
import { DevicePreconfigurationPublic } from "./preconfiguration.ts";

/** What a device can do; undefined for one that came without a description. Errors: ERR_VERIFICATION for one that is not its own, ERR_SCHEMA, ERR_KEY. */
export function ownDescription(
  entry: Pick<CatalogedDevice, "DeviceUdf" | "EnvelopedDevicePreconfigurationPublic" | "EnvelopedProfileDevice">,
): DeviceDescription | undefined {
  const { DeviceUdf: udf, EnvelopedDevicePreconfigurationPublic: enveloped, EnvelopedProfileDevice: profile } = entry;
  if (!enveloped) return undefined;
  const root = publicKeyOf(verifyProfile(ProfileDevice, profile, udf).value.ProfileSignature);
  const { value } = verifyObject(DevicePreconfigurationPublic, enveloped, [root]);
  return verifyObject(DeviceDescription, value.EnvelopedDeviceDescription, [root]).value;
}
