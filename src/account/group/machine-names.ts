/**
 * Which machine of the account is which one of a group: a group knows each by an identity of its own. The machine says it itself, in the account's entry
 * of the group, under both identities. docs/extensions.md §17.
 */
import { isMeshError } from "../../base/errors.ts";
import type { CatalogedGroup, Enveloped, MachinePair } from "../../schema/index.ts";
import {
  accountAddress,
  envelopeObject,
  GroupMachine,
  groupCatalog,
  groupKey,
  keyDataOf,
  ProfileUser,
  verifyGroupMachine,
  verifyProfile,
} from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import type { DeviceIdentity } from "../context/device-identity.ts";
import type { CatalogWrite } from "../store/edit.ts";
import { edit } from "../store/edit.ts";

/** Machines that the entry of one group names. */
const mostMachines = 64;

/** A group, by its address and its account. */
export interface GroupName {
  readonly address: string;
  readonly groupUdf: string;
}

interface Said {
  readonly said: Enveloped<GroupMachine>;
  readonly pair: MachinePair;
}

/** Says which of a group's machines this one is; nothing changes where it has said so. */
export function noteMachine(own: AccountContext, name: GroupName, machine: DeviceIdentity): CatalogWrite {
  const Key = groupKey(name.address);
  return edit(groupCatalog, Key, (current) => withMachine(own, { entry: current ?? { Key }, groupUdf: name.groupUdf, machine }));
}

/** The entry of a group with this machine's word in it. */
export function withMachine(
  own: AccountContext,
  { entry, groupUdf, machine }: { readonly entry: CatalogedGroup; readonly groupUdf: string; readonly machine: DeviceIdentity },
): CatalogedGroup {
  const known = saidIn(own, entry, groupUdf);
  if (known.some(({ pair }) => pair.machineUdf === machine.udf)) return entry;
  const [device, inGroup] = [own.identity.base.profile, machine.base.profile];
  const value: GroupMachine = {
    AccountUdf: own.accountUdf,
    GroupUdf: groupUdf,
    DeviceKey: keyDataOf(device.public),
    MachineKey: keyDataOf(inGroup.public),
  };
  const said = envelopeObject({ struct: GroupMachine, value, signers: [device, inGroup], random: own.ports.random });
  return { ...entry, Machines: [...known.map((one) => one.said), said].slice(-mostMachines) };
}

/** Takes a machine out of the entry. */
export function forgetMachine(own: AccountContext, { address, groupUdf }: GroupName, machineUdf: string): CatalogWrite {
  return edit(groupCatalog, groupKey(address), (current) => {
    const known = saidIn(own, current, groupUdf);
    if (!current || known.every(({ pair }) => pair.machineUdf !== machineUdf)) return current;
    const { Machines: _all, ...rest } = current;
    const left = known.filter(({ pair }) => pair.machineUdf !== machineUdf).map(({ said }) => said);
    return left.length > 0 ? { ...rest, Machines: left } : rest;
  });
}

/** What machines have said of themselves, for each group of the account. */
export function machineNames(own: AccountContext): readonly (GroupName & { readonly machines: readonly MachinePair[] })[] {
  return own.list(groupCatalog).flatMap(({ value }) => {
    if (!value.EnvelopedProfileGroup) return [];
    const profile = verifyProfile(ProfileUser, value.EnvelopedProfileGroup).value;
    const groupUdf = profile.ProfileSignature.Udf;
    return [{ address: accountAddress(profile.AccountAddress), groupUdf, machines: saidIn(own, value, groupUdf).map(({ pair }) => pair) }];
  });
}

/** What somebody else has written there counts for nothing. */
function saidIn({ accountUdf }: AccountContext, entry: CatalogedGroup | undefined, groupUdf: string): readonly Said[] {
  return (entry?.Machines ?? []).slice(-mostMachines).flatMap((said) => {
    try {
      return [{ said, pair: verifyGroupMachine(said, { accountUdf, groupUdf }) }];
    } catch (error) {
      if (!isMeshError(error)) throw error;
      return [];
    }
  });
}
