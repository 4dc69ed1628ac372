/**
 * What a maker does for one device: seed, profile, committing code, sealed description, publication, factory image. protocol-09 §7.5; extensions §2.
 * The maker keeps nothing of it: the seed stands in the image alone.
 */

import { dateTime } from "../../base/clock.ts";
import { encodeObject } from "../../codec/index.ts";
import type { Curve, PrivateKey } from "../../crypto/index.ts";
import {
  commitKey,
  deriveKey,
  deviceAuthenticator,
  encryptionUdf,
  formatConnectUri,
  hailKey,
  linkKey,
  newSeed,
  publicationId,
  seedSpecifier,
  serviceAuthenticator,
} from "../../crypto/index.ts";
import { encodeEnvelope, sealEnvelope } from "../../dare/index.ts";
import type { DeviceDescription } from "../../schema/index.ts";
import {
  type CatalogedPublication,
  CommittedDescription,
  DeviceDescription as DeviceDescriptionStruct,
  type DevicePreconfigurationPrivate,
  DevicePreconfigurationPublic,
  envelopeObject,
  keyDataOf,
  keyName,
  ProfileDevice,
  publicationCatalog,
} from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { put } from "../store/edit.ts";

/** What is made. */
export interface PreconfigureOptions {
  readonly description: DeviceDescription;
  /** Media on which the device hails. */
  readonly hailing: readonly string[];
  /** X448 and Ed448 keys, for a device that speaks to the service itself; else Ed25519 and X25519. */
  readonly full?: boolean;
}

/** A device as it leaves the factory. */
export interface Preconfigured {
  /** What the printed code says. */
  readonly uri: string;
  readonly deviceUdf: string;
  readonly publicationId: string;
  readonly image: DevicePreconfigurationPrivate;
}

interface FactoryKeys {
  readonly profile: PrivateKey;
  readonly encryption: PrivateKey;
  readonly signature: PrivateKey;
  readonly authentication: PrivateKey;
  /** Of a full-size device. */
  readonly command25519?: PrivateKey;
  readonly links: readonly PrivateKey[];
}

function factoryKeys(seed: string, full: boolean): FactoryKeys {
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

/** Makes a device and publishes its sealed description in the maker's account. Errors: those of the service; then nothing was made. */
export async function preconfigureDevice(context: AccountContext, options: PreconfigureOptions): Promise<Preconfigured> {
  const { random, clock } = context.ports;
  const seed = newSeed(random, seedSpecifier.device);
  const keys = factoryKeys(seed, options.full ?? false);
  const root = keys.profile;
  const deviceUdf = root.public.udf;
  const signers = [root];
  const profile: ProfileDevice = {
    Updated: dateTime(clock.now()),
    ProfileSignature: keyDataOf(root.public),
    Encryption: keyDataOf(keys.encryption.public),
    Signature: keyDataOf(keys.signature.public),
    Authentication: keyDataOf(keys.authentication.public),
    ...(keys.command25519 ? { Command25519: keyDataOf(keys.command25519.public) } : {}),
    Description: `${options.description.Manufacturer} ${options.description.Model}`,
    Link: keys.links.map((link) => keyDataOf(link.public)),
  };
  const preconfiguration: DevicePreconfigurationPublic = {
    EnvelopedProfileDevice: envelopeObject({ struct: ProfileDevice, value: profile, signers, envelopeId: deviceUdf, random }),
    Maker: context.address,
    EnvelopedDeviceDescription: envelopeObject({ struct: DeviceDescriptionStruct, value: options.description, signers, random }),
    Hailing: options.hailing,
  };
  const salt = random.bytes(32);
  const key = commitKey(salt, root.public);
  const description: CommittedDescription = {
    CommitSalt: salt,
    EnvelopedDevicePreconfigurationPublic: envelopeObject({ struct: DevicePreconfigurationPublic, value: preconfiguration, signers, random }),
  };
  const sealed = sealEnvelope({ plaintext: encodeObject(CommittedDescription, description), symmetricKey: key, random });
  const id = publicationId(key);
  const publication: CatalogedPublication = {
    Id: id,
    Authenticator: encryptionUdf(serviceAuthenticator(key)),
    EnvelopedData: sealed,
    DeviceSignature: keyDataOf(keys.signature.public),
    DeviceLinkUdf: keys.links[0]?.public.udf ?? "",
  };
  await context.transact({ catalogs: [put(publicationCatalog, publication)] });
  const image: DevicePreconfigurationPrivate = {
    PrivateKeyUDF: seed,
    PublicationId: id,
    KHail: hailKey(key),
    KLink: linkKey(key),
    Kd: deviceAuthenticator(key),
    SealedDescription: encodeEnvelope(sealed),
    Class: options.description.Class,
  };
  const uri = formatConnectUri({ account: context.address, code: encryptionUdf(key) });
  return { uri, deviceUdf, publicationId: id, image };
}
