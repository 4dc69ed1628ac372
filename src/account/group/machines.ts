/** The machines that administer a group, and the end of one's standing there. docs/extensions.md §17. */
import { asMeshError, isMeshError, MeshError } from "../../base/errors.ts";
import type { CatalogedDevice } from "../../schema/index.ts";
import { deviceCatalog, groupCatalog, groupKeyCatalog, groupKeyName, mayWriteCatalog } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { removedDevices } from "../device/evidence.ts";
import { revokeDevice } from "../device/revoke.ts";
import { replaceKeys } from "../removal/replace-keys.ts";
import { remove } from "../store/edit.ts";
import { administeredGroups, inGroup } from "./group-directory.ts";
import { dealtParts, mayRenew } from "./group-key.ts";
import type { RenewedGroup } from "./invite.ts";
import { renewGroup } from "./invite.ts";
import { forgetMachine, machineNames } from "./machine-names.ts";

/** A machine that administers a group. */
export interface GroupMachineState {
  /** Its fingerprint in the group. */
  readonly machineUdf: string;
  /** Its fingerprint in the account, of a device that is connected or was removed; absent when it has not said so. */
  readonly deviceUdf?: string;
  readonly isThis: boolean;
  readonly mayHoldRoot: boolean;
}

/** The machines of a group that this one administers, itself first. Errors: those of inGroup. */
export async function groupMachines(own: AccountContext, address: string): Promise<readonly GroupMachineState[]> {
  return inGroup(own, address, async (group) => {
    const removed = removedDevices(own);
    const isKnown = (udf: string): boolean => mayHaveSaid(own, udf) || removed.some(({ device }) => device.DeviceUdf === udf);
    const names = (machineNames(own).find((one) => one.address === address)?.machines ?? []).filter((pair) => isKnown(pair.deviceUdf));
    return group
      .list(deviceCatalog)
      .map(({ key: machineUdf, value }) => {
        const isThis = machineUdf === group.deviceUdf;
        const deviceUdf = isThis ? own.deviceUdf : names.find((pair) => pair.machineUdf === machineUdf)?.deviceUdf;
        return { machineUdf, ...(deviceUdf === undefined ? {} : { deviceUdf }), isThis, mayHoldRoot: mayHoldRoot(group, value) };
      })
      .sort((a, b) => Number(b.isThis) - Number(a.isThis));
  });
}

/** Anybody makes up a key, and a small device keeps its own badly: the word of a connected device counts where it may write it, or might once. */
function mayHaveSaid({ directory }: AccountContext, deviceUdf: string): boolean {
  const device = directory.find(deviceUdf);
  return device !== undefined && (mayWriteCatalog(device.connection.Roles, groupCatalog.label) || device.ended.has(groupCatalog.label));
}

/** The machines of a group that this one administers and that are no connected machine of the account, as far as is known. Errors: those of inGroup. */
export async function strangeMachines(own: AccountContext, address: string): Promise<readonly GroupMachineState[]> {
  return (await groupMachines(own, address)).filter(({ deviceUdf }) => deviceUdf === undefined || !own.directory.find(deviceUdf));
}

function mayHoldRoot(group: AccountContext, { DeviceUdf, HeldSeed = false }: CatalogedDevice): boolean {
  return HeldSeed || (group.directory.find(DeviceUdf)?.connection.Roles.includes("super") ?? false);
}

/** What came of ending a machine's standing. */
export interface EndedMachine {
  readonly mayHoldRoot: boolean;
  /** Undefined where this machine may not renew the group's key. */
  readonly renewed?: RenewedGroup;
}

/**
 * Ends a machine's standing in a group: the group's service refuses it, its part of the key is used for nobody any more, keys and the group's own key are
 * renewed where this machine may. After a crash it is done again; a machine that was removed already is gone on with.
 * Errors: ERR_NOT_FOUND, ERR_USAGE for this machine itself; those of inGroup, and after the removal those of replaceKeys and renewGroup.
 */
export async function unpinMachine(own: AccountContext, address: string, machineUdf: string): Promise<EndedMachine> {
  const { groupUdf, held, renews } = await inGroup(own, address, async (group) => {
    const there = group.get(deviceCatalog, machineUdf);
    const device = there ?? removedDevices(group).find((one) => one.device.DeviceUdf === machineUdf)?.device;
    if (!device)
      throw new MeshError("ERR_NOT_FOUND", `no machine ${machineUdf} administers ${address}`, { hint: `see 'meshman group machines ${address}'` });
    const isHeld = mayHoldRoot(group, device);
    if (there) await revokeDevice(group, machineUdf);
    const parts = dealtParts(group).filter(({ DeviceUdf }) => DeviceUdf === machineUdf);
    if (parts.length > 0) await group.transact({ catalogs: parts.map((part) => remove(groupKeyCatalog, groupKeyName(part))) });
    await afterwards(address, () => replaceKeys(group));
    return { groupUdf: group.accountUdf, held: isHeld, renews: mayRenew(group) };
  });
  const renewed = renews ? await afterwards(address, () => renewGroup(own, address)) : undefined;
  await own.transact({ catalogs: [forgetMachine(own, { address, groupUdf }, machineUdf)] });
  return { mayHoldRoot: held, ...(renewed ? { renewed } : {}) };
}

async function afterwards<T>(address: string, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (cause) {
    const { code, message } = asMeshError(cause);
    throw new MeshError(code, `the machine was removed from ${address}; its keys were not all replaced yet: ${message}`, {
      hint: "the same command again goes on with it",
      cause,
    });
  }
}

/** What a machine of the account is in a group. */
export interface Standing {
  readonly address: string;
  readonly machineUdf: string;
  /** True where this machine administers the group, too. */
  readonly isHere: boolean;
  /** Other connected machines that administer it, as they say. */
  readonly others: readonly string[];
}

/** The groups in which a machine of the account has said that it administers them. None on a machine that does not read of groups. */
export async function standingsOf(own: AccountContext, deviceUdf: string): Promise<readonly Standing[]> {
  const here = await administeredGroups(own.dir);
  return namesIfRead(own).flatMap(({ address, machines }) => {
    const others = machines.filter((pair) => pair.deviceUdf !== deviceUdf && own.directory.find(pair.deviceUdf)).map((pair) => pair.deviceUdf);
    return machines
      .filter((pair) => pair.deviceUdf === deviceUdf)
      .map(({ machineUdf }) => ({ address, machineUdf, isHere: here.includes(address), others: [...new Set(others)] }));
  });
}

/** Groups that other machines of the account administer and this one does not, with those of them that are connected. */
export async function groupsOfOthers(own: AccountContext): Promise<readonly { readonly address: string; readonly machines: readonly string[] }[]> {
  const here = await administeredGroups(own.dir);
  return namesIfRead(own)
    .filter(({ address, machines }) => machines.length > 0 && !here.includes(address))
    .map(({ address, machines }) => ({
      address,
      machines: [...new Set(machines.map(({ deviceUdf }) => deviceUdf))].filter((udf) => own.directory.find(udf) !== undefined),
    }));
}

function namesIfRead(own: AccountContext): ReturnType<typeof machineNames> {
  try {
    return machineNames(own);
  } catch (error) {
    if (isMeshError(error, "ERR_NOT_AUTHORIZED")) return [];
    throw error;
  }
}
