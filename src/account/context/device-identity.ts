/** The identity of a full-size device: its seed, the base keys derived from it, and the profile that they sign. schema-08 §3.3; link keys: extensions §1. */
import { join } from "node:path";
import { writeFileAtomic } from "../../base/atomic-file.ts";
import { dateTime } from "../../base/clock.ts";
import { makeDirectory } from "../../base/directory.ts";
import type { Struct } from "../../codec/index.ts";
import { encodeObject, string, struct } from "../../codec/index.ts";
import type { PrivateKey } from "../../crypto/index.ts";
import { deriveKey, newSeed, seedSpecifier } from "../../crypto/index.ts";
import type { Enveloped } from "../../schema/index.ts";
import { enveloped, envelopeObject, keyDataOf, keyName, ProfileDevice, verifyProfile } from "../../schema/index.ts";
import { readObjectFile } from "./object-file.ts";
import type { Ports } from "./ports.ts";
import { finishErasure } from "./removal-file.ts";

/** Base keys of a device. */
export interface BaseKeys {
  readonly profile: PrivateKey;
  readonly encryption: PrivateKey;
  readonly signature: PrivateKey;
  readonly authentication: PrivateKey;
  /** For orders that a constrained device judges. */
  readonly command25519: PrivateKey;
  readonly link448: PrivateKey;
  readonly link25519: PrivateKey;
}

/** A device with its secrets. */
export interface DeviceIdentity {
  readonly seed: string;
  readonly udf: string;
  readonly profile: ProfileDevice;
  readonly envelope: Enveloped<ProfileDevice>;
  readonly base: BaseKeys;
}

interface DeviceFile {
  readonly Seed: string;
  readonly EnvelopedProfileDevice: Enveloped<ProfileDevice>;
}
const DeviceFile: Struct<DeviceFile> = struct<DeviceFile>("DeviceFile", { Seed: string, EnvelopedProfileDevice: enveloped<ProfileDevice>() });

const fileName = "device.json";

function baseKeys(seed: string): BaseKeys {
  return {
    profile: deriveKey(seed, keyName.deviceProfile, "Ed448"),
    encryption: deriveKey(seed, keyName.deviceEncrypt, "X448"),
    signature: deriveKey(seed, keyName.deviceSign, "Ed448"),
    authentication: deriveKey(seed, keyName.deviceAuthenticate, "X448"),
    command25519: deriveKey(seed, keyName.deviceCommand25519, "Ed25519"),
    link448: deriveKey(seed, keyName.deviceLink448, "X448"),
    link25519: deriveKey(seed, keyName.deviceLink25519, "X25519"),
  };
}

/** Makes the profile of a seed's keys. */
export function identityOfSeed(seed: string, ports: Pick<Ports, "clock" | "random">, description?: string): DeviceIdentity {
  const base = baseKeys(seed);
  const profile: ProfileDevice = {
    Updated: dateTime(ports.clock.now()),
    ProfileSignature: keyDataOf(base.profile.public),
    Encryption: keyDataOf(base.encryption.public),
    Signature: keyDataOf(base.signature.public),
    Authentication: keyDataOf(base.authentication.public),
    Command25519: keyDataOf(base.command25519.public),
    ...(description === undefined ? {} : { Description: description }),
    Link: [keyDataOf(base.link448.public), keyDataOf(base.link25519.public)],
  };
  const udf = base.profile.public.udf;
  const envelope = envelopeObject({ struct: ProfileDevice, value: profile, signers: [base.profile], envelopeId: udf, random: ports.random });
  return { seed, udf, profile, envelope, base };
}

/** The identity stored in a directory; undefined when there is none. Errors: ERR_SCHEMA, ERR_VERIFICATION when the file is not ours. */
export async function loadIdentity(dir: string): Promise<DeviceIdentity | undefined> {
  const file = await readObjectFile(join(dir, fileName), DeviceFile);
  if (!file) return undefined;
  const base = baseKeys(file.Seed);
  const udf = base.profile.public.udf;
  const { value } = verifyProfile(ProfileDevice, file.EnvelopedProfileDevice, udf);
  return { seed: file.Seed, udf, profile: value, envelope: file.EnvelopedProfileDevice, base };
}

/** Stores an identity (0600). */
export async function saveIdentity(dir: string, identity: DeviceIdentity): Promise<void> {
  await writeFileAtomic(join(dir, fileName), encodeObject(DeviceFile, { Seed: identity.seed, EnvelopedProfileDevice: identity.envelope }));
}

/** The stored identity of a directory, made and stored first where there is none. */
export async function identityOf(dir: string, ports: Ports, description?: string): Promise<DeviceIdentity> {
  await makeDirectory(dir);
  await finishErasure(dir);
  const stored = await loadIdentity(dir);
  if (stored) return stored;
  const identity = identityOfSeed(newSeed(ports.random, seedSpecifier.device), ports, description);
  await saveIdentity(dir, identity);
  return identity;
}
