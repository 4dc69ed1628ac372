/** Devices under one name, for whatever is said of them together (docs/extensions.md §22). */
import { dateTime } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import { newNonce } from "../../crypto/index.ts";
import type { CatalogedDeviceGroup } from "../../schema/index.ts";
import { deviceGroupCatalog, mostDeviceGroups, mostGroupDevices } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { administratorOf } from "../context/administrator.ts";
import { findDevice } from "../device/name.ts";
import { isCalled } from "../naming/taken.ts";
import { put, remove } from "../store/edit.ts";
import { checkSpokenName, readsAutomation, requireAutomation } from "./automation-store.ts";

/**
 * Gives devices a name together. @param devices names or fingerprints
 * Errors: ERR_NOT_AUTHORIZED on a device that is no administrator, ERR_NOT_FOUND, ERR_AMBIGUOUS, ERR_NAME, ERR_EXISTS, ERR_USAGE, ERR_QUOTA, those of the service.
 */
export async function addDeviceGroup(
  context: AccountContext,
  { name, aliases = [], devices }: { readonly name: string; readonly aliases?: readonly string[]; readonly devices: readonly string[] },
): Promise<CatalogedDeviceGroup> {
  await requireAutomation(context);
  if (deviceGroupsOf(context).length >= mostDeviceGroups)
    throw new MeshError("ERR_QUOTA", `the account has ${mostDeviceGroups} groups of devices already`, {
      hint: "delete some: 'meshman device group delete'",
    });
  if (devices.length === 0 || devices.length > mostGroupDevices)
    throw new MeshError("ERR_USAGE", `a group has at least one device and ${mostGroupDevices} at most`);
  const names = [name, ...aliases].map((text) => checkSpokenName(context, text));
  const group: CatalogedDeviceGroup = {
    Key: newNonce(context.ports.random),
    LocalName: names[0] ?? "",
    ...(names.length > 1 ? { LocalNames: names.slice(1).map((Name) => ({ Name })) } : {}),
    Devices: [...new Set(devices.map((device) => findDevice(context, device).DeviceUdf))],
    Updated: dateTime(context.ports.clock.now()),
  };
  await context.transact({ catalogs: [put(deviceGroupCatalog, group)] });
  return group;
}

/** The groups, by name. None where this device may not read them, or the account has none yet. */
export function deviceGroupsOf(context: AccountContext): readonly CatalogedDeviceGroup[] {
  if (!readsAutomation(context)) return [];
  return context
    .list(deviceGroupCatalog)
    .map(({ value }) => value)
    .sort((a, b) => a.LocalName.localeCompare(b.LocalName));
}

/** Deletes the group of a name, or of at least six characters of its key; its devices stay. Errors: ERR_NOT_FOUND, ERR_AMBIGUOUS, ERR_NOT_AUTHORIZED. */
export async function deleteDeviceGroup(context: AccountContext, text: string): Promise<CatalogedDeviceGroup> {
  administratorOf(context);
  const found = deviceGroupsOf(context).filter((group) => (text.length >= 6 && group.Key.startsWith(text.toUpperCase())) || isCalled(group, text));
  const [group, ...others] = found;
  if (!group)
    throw new MeshError("ERR_NOT_FOUND", `no group of devices is called ${JSON.stringify(text.slice(0, 80))}`, {
      hint: "see 'meshman device group list'",
    });
  if (others.length > 0)
    throw new MeshError("ERR_AMBIGUOUS", `${found.length} groups are called ${JSON.stringify(text.slice(0, 80))}`, {
      hint: `say the first characters of one: ${found.map(({ Key }) => Key.slice(0, 14)).join(", ")}`,
    });
  await context.transact({ catalogs: [remove(deviceGroupCatalog, group.Key)] });
  return group;
}
