/** Removing devices. extensions §4: refused at the service at once, epochs of the devices behind a hub raised. New keys: ../removal/replace-keys.ts. */

import { dateTime } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import type { CatalogedAccess, CatalogedDevice, DeviceRemoved, Enveloped, HeldKey, RevokedDevice } from "../../schema/index.ts";
import { AccessCapability, accessCatalog, deviceCatalog } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { administratorOf } from "../context/administrator.ts";
import { syncWhatHolds } from "../context/doubt.ts";
import { withdrawnPowers } from "../power/withdraw.ts";
import { keysOf, namesOf, withoutSurplus } from "../removal/escrow.ts";
import { moveJoined } from "../split/move.ts";
import type { CatalogWrite } from "../store/edit.ts";
import { edit, remove } from "../store/edit.ts";
import { delegationWrites, devicesObeying } from "./delegation.ts";
import { signRemoval } from "./evidence.ts";
import { endedStoreKeys, everyKeyFor, givenKeys } from "./given-keys.ts";
import type { StrayAccess } from "./stray-access.ts";
import { settledStrays } from "./stray-access.ts";
import { metEpoch } from "./successor.ts";

/** What a removal did. */
export interface Revoked {
  readonly device: CatalogedDevice;
  /** What it was allowed to do until then. */
  readonly roles: readonly string[];
  /** Devices that the removed hub spoke for; they wait for the next hub. */
  readonly orphans: readonly string[];
  /** Stores and members of which it had a share alone: with the service's share that is over. */
  readonly shared: readonly string[];
  /** Locks and their like that take its orders until their hub has brought them the removal. */
  readonly obeying: readonly string[];
  /** Entries of MMM_Access that let in what is no device of the account, and do so no more. */
  readonly strays: readonly StrayAccess[];
}

/**
 * Removes a device from the account: its rights at the service end with this Transact, and so does what it opened by shares; what it wrote afterwards is not believed.
 * Errors: ERR_NOT_FOUND, ERR_NOT_AUTHORIZED, ERR_USAGE for this device itself.
 */
export async function revokeDevice(context: AccountContext, deviceUdf: string): Promise<Revoked> {
  administratorOf(context);
  if (deviceUdf === context.deviceUdf)
    throw new MeshError("ERR_USAGE", "this is the device you are using", { hint: "remove it from another administration device" });
  // Also a device that spoilt a store can be removed.
  await syncWhatHolds(
    () => context.sync(),
    ({ code, message }) => context.ports.log.warn("store.doubted", { code, reason: message }),
  );
  // What splits have connected is taken over first: it is verified by the device that connected it, and dealt to its hub.
  await moveJoined(context);
  const found = await settledStrays(context);
  const device = context.get(deviceCatalog, deviceUdf);
  if (!device) throw new MeshError("ERR_NOT_FOUND", `no device ${deviceUdf}`, { hint: "see 'meshman device list'" });
  const roles = context.directory.find(deviceUdf)?.connection.Roles ?? [];
  const now = dateTime(context.ports.clock.now());
  const evidence = signRemoval(context, { device, at: now });
  const removed: DeviceRemoved = { DeviceUdf: deviceUdf, Updated: now, Heads: context.heads(), EnvelopedRevokedDevice: evidence };
  const behind = context.list(deviceCatalog).filter(({ value }) => value.HubUdf === deviceUdf);
  // The hub has their seeds: they cannot go to another one, which would offer them anew under keys of its own.
  const hosted = behind.filter(({ value }) => value.Hosted);
  const orphans = behind.filter(({ value }) => !value.Hosted);
  const access = context.list(accessCatalog).filter(({ value }) => value.Capability.value.DeviceUdf === deviceUdf);
  const obeying = devicesObeying(context, deviceUdf);
  const strays = found.filter(({ id }) => !access.some(({ key }) => key === id));
  const writes: CatalogWrite[] = [
    ...access.map(({ key }) =>
      edit(
        accessCatalog,
        key,
        (entry) =>
          entry &&
          withdrawn(entry, {
            evidence,
            given: someOf(context, givenKeys(context, entry.Capability.value, roles)),
            ended: someOf(context, entry.Capability.value.EndedKeys ?? []),
            former: keptKeys(context, device),
          }),
      ),
    ),
    ...access.flatMap(({ value }) => value.Capability.value.LinkUdf.flatMap((link) => withdrawnPowers(context, link))),
    ...strays.map(({ write }) => write),
    ...withoutSurplus(context),
    remove(deviceCatalog, deviceUdf, removed),
    ...hosted.map(({ key }) => remove(deviceCatalog, key)),
    ...(orphans.length === 0 ? delegationWrites(context, { without: deviceUdf }) : []),
    ...orphans.map(({ key }) =>
      edit(deviceCatalog, key, (orphan) => {
        if (!orphan) return undefined;
        const { HubUdf: _hub, EnvelopedActivationHub: _share, SealedRespondDevice: _respond, Connected: _connected, ...kept } = orphan;
        const met = metEpoch(orphan);
        return { ...kept, Updated: now, DealEpoch: (orphan.DealEpoch ?? 0) + 1, ...(met === undefined ? {} : { MetEpoch: met }) };
      }),
    ),
  ];
  await context.transact({ catalogs: writes });
  const shared = access.flatMap(({ value }) => givenKeys(context, value.Capability.value, roles).filter((key) => key.Shared));
  return {
    device,
    roles,
    orphans: orphans.map(({ key }) => key),
    shared: [...new Set(shared.map(({ Resource }) => Resource))],
    obeying,
    strays: strays.map(({ id, links }) => ({ id, links })),
  };
}

