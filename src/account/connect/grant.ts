/** Which keys the roles of a device are given, of those that an administrator has to hand on. schema-08 §9.2; extensions §5-6. */
import type { PrivateKey } from "../../crypto/index.ts";
import type { ActivationAccount, CatalogLabel, Enveloped, HeldKey, ProfileUser, Role } from "../../schema/index.ts";
import { catalogKeysOf, isCatalog, privateKeyDataOf, speaksForAccount } from "../../schema/index.ts";
import type { AdministratorKeys, StoreKey } from "../context/keyring.ts";
import type { AccountKeys } from "../context/seed-keys.ts";

/** What an administrator has to hand on. */
export interface Authority extends AccountKeys {
  readonly accountUdf: string;
  readonly address: string;
  readonly profileEnvelope: Enveloped<ProfileUser>;
  readonly administrator: AdministratorKeys;
  /** By store, of one KeyEpoch or several. */
  readonly storeKeys: ReadonlyMap<CatalogLabel, readonly StoreKey[]>;
  readonly accountSeed?: string;
}

/** A key under the name that it has in an activation. */
interface GrantedKey {
  readonly resource: string;
  readonly keyEpoch: number;
  readonly key: PrivateKey;
}

const administratorMembers = ["AdministratorSignature", "AdministratorSignature25519", "AdministratorEncryption"] as const;
const accountMembers = ["AccountEncryption", "AccountAuthentication", "AccountSignature"] as const;

const isAdministrator = (roles: readonly Role[]): boolean => roles.includes("admin") || roles.includes("super");

/** What roles are given, by the names in an activation: its members, and the labels of stores. The seed, which goes with `super`, is not among them. */
export function resourcesOf(roles: readonly Role[]): readonly string[] {
  return [...(isAdministrator(roles) ? administratorMembers : []), ...(speaksForAccount(roles) ? accountMembers : []), ...catalogKeysOf(roles)];
}

function memberKey({ administrator, ...account }: Authority, member: string): PrivateKey | undefined {
  const keys: Readonly<Record<string, PrivateKey | undefined>> = {
    AdministratorSignature: administrator.signature,
    AdministratorSignature25519: administrator.signature25519,
    AdministratorEncryption: administrator.encryption,
    AccountEncryption: account.accountEncryption,
    AccountAuthentication: account.accountAuthentication,
    AccountSignature: account.accountSignature,
  };
  return keys[member];
}

function granted(authority: Authority, roles: readonly Role[]): readonly GrantedKey[] {
  return resourcesOf(roles).flatMap((resource): readonly GrantedKey[] => {
    if (isCatalog(resource)) return (authority.storeKeys.get(resource) ?? []).map((storeKey) => ({ resource, ...storeKey }));
    const key = memberKey(authority, resource);
    return key ? [{ resource, keyEpoch: 0, key }] : [];
  });
}

/** The content of an activation for roles. */
export function grantedKeys(authority: Authority, roles: readonly Role[]): Omit<ActivationAccount, "Version"> {
  const keys = granted(authority, roles);
  const members = keys.filter(({ resource }) => !isCatalog(resource)).map(({ resource, key }) => [resource, privateKeyDataOf(key)]);
  return {
    ...(roles.includes("super") && authority.accountSeed !== undefined ? { ActivationKey: authority.accountSeed } : {}),
    ...Object.fromEntries(members),
    Entries: keys
      .filter(({ resource }) => isCatalog(resource))
      .map(({ resource, key, keyEpoch }) => ({ Resource: resource, Key: privateKeyDataOf(key), KeyEpoch: keyEpoch })),
  };
}

/** Names the keys in that content. */
export function heldKeys(authority: Authority, roles: readonly Role[]): readonly HeldKey[] {
  return granted(authority, roles).map(({ resource, keyEpoch, key }) => ({ Resource: resource, KeyEpoch: keyEpoch, Udf: key.public.udf }));
}
