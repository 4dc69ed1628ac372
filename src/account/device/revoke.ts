/** Removing devices. extensions §4: refused at the service at once, epochs of the devices behind a hub raised. Rekeying of stores is not done here. */

import { dateTime } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import { AccessCapability, accessCatalog, type CatalogedDevice, type DeviceRemoved, deviceCatalog } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { administratorOf } from "../context/administrator.ts";
import type { CatalogWrite } from "../store/edit.ts";
import { edit, put, remove } from "../store/edit.ts";

/** What a removal did. */
export interface Revoked {
  readonly device: CatalogedDevice;
  /** Devices that the removed hub spoke for; they wait for the next hub. */
  readonly orphans: readonly string[];
}

/**
 * Removes a device from the account: its rights at the service end with this Transact, and what it wrote afterwards is not believed.
 * Errors: ERR_NOT_FOUND, ERR_NOT_AUTHORIZED, ERR_USAGE for this device itself.
 */
export async function revokeDevice(context: AccountContext, deviceUdf: string): Promise<Revoked> {
  administratorOf(context);
  if (deviceUdf === context.deviceUdf)
    throw new MeshError("ERR_USAGE", "this is the device you are using", { hint: "remove it from another administration device" });
  const device = context.get(deviceCatalog, deviceUdf);
  if (!device) throw new MeshError("ERR_NOT_FOUND", `no device ${deviceUdf}`, { hint: "see 'meshman device list'" });
  await context.sync();
  const now = dateTime(context.ports.clock.now());
  const heads = context.heads().map(({ Store, Index, TreeDigest }) => ({ Store, Index, TreeDigest }));
  const removed: DeviceRemoved = { DeviceUdf: deviceUdf, Updated: now, Heads: heads };
  const orphans = context.list(deviceCatalog).filter(({ value }) => value.HubUdf === deviceUdf);
  const access = context.list(accessCatalog).filter(({ value }) => value.Capability.value.DeviceUdf === deviceUdf);
  const writes: CatalogWrite[] = [
    ...access.map(({ value }) => {
      const { EnvelopedCatalogedDevice: _entry, CatalogedDeviceDigest: _digest, ...capability } = value.Capability.value;
      return put(accessCatalog, { Capability: { tag: AccessCapability.tag, value: { ...capability, Active: false, Rights: [] } } });
    }),
    remove(deviceCatalog, deviceUdf, removed),
    ...orphans.map(({ key }) =>
      edit(deviceCatalog, key, (orphan) => {
        if (!orphan) return undefined;
        const { HubUdf: _hub, EnvelopedActivationHub: _share, SealedRespondDevice: _respond, Connected: _connected, ...kept } = orphan;
        return { ...kept, Updated: now, DealEpoch: (orphan.DealEpoch ?? 0) + 1 };
      }),
    ),
  ];
  await context.transact({ catalogs: writes });
  return { device, orphans: orphans.map(({ key }) => key) };
}
