/** Which keys a device has been given, by what its Access entry says; of versions that did not write it down, by its roles. extensions §6 */
import type { AccessCapability, CatalogedDevice, HeldKey } from "../../schema/index.ts";
import { administratorMembers, catalogKeysOf, isCatalog, isReplaceable, isRole, speaksForAccount } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { drawnNames } from "../removal/drawn-names.ts";
import { keysOf, namesOf } from "../removal/escrow.ts";

const isAdministrator = (roles: readonly string[]): boolean => roles.includes("admin") || roles.includes("super");

/** The keys of the newest activation of a device. */
export function givenKeys(context: AccountContext, { Activation }: AccessCapability, roles: readonly string[]): readonly HeldKey[] {
  return Activation?.Keys ?? firstKeys(context, roles);
}

/** Versions 0.1.0 and 0.2.0 gave the first keys of the stores, AccountSignature to who speaks for the account, and administrators theirs. */
function firstKeys({ keys }: AccountContext, names: readonly string[]): readonly HeldKey[] {
  const roles = names.filter(isRole);
  const resources = [
    ...catalogKeysOf(roles),
    ...(speaksForAccount(roles) ? ["AccountSignature"] : []),
    ...(isAdministrator(roles) ? administratorMembers : []),
  ];
  return resources.flatMap((Resource) => {
    const held = isCatalog(Resource) ? keys.storeKeys.get(Resource) : isReplaceable(Resource) ? keys.members.get(Resource) : undefined;
    const first = held?.find(({ keyEpoch }) => keyEpoch === 0);
    return first ? [{ Resource, KeyEpoch: 0, Udf: first.key.public.udf }] : [];
  });
}

/**
 * Keys of stores that its roles granted once and that its Access entry does not name: it may have kept them. Under which key the store was then is
 * written nowhere, so that the one in force is taken for it.
 */
export function endedStoreKeys(context: AccountContext, { EndedRights = [] }: CatalogedDevice): readonly HeldKey[] {
  return EndedRights.flatMap(({ Store: Resource }) => {
    if (!isCatalog(Resource)) return [];
    const held = context.keys.storeKeys.get(Resource)?.find(({ keyEpoch }) => keyEpoch === context.sizeOf(Resource).keyEpoch);
    return held ? [{ Resource, KeyEpoch: held.keyEpoch, Udf: held.key.public.udf }] : [];
  });
}

/**
 * Of an administrator every key that was ever drawn, and every one that there is: it may have been sealed to it, or be of its making. What entries say
 * that it was given, its own among them, it could write itself.
 */
export function everyKeyFor(context: AccountContext, roles: readonly string[]): readonly HeldKey[] {
  return isAdministrator(roles) ? [...drawnNames(context), ...namesOf(keysOf(context.keys))] : [];
}
