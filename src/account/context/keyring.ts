/** The keys that a device holds in an account: its base keys overlaid by the activation, and the account keys its roles grant. schema-08 §3.4, §4.3. */
import { equalBytes, wipe } from "../../base/bytes.ts";
import { isMeshError, MeshError } from "../../base/errors.ts";
import type { PrivateKey, PublicKey } from "../../crypto/index.ts";
import { addPrivate, deriveKey, sha512 } from "../../crypto/index.ts";
import type { CatalogedDevice, CatalogLabel, ConnectionDevice, KeyData, ProfileUser, ReplaceableMember } from "../../schema/index.ts";
import {
  ActivationAccount,
  ActivationDevice,
  catalogAdministrators,
  isCatalog,
  keyName,
  knownPrivateKeyOf,
  openObject,
  privateKeyOf,
  verifyConnectionDevice,
} from "../../schema/index.ts";
import { SharedKey } from "../power/shared-key.ts";
import type { DeviceIdentity } from "./device-identity.ts";
import type { MemberKeys } from "./member-keys.ts";
import { memberKeysOf, publishedKey } from "./member-keys.ts";
import type { AccountKeys } from "./seed-keys.ts";
import { keysOfSeed } from "./seed-keys.ts";

/** Private keys of the administrators. */
export interface AdministratorKeys {
  readonly signature: PrivateKey;
  readonly signature25519: PrivateKey;
  readonly encryption: PrivateKey;
}

/** One key of a store. */
export interface StoreKey {
  readonly key: PrivateKey;
  readonly keyEpoch: number;
}

/** All keys of a device in an account. */
export interface Keyring extends AccountKeys {
  readonly connection: ConnectionDevice;
  /** SHA-512 of the body of the connection's envelope. */
  readonly connectionDigest: Uint8Array;
  readonly encryption: PrivateKey;
  readonly signature: PrivateKey;
  readonly authentication: PrivateKey;
  /** Signs orders that a constrained device judges; it counts once the connection names it. extensions §15. */
  readonly command25519: PrivateKey;
  readonly base: DeviceIdentity["base"];
  readonly version: number;
  readonly administrator?: AdministratorKeys;
  /** Every key of the account and of its administrators that the device was given. */
  readonly members: MemberKeys;
  readonly accountSeed?: string;
  /** The root key, of a device of role `super`. */
  readonly profileSignature?: PrivateKey;
  /** Keys of the stores that the roles grant, newest epoch first. */
  readonly storeKeys: ReadonlyMap<CatalogLabel, readonly StoreKey[]>;
  /** Keys of which the account's service holds the other share. */
  readonly sharedKeys: readonly SharedKey[];
}

/** What is known of keys before they are read. */
export interface KnownKeys {
  /** What the device held until now: a key that is in it as well is taken from there. */
  readonly before?: Keyring;
  /** The entry is of the device's own file: what is in it was compared when it was taken. */
  readonly isOwnFile?: boolean;
}

/**
 * Opens a device's activations and derives its keys. Its own entry was verified when it was taken, so that one of before the administrators' keys were
 * replaced opens, too.
 * Errors: ERR_VERIFICATION when an activation is not the administrator's, or the keys do not add up to what the connection says.
 */
export function openKeyring(identity: DeviceIdentity, entry: CatalogedDevice, profile: ProfileUser, known: KnownKeys = {}): Keyring {
  const administrators = catalogAdministrators(profile);
  const connection = verifyConnectionDevice(entry.EnvelopedConnectionDevice, administrators).value;
  if (connection.Subject !== identity.udf || connection.Authority !== profile.ProfileSignature.Udf) {
    throw new MeshError("ERR_VERIFICATION", `the connection of ${connection.Subject} is not this device's`);
  }
  if (!entry.EnvelopedActivationDevice || !entry.EnvelopedActivationAccount) {
    throw new MeshError("ERR_SCHEMA", "CatalogedDevice: the activations are missing");
  }
  const { ActivationKey } = openObject(ActivationDevice, entry.EnvelopedActivationDevice, [identity.base.encryption], administrators);
  const overlay = (base: PrivateKey, name: string, stated: KeyData | undefined): PrivateKey => {
    const made = addPrivate(base, deriveKey(ActivationKey, name, base.curve));
    if (stated && known.isOwnFile) return underName(made, stated);
    if (stated && made.public.udf !== stated.Udf)
      throw new MeshError("ERR_VERIFICATION", `key ${stated.Udf} of the connection is not base plus activation`);
    return made;
  };
  const { base } = identity;
  const encryption = overlay(base.encryption, keyName.activationEncrypt, connection.Encryption);
  const signature = overlay(base.signature, keyName.activationSign, connection.Signature);
  const authentication = overlay(base.authentication, keyName.activationAuthenticate, connection.Authentication);
  const command25519 = overlay(base.command25519, keyName.activationCommand25519, connection.Command25519);
  const account = openObject(ActivationAccount, entry.EnvelopedActivationAccount, [encryption], administrators);
  const read = keyReader(known);
  const storeKeys = new Map<CatalogLabel, StoreKey[]>();
  for (const { Resource, Key, KeyEpoch } of account.Entries) {
    if (!isCatalog(Resource)) continue;
    const keys = storeKeys.get(Resource) ?? [];
    keys.push({ key: read(Key), keyEpoch: KeyEpoch });
    keys.sort((a, b) => b.keyEpoch - a.keyEpoch);
    storeKeys.set(Resource, keys);
  }
  const accountSeed = account.ActivationKey ?? keptSeed(entry, connection, encryption, administrators);
  const members = memberKeysOf({ activation: account, profile, seed: accountSeed, read });
  return {
    connection,
    connectionDigest: sha512(entry.EnvelopedConnectionDevice.body),
    encryption,
    signature,
    authentication,
    command25519,
    base,
    version: account.Version,
    storeKeys,
    sharedKeys: (account.Shares ?? []).map((share) => new SharedKey(share)),
    members,
    ...publishedKeys(members, profile),
    ...(accountSeed === undefined ? {} : { accountSeed }),
    ...rootKey(account, { profile, seed: accountSeed, read }),
  };
}

