/** What a device leaves its factory with: the keys that its seed gives, and its signed description. protocol-09 §7.5; extensions §2, §19 */
import { dateTime } from "../../base/clock.ts";
import type { Random } from "../../base/random.ts";
import type { Curve, PrivateKey } from "../../crypto/index.ts";
import { deriveKey } from "../../crypto/index.ts";
import type { Enveloped } from "../enveloped.ts";
import { envelopeObject } from "../enveloped.ts";
import { keyDataOf } from "../key/key-data.ts";
import { keyName } from "../key/key-name.ts";
import { ProfileDevice } from "../profile/profile.ts";
import { DeviceDescription } from "./device-description.ts";
import { DevicePreconfigurationPublic } from "./preconfiguration.ts";

/** The base keys of a device. */
export interface FactoryKeys {
  readonly profile: PrivateKey;
  readonly encryption: PrivateKey;
  readonly signature: PrivateKey;
  readonly authentication: PrivateKey;
  /** Of a full-size device. */
  readonly command25519?: PrivateKey;
  readonly links: readonly PrivateKey[];
}

/** The keys of a seed; `full`: X448 and Ed448, for a device that speaks to the service itself, else Ed25519 and X25519. */
export function factoryKeys(seed: string, full: boolean): FactoryKeys {
  const sign: Curve = full ? "Ed448" : "Ed25519";
  const link25519 = deriveKey(seed, keyName.deviceLink25519, "X25519");
  return {
    profile: deriveKey(seed, keyName.deviceProfile, sign),
    encryption: deriveKey(seed, keyName.deviceEncrypt, full ? "X448" : "Ed25519"),
    signature: deriveKey(seed, keyName.deviceSign, sign),
    authentication: full ? deriveKey(seed, keyName.deviceAuthenticate, "X448") : link25519,
    ...(full ? { command25519: deriveKey(seed, keyName.deviceCommand25519, "Ed25519") } : {}),
    links: full ? [deriveKey(seed, keyName.deviceLink448, "X448"), link25519] : [link25519],
  };
}

/** Profile and description of a device, signed by its own key. */
export function preconfigurationOf(options: {
  readonly keys: FactoryKeys;
  readonly description: DeviceDescription;
  /** Address of the account that makes it. */
  readonly maker: string;
  readonly hailing: readonly string[];
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly random: Random;
}): Enveloped<DevicePreconfigurationPublic> {
  const { keys, description, maker, hailing, now, random } = options;
  const signers = [keys.profile];
  const profile: ProfileDevice = {
    Updated: dateTime(now),
    ProfileSignature: keyDataOf(keys.profile.public),
    Encryption: keyDataOf(keys.encryption.public),
    Signature: keyDataOf(keys.signature.public),
    Authentication: keyDataOf(keys.authentication.public),
    ...(keys.command25519 ? { Command25519: keyDataOf(keys.command25519.public) } : {}),
    Description: `${description.Manufacturer} ${description.Model}`,
    Link: keys.links.map((link) => keyDataOf(link.public)),
  };
  const value: DevicePreconfigurationPublic = {
    EnvelopedProfileDevice: envelopeObject({ struct: ProfileDevice, value: profile, signers, envelopeId: keys.profile.public.udf, random }),
    Maker: maker,
    EnvelopedDeviceDescription: envelopeObject({ struct: DeviceDescription, value: description, signers, random }),
    Hailing: hailing,
  };
  return envelopeObject({ struct: DevicePreconfigurationPublic, value, signers, random });
}
