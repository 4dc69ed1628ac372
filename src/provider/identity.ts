/**
 * The service's own keys: one seed in the file `service.seed` (0600), everything else derived from it, so that profile and host
 * connection have the same octets after every start. Losing the seed means a new service: the accounts' profiles name the old one.
 */
import { join } from "node:path";
import { readFileIfExists, writeFileAtomic } from "../base/atomic-file.ts";
import { fromUtf8, utf8 } from "../base/bytes.ts";
import { MeshError } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
import type { PrivateKey } from "../crypto/index.ts";
import { deriveKey, newSeed, seedSpecifier } from "../crypto/index.ts";
import type { Enveloped } from "../schema/index.ts";
import { ConnectionHost, envelopeObject, keyDataOf, keyName, ProfileService } from "../schema/index.ts";

/** Keys and credentials of a service and its one host. */
export interface ServiceIdentity {
  /** UDF of the service's profile. */
  readonly udf: string;
  readonly hostUdf: string;
  /** X448 static key of sessions. */
  readonly hostLink: PrivateKey;
  /** Ed448: signs what the service says to its accounts. */
  readonly signature: PrivateKey;
  /** X448: opens the Access and Publication catalogs. */
  readonly encryption: PrivateKey;
  readonly envelopedProfile: Enveloped<ProfileService>;
  readonly envelopedHost: Enveloped<ConnectionHost>;
}

/** Where the seed stands in the directory of a service. */
export const seedFile = "service.seed";

/** Reads the seed, or makes one in an empty directory. ERR_STORE_DAMAGED for a file that holds none. */
export async function loadIdentity(options: { readonly dir: string; readonly random: Random }): Promise<ServiceIdentity> {
  const { dir, random } = options;
  const path = join(dir, seedFile);
  const stored = await readFileIfExists(path);
  if (stored !== undefined) return identityOf(seedOf(path, stored), random);
  const seed = newSeed(random, seedSpecifier.service);
  await writeFileAtomic(path, utf8(`${seed}\n`), { mode: 0o600 });
  return identityOf(seed, random);
}

function seedOf(path: string, octets: Uint8Array): string {
  try {
    const seed = fromUtf8(octets).trim();
    deriveKey(seed, keyName.serviceProfile, "Ed448").wipe();
    return seed;
  } catch (cause) {
    throw new MeshError("ERR_STORE_DAMAGED", `${path} holds no seed`, { cause });
  }
}

function identityOf(seed: string, random: Random): ServiceIdentity {
  const profile = deriveKey(seed, keyName.serviceProfile, "Ed448");
  const signature = deriveKey(seed, keyName.serviceSign, "Ed448");
  const authentication = deriveKey(seed, keyName.serviceAuthenticate, "X448");
  const encryption = deriveKey(seed, keyName.serviceEncrypt, "X448");
  const hostProfile = deriveKey(seed, keyName.hostProfile, "Ed448");
  const hostLink = deriveKey(seed, keyName.hostLink448, "X448");
  const udf = profile.public.udf;
  const hostUdf = hostProfile.public.udf;
  const envelopedProfile = envelopeObject({
    struct: ProfileService,
    value: {
      ProfileSignature: keyDataOf(profile.public),
      ServiceAuthentication: keyDataOf(authentication.public),
      ServiceEncryption: keyDataOf(encryption.public),
      ServiceSignature: keyDataOf(signature.public),
    },
    envelopeId: udf,
    signers: [profile],
    random,
  });
  const envelopedHost = envelopeObject({
    struct: ConnectionHost,
    value: { Subject: hostUdf, Authority: udf, Link: [keyDataOf(hostLink.public)] },
    signers: [signature],
    random,
  });
  for (const key of [profile, authentication, hostProfile]) key.wipe();
  return { udf, hostUdf, hostLink, signature, encryption, envelopedProfile, envelopedHost };
}