/** A key of the device's own under the name that its connection gives it. */
function underName(key: PrivateKey, stated: KeyData): PrivateKey {
  const half = key.export();
  const named = knownPrivateKeyOf({ ...stated, PrivateParameters: { tag: "PrivateKeyECDH", value: half } });
  wipe(half.Private);
  return named;
}

/** Reads private keys. That the halves of one belong together costs two multiplications to see, and was seen of those that are held or kept already. */
export function keyReader({ before, isOwnFile = false }: KnownKeys): (data: KeyData) => PrivateKey {
  const root = before?.profileSignature;
  const numbered = [...(before?.storeKeys.values() ?? []), ...(before?.members.values() ?? [])].flat();
  const held = [...numbered.map(({ key }) => key), ...(root ? [root] : [])];
  const known = new Map(held.map((key) => [key.public.udf, key]));
  return (data) => {
    const key = known.get(data.Udf);
    if (key && isPrivateHalfOf(data, key)) return key;
    return isOwnFile ? knownPrivateKeyOf(data) : privateKeyOf(data);
  };
}

function isPrivateHalfOf({ PrivateParameters }: KeyData, key: PrivateKey): boolean {
  const half = PrivateParameters?.value;
  if (!half || !("crv" in half)) return false;
  const { crv, Private } = key.export();
  const isSame = crv === half.crv && equalBytes(Private, half.Private);
  wipe(Private);
  return isSame;
}

/** The shared key of a store in a KeyEpoch, or of a member of the activation. */
export function sharedKeysOf({ sharedKeys }: Pick<Keyring, "sharedKeys">, resource: string): readonly SharedKey[] {
  return sharedKeys.filter((key) => key.resource === resource);
}

/** The keys in force among those that the device holds. */
function publishedKeys(members: MemberKeys, profile: ProfileUser): AccountKeys & Pick<Keyring, "administrator"> {
  const keyOf = (member: ReplaceableMember): PrivateKey | undefined => publishedKey(members, profile, member);
  const [signature, signature25519, encryption] = [
    keyOf("AdministratorSignature"),
    keyOf("AdministratorSignature25519"),
    keyOf("AdministratorEncryption"),
  ];
  const [accountEncryption, accountAuthentication, accountSignature] = [
    keyOf("AccountEncryption"),
    keyOf("AccountAuthentication"),
    keyOf("AccountSignature"),
  ];
  return {
    ...(signature && signature25519 && encryption ? { administrator: { signature, signature25519, encryption } } : {}),
    ...(accountEncryption ? { accountEncryption } : {}),
    ...(accountAuthentication ? { accountAuthentication } : {}),
    ...(accountSignature ? { accountSignature } : {}),
  };
}

interface RootSource {
  readonly profile: ProfileUser;
  readonly seed: string | undefined;
  readonly read: (data: KeyData) => PrivateKey;
}

/** The key of the account's root, from the activation or from the seed. */
function rootKey(account: ActivationAccount, { profile, seed, read }: RootSource): Pick<Keyring, "profileSignature"> {
  const key = account.ProfileSignature ? read(account.ProfileSignature) : seed === undefined ? undefined : keysOfSeed(seed).profile;
  return key?.public.udf === profile.ProfileSignature.Udf ? { profileSignature: key } : {};
}

/** The seed of a device of role `super`, whose newest activation was handed on unasked. Of one that keys have signed which are forgotten by now nothing is taken. */
function keptSeed(
  entry: CatalogedDevice,
  connection: ConnectionDevice,
  encryption: PrivateKey,
  administrators: readonly PublicKey[],
): string | undefined {
  if (!entry.EnvelopedActivationSuper || !connection.Roles.includes("super")) return undefined;
  try {
    return openObject(ActivationAccount, entry.EnvelopedActivationSuper, [encryption], administrators).ActivationKey;
  } catch (error) {
    if (isMeshError(error, "ERR_VERIFICATION")) return undefined;
    throw error;
  }
}
