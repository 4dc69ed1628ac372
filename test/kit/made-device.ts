/** Entries of devices as their makers signed them. */
import { systemRandom } from "../../src/base/random.ts";
import type { PrivateKey } from "../../src/crypto/index.ts";
import { deriveKey, generatePrivateKey, newSeed, seedSpecifier } from "../../src/crypto/index.ts";
import {
  type CatalogedDevice,
  DeviceDescription,
  DevicePreconfigurationPublic,
  envelopeObject,
  keyDataOf,
  keyName,
  ProfileDevice,
} from "../../src/schema/index.ts";
import { describing, udfOf } from "./named-things.ts";

export const hubUdf = udfOf(900);

export interface Made {
  readonly entry: CatalogedDevice;
  readonly root: PrivateKey;
}

/** A device as its maker signed it. */
export function make(kind: string, options: { name?: string; place?: string; hub?: string; signer?: PrivateKey } = {}): Made {
  const root = deriveKey(newSeed(systemRandom, seedSpecifier.device), keyName.deviceProfile, "Ed25519");
  const key = keyDataOf(root.public);
  const point = () => keyDataOf(generatePrivateKey("Ed25519", systemRandom).public);
  const link = keyDataOf(generatePrivateKey("X25519", systemRandom).public);
  const random = systemRandom;
  const udf = root.public.udf;
  const profile = envelopeObject({
    struct: ProfileDevice,
    value: { ProfileSignature: key, Encryption: point(), Signature: point(), Authentication: link, Link: [link] },
    signers: [root],
    envelopeId: udf,
    random,
  });
  const described = envelopeObject({ struct: DeviceDescription, value: describing(kind), signers: [options.signer ?? root], random });
  const published = envelopeObject({
    struct: DevicePreconfigurationPublic,
    value: { EnvelopedProfileDevice: profile, Maker: "maker@example.com", EnvelopedDeviceDescription: described, Hailing: ["mqtt"] },
    signers: [root],
    random,
  });
  const entry: CatalogedDevice = {
    DeviceUdf: udf,
    EnvelopedProfileDevice: profile,
    EnvelopedConnectionDevice: profile as never,
    EnvelopedDevicePreconfigurationPublic: published,
    HubUdf: options.hub ?? hubUdf,
    ...(options.name === undefined ? {} : { LocalName: options.name }),
    ...(options.place === undefined ? {} : { Place: options.place }),
  };
  return { entry, root };
}
