/**
 * What a maker does for one device: seed, profile, committing code, sealed description, publication, factory image. protocol-09 §7.5; extensions §2.
 * The maker keeps nothing of it: the seed stands in the image alone.
 */

import { encodeObject } from "../../codec/index.ts";
import {
  commitKey,
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
  type DevicePreconfigurationPrivate,
  factoryKeys,
  keyDataOf,
  preconfigurationOf,
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

/** Makes a device and publishes its sealed description in the maker's account. Errors: those of the service; then nothing was made. */
export async function preconfigureDevice(context: AccountContext, options: PreconfigureOptions): Promise<Preconfigured> {
  const { random, clock } = context.ports;
  const seed = newSeed(random, seedSpecifier.device);
  const keys = factoryKeys(seed, options.full ?? false);
  const root = keys.profile;
  const deviceUdf = root.public.udf;
  const { description: what, hailing } = options;
  const preconfiguration = preconfigurationOf({ keys, description: what, maker: context.address, hailing, now: clock.now(), random });
  const salt = random.bytes(32);
  const key = commitKey(salt, root.public);
  const description: CommittedDescription = {
    CommitSalt: salt,
    EnvelopedDevicePreconfigurationPublic: preconfiguration,
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
