/**
 * What those still hold who were removed, or who lost roles: of the keys of stores, of the account and of its administrators. What is to be replaced
 * follows from it at every moment, so nothing has to be remembered. extensions §5
 */
import type { CatalogedAccess, CatalogLabel, HeldKey, ReplaceableMember } from "../../schema/index.ts";
import { accessCatalog, accountMembers, administratorMembers, isCatalog } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";

/** Keys that somebody has who is not to have them any more; of one device where it is named. */
export function heldByOthers(context: AccountContext, deviceUdf?: string): readonly HeldKey[] {
  return heldIn(
    context.list(accessCatalog).map(({ value }) => value),
    deviceUdf,
  );
}

/** The same by these entries of MMM_Access. */
export function heldIn(access: readonly CatalogedAccess[], deviceUdf?: string): readonly HeldKey[] {
  const keys = access.flatMap((value) => {
    const { Active, DeviceUdf, EnvelopedRevokedDevice, Activation, EndedKeys = [] } = value.Capability.value;
    if (deviceUdf !== undefined && DeviceUdf !== deviceUdf) return [];
    if (Active) return EndedKeys;
    return EnvelopedRevokedDevice ? [...(Activation?.Keys ?? []), ...EndedKeys] : [];
  });
  // Of a share nothing is left when the service's is withdrawn.
  return keys.filter(({ Shared }) => !Shared);
}

/** The stores of which such a one holds the key in force, with its KeyEpoch. */
export function storesToRekey(context: AccountContext, deviceUdf?: string): ReadonlyMap<CatalogLabel, number> {
  const held = new Map<CatalogLabel, number>();
  for (const { Resource, KeyEpoch } of heldByOthers(context, deviceUdf)) {
    if (isCatalog(Resource) && KeyEpoch === context.keyEpochOf(Resource)) held.set(Resource, KeyEpoch);
  }
  return held;
}

/** Keys of the profile that such a one holds; the administrators' three together. */
export function membersToReplace(context: AccountContext, deviceUdf?: string): readonly ReplaceableMember[] {
  const held = heldByOthers(context, deviceUdf);
  const isHeld = (member: ReplaceableMember): boolean => held.some(({ Resource, Udf }) => Resource === member && Udf === context.profile[member].Udf);
  return [...(administratorMembers.some(isHeld) ? administratorMembers : []), ...accountMembers.filter(isHeld)];
}

/** Names of the keys in force that a device holds and is not to have. */
export function keysToReplace(context: AccountContext, deviceUdf: string): readonly string[] {
  return [...storesToRekey(context, deviceUdf).keys(), ...membersToReplace(context, deviceUdf)];
}
