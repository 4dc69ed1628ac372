/** Which keys the roles of a device are given, of those that an administrator has to hand on, and which of them as shares. schema-08 §9.2; extensions §5-6. */
import { MeshError } from "../../base/errors.ts";
import type { PrivateKey, PublicKey } from "../../crypto/index.ts";
import type { ActivationAccount, CatalogLabel, Enveloped, HeldKey, ProfileUser, Role } from "../../schema/index.ts";
import {
  accountMembers,
  administratorMembers,
  catalogKeysOf,
  isCatalog,
  isReplaceable,
  privateKeyDataOf,
  sharedCatalogs,
  sharesKeys,
  speaksForAccount,
} from "../../schema/index.ts";
import type { AdministratorKeys, StoreKey } from "../context/keyring.ts";
import type { MemberKeys } from "../context/member-keys.ts";
import type { AccountKeys } from "../context/seed-keys.ts";
import type { SplitKey } from "../power/deal-shares.ts";

/** What an administrator has to hand on. */
export interface Authority extends AccountKeys {
  readonly accountUdf: string;
  readonly address: string;
  readonly profileEnvelope: Enveloped<ProfileUser>;
  /** ServiceEncryption of the account's service: its shares are sealed to it. */
  readonly service: PublicKey;
  readonly administrator: AdministratorKeys;
  /** By store, of one KeyEpoch or several. */
  readonly storeKeys: ReadonlyMap<CatalogLabel, readonly StoreKey[]>;
  /** Besides the keys in force those of before and those that come, of the account and its administrators. */
  readonly members?: MemberKeys;
  readonly accountSeed?: string;
}

/** What a device is given. */
export interface Grant {
  readonly roles: readonly Role[];
  /** Stores whose keys the role `threshold` gets as shares, beside that of MMM_Credential. */
  readonly sharedStores?: readonly CatalogLabel[];
}

/** Whoever has not got the seed gives nobody the role that goes with it. Errors: ERR_NOT_AUTHORIZED. */
export function requireSeedFor({ keys }: { readonly keys: Pick<Authority, "accountSeed"> }, roles: readonly Role[]): void {
  if (!roles.includes("super") || keys.accountSeed !== undefined) return;
  throw new MeshError("ERR_NOT_AUTHORIZED", "this device does not hold the seed of the account, so it cannot grant the role super");
}

/**
 * What is handed on unasked: everything but the seed. A connection of the role `super` proves nothing, since any administrator can sign one: the seed is given
 * at its owner's word alone, and a machine that has it seals it anew to itself.
 */
export function handedTo(context: { readonly deviceUdf: string }, deviceUdf: string, authority: Authority): Authority {
  if (deviceUdf === context.deviceUdf) return authority;
  const { accountSeed: _seed, ...others } = authority;
  return others;
}

const isAdministrator = (roles: readonly Role[]): boolean => roles.includes("admin") || roles.includes("super");

/** What roles are given, by the names in an activation: its members, and the labels of stores. The seed, which goes with `super`, is not among them. */
export function resourcesOf(roles: readonly Role[]): readonly string[] {
  return [...(isAdministrator(roles) ? administratorMembers : []), ...(speaksForAccount(roles) ? accountMembers : []), ...catalogKeysOf(roles)];
}

/** What of it is given as shares. */
function isShared(resource: string, { roles, sharedStores = [] }: Grant): boolean {
  if (!sharesKeys(roles)) return false;
  const stores: readonly string[] = [...sharedCatalogs.slice(0, 1), ...sharedStores];
  return stores.includes(resource) || accountMembers.some((member) => member === resource);
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

function granted(authority: Authority, roles: readonly Role[]): readonly SplitKey[] {
  return resourcesOf(roles).flatMap((resource): readonly SplitKey[] => {
    if (isCatalog(resource)) return (authority.storeKeys.get(resource) ?? []).map((storeKey) => ({ resource, ...storeKey }));
    const numbered = isReplaceable(resource) ? (authority.members?.get(resource) ?? []) : [];
    if (numbered.length > 0) return numbered.map((memberOf) => ({ resource, ...memberOf }));
    const key = memberKey(authority, resource);
    return key ? [{ resource, keyEpoch: 0, key }] : [];
  });
}

/** The keys that are to be split with the service. */
export function splitKeys(authority: Authority, grant: Grant): readonly SplitKey[] {
  return granted(authority, grant.roles).filter(({ resource }) => isShared(resource, grant));
}

/** The content of an activation, but for its shares. */
export function grantedKeys(authority: Authority, grant: Grant): Omit<ActivationAccount, "Version"> {
  const { roles } = grant;
  const keys = granted(authority, roles).filter(({ resource }) => !isShared(resource, grant));
  const resources = resourcesOf(roles).filter((resource) => !isCatalog(resource) && !isShared(resource, grant));
  const members = resources.flatMap((resource) => {
    const key = memberKey(authority, resource);
    return key ? [[resource, privateKeyDataOf(key)] as const] : [];
  });
  return {
    ...(roles.includes("super") && authority.accountSeed !== undefined ? { ActivationKey: authority.accountSeed } : {}),
    ...Object.fromEntries(members),
    // A member that was never replaced stands in its own place alone, as versions without Entries of members read it.
    Entries: keys
      .filter(({ resource }) => isCatalog(resource) || keys.some((other) => other.resource === resource && other.keyEpoch > 0))
      .map(({ resource, key, keyEpoch }) => ({ Resource: resource, Key: privateKeyDataOf(key), KeyEpoch: keyEpoch })),
  };
}

/** Names the keys in that content, and those that are shared. */
export function heldKeys(authority: Authority, grant: Grant): readonly HeldKey[] {
  return granted(authority, grant.roles).map(({ resource, keyEpoch, key }) => ({
    Resource: resource,
    KeyEpoch: keyEpoch,
    Udf: key.public.udf,
    ...(isShared(resource, grant) ? { Shared: true } : {}),
  }));
}