/** An entry that grants nothing any more. Which keys the device was given stays: these are to be replaced. */
function withdrawn(
  { Capability }: CatalogedAccess,
  {
    evidence,
    given,
    ended,
    former,
  }: Readonly<Record<"given" | "ended" | "former", readonly HeldKey[]>> & { readonly evidence: Enveloped<RevokedDevice> },
): CatalogedAccess {
  const { EndedKeys: _ended, EnvelopedCatalogedDevice: _entry, CatalogedDeviceDigest: _digest, ...capability } = Capability.value;
  const more = former.filter(({ Udf }, at) => ![...given, ...former.slice(0, at)].some((held) => held.Udf === Udf));
  const Activation = { Version: capability.Activation?.Version ?? 0, Keys: [...given, ...more] };
  const value: AccessCapability = {
    ...capability,
    Active: false,
    Rights: [],
    EnvelopedRevokedDevice: evidence,
    Activation,
    ...(ended.length === 0 ? {} : { EndedKeys: ended }),
  };
  return { Capability: { tag: AccessCapability.tag, value } };
}

/** Keys that this device does not have, of those that an entry names. */
const mostUnknown = 1024;

/** Of the keys that an entry names all that this device has, and so many others: an administrator can name any number, and the removal has to fit into a request. */
function someOf({ keys }: AccountContext, named: readonly HeldKey[]): readonly HeldKey[] {
  const nameOf = ({ Resource, KeyEpoch, Udf }: HeldKey): string => `${Resource} ${KeyEpoch} ${Udf}`;
  const own = new Set(namesOf(keysOf(keys)).map(nameOf));
  const each = [...new Map(named.map((key) => [`${nameOf(key)} ${key.Shared === true}`, key])).values()];
  return [...each.filter((key) => own.has(nameOf(key))), ...each.filter((key) => !own.has(nameOf(key))).slice(0, mostUnknown)];
}

/** What a device may have kept besides its newest activation: keys of roles of before, and all that there are if it ever was an administrator. */
function keptKeys(context: AccountContext, device: CatalogedDevice): readonly HeldKey[] {
  return [...endedStoreKeys(context, device), ...everyKeyFor(context, context.directory.rolesOf(device.DeviceUdf))];
}
