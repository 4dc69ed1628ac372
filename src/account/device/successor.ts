/** A new hub for devices whose hub is gone: new deals of the same activation at the next epoch, without a new scan. extensions §4. */

import { dateTime, fromDateTime } from "../../base/clock.ts";
import { asMeshError, MeshError } from "../../base/errors.ts";
import { appendAll } from "../../base/list.ts";
import type { PrivateKey } from "../../crypto/index.ts";
import { newSeed, seedSpecifier } from "../../crypto/index.ts";
import type { ActivationDeal } from "../../schema/index.ts";
import {
  type CatalogedDevice,
  ConnectionHub,
  catalogAdministrators,
  deviceCatalog,
  ProfileDevice,
  verifyContribution,
  verifyObject,
  verifyProfile,
} from "../../schema/index.ts";
import { hubLimitMs } from "../connect/activate.ts";
import type { AccountContext } from "../context/account-context.ts";
import { isOfSurroundings } from "../context/surroundings.ts";
import { edit } from "../store/edit.ts";
import { dealDevice } from "./deal.ts";
import { dealOf, isOfFormerAdministrators } from "./deal-of.ts";
import type { DealHub } from "./deal-parts.ts";
import { dealHub } from "./offer.ts";

/** A device's entry dealt to another hub at the next epoch. Errors: ERR_NOT_FOUND when it never was dealt. */
function dealtAgain(context: AccountContext, entry: CatalogedDevice, hub: DealHub): CatalogedDevice {
  if (!entry.EnvelopedDeviceContribution) {
    throw new MeshError("ERR_NOT_FOUND", `${entry.LocalName ?? entry.DeviceUdf} was never dealt to a hub`);
  }
  const profile = verifyProfile(ProfileDevice, entry.EnvelopedProfileDevice, entry.DeviceUdf).value;
  const contribution = verifyContribution(entry.EnvelopedDeviceContribution, profile).value;
  const previous = dealOf(context, entry);
  const { Connected: _connected, ...kept } = entry;
  const pinned = pinnedKey(context, entry);
  const met = metEpoch(entry) ?? previous.DealEpoch;
  const dealEpoch = Math.max(previous.DealEpoch, entry.DealEpoch ?? 0) + 1;
  return {
    ...kept,
    MetEpoch: met,
    ...(pinned ? { Pinned: pinned.public.udf } : {}),
    Updated: dateTime(context.ports.clock.now()),
    ...dealDevice({
      context,
      profile,
      contribution,
      hub,
      activation: nextActivation(context, entry, { previous, dealEpoch }),
      previousEpochs: [met, ...epochsBetween(met, dealEpoch)],
      ...(pinned ? { pinned } : {}),
    }),
  };
}

/** What the next deal is made of: the same, or all new where administrators of before know it. A device that never took a deal has the LinkRoot of an earlier one. */
function nextActivation(
  context: AccountContext,
  entry: CatalogedDevice,
  { previous, dealEpoch }: { readonly previous: ActivationDeal; readonly dealEpoch: number },
): ActivationDeal {
  const { random } = context.ports;
  const { FormerLinkRoot: unmet, ...kept } = previous;
  const waiting = entry.Connected === undefined ? unmet : undefined;
  if (!isOfFormerAdministrators(context, entry)) return { ...kept, DealEpoch: dealEpoch, ...(waiting ? { FormerLinkRoot: waiting } : {}) };
  return {
    ...kept,
    ActivationKey: newSeed(random, seedSpecifier.deviceActivation),
    LinkRoot: random.bytes(32),
    DealEpoch: dealEpoch,
    FormerLinkRoot: waiting ?? previous.LinkRoot,
  };
}

/** The key of the administrators of before that a device goes by. Errors: ERR_NOT_FOUND when this machine never had it. */
export function pinnedKey(context: AccountContext, { DeviceUdf, Pinned }: CatalogedDevice): PrivateKey | undefined {
  const udf = Pinned ?? context.directory.find(DeviceUdf)?.signedBy;
  if (udf === undefined || udf === context.profile.AdministratorSignature25519.Udf) return undefined;
  const known = context.keys.members.get("AdministratorSignature25519")?.find(({ key }) => key.public.udf === udf);
  if (!known) throw new MeshError("ERR_NOT_FOUND", `this machine does not hold the administrators' key that ${DeviceUdf} goes by`);
  return known.key;
}

/** The newest deal that a device is known to have taken; 0.1.0 noted only that it took the one in force. */
export function metEpoch({ MetEpoch, Connected, DealEpoch }: CatalogedDevice): number | undefined {
  return Connected === undefined ? MetEpoch : (DealEpoch ?? MetEpoch);
}

/** Deals that a device may have taken without a word of it, newest first and no more than a hub can try at each hail. */
function epochsBetween(met: number, next: number): readonly number[] {
  const count = Math.min(mostFormer, Math.max(0, next - met - 1));
  return Array.from({ length: count }, (_, i) => next - 1 - i);
}

const mostFormer = 8;

function canBeDealt(context: AccountContext, entry: CatalogedDevice, hub: DealHub): boolean {
  try {
    dealtAgain(context, entry, hub);
    return true;
  } catch (error) {
    if (isOfSurroundings(error)) throw error;
    context.ports.log.warn("device.undealt", { device: entry.DeviceUdf, reason: asMeshError(error).message });
    return false;
  }
}

/** When a hub joined, in milliseconds since 1970: its time limit counts from then. Undefined for one that 0.1.0 connected. */
function joinedAt(context: AccountContext, hubUdf: string): number | undefined {
  const envelope = context.get(deviceCatalog, hubUdf)?.EnvelopedConnectionHub;
  if (!envelope) return undefined;
  const { NotOnOrAfter } = verifyObject(ConnectionHub, envelope, catalogAdministrators(context.profile)).value;
  return NotOnOrAfter === undefined ? undefined : fromDateTime(NotOnOrAfter) - hubLimitMs;
}

/** Devices that a hub could not take, by what they were then: nobody tries twice what cannot change. */
const undealt = new WeakMap<AccountContext, Set<string>>();

/**
 * Deals what waits for a hub to the first one that joined after it was left alone. It is derived from the catalog, so that a turn which failed
 * is made good by any later one. A hub that was there before is in another house: it is given nothing. Errors: those of the service.
 * @returns the devices dealt
 */
export async function dealWaiting(context: AccountContext): Promise<readonly string[]> {
  const waiting = context.list(deviceCatalog).filter(({ value }) => value.Constrained && value.HubUdf === undefined && value.EnvelopedActivationDeal);
  if (waiting.length === 0) return [];
  const hubs = context.directory
    .withRole("hub")
    .flatMap(({ udf }) => {
      const joined = joinedAt(context, udf);
      return joined === undefined ? [] : [{ udf, joined }];
    })
    .sort((a, b) => a.joined - b.joined);
  const passed = undealt.get(context) ?? new Set<string>();
  undealt.set(context, passed);
  const byHub = new Map<string, string[]>();
  for (const { key, index, value } of waiting) {
    const since = value.Updated === undefined ? Number.POSITIVE_INFINITY : fromDateTime(value.Updated);
    const next = hubs.find(({ joined }) => joined >= since);
    const entry = next && context.directory.find(next.udf);
    if (!next || !entry || passed.has(`${index} ${next.udf}`)) continue;
    if (canBeDealt(context, value, dealHub(entry))) byHub.set(next.udf, [...(byHub.get(next.udf) ?? []), key]);
    else passed.add(`${index} ${next.udf}`);
  }
  const dealt: string[] = [];
  for (const [hub, devices] of byHub) appendAll(dealt, await dealToHub(context, hub, devices));
  return dealt;
}

/** Devices in one Transact. */
const atOnce = 12;

/**
 * Deals anew, to the hub that speaks for it, every device that administrators of before dealt: with a fresh activation and a fresh LinkRoot. It is
 * derived from the catalog, and goes on where it stopped. A release under way is left alone. Errors: those of the service. @returns the devices dealt
 */
export async function dealAnew(context: AccountContext): Promise<readonly string[]> {
  const byHub = new Map<string, string[]>();
  for (const { key, value } of context.list(deviceCatalog)) {
    const hub = value.HubUdf === undefined ? undefined : context.directory.find(value.HubUdf);
    if (!hub || !value.Constrained || value.SealedReleaseDevice || !isOfFormerAdministrators(context, value)) continue;
    if (canBeDealt(context, value, dealHub(hub))) byHub.set(hub.udf, [...(byHub.get(hub.udf) ?? []), key]);
  }
  const dealt: string[] = [];
  for (const [hub, devices] of byHub) {
    for (let at = 0; at < devices.length; at += atOnce) appendAll(dealt, await dealToHub(context, hub, devices.slice(at, at + atOnce)));
  }
  return dealt;
}

/** Devices that still go by keys that an administrator of before knows: whoever has these can take them over, until they have met their new deal. */
export function takeableDevices(context: AccountContext): readonly string[] {
  return context
    .list(deviceCatalog)
    .filter(({ value }) => value.Constrained && (value.Pinned !== undefined || isOfFormerAdministrators(context, value)))
    .map(({ key }) => key);
}

/**
 * Deals devices to a hub: those named, or all that have no hub; of these one that cannot be dealt is logged and left out.
 * Errors: ERR_NOT_FOUND, ERR_NOT_AUTHORIZED. @returns the devices dealt
 */
export async function dealToHub(context: AccountContext, hubUdf: string, deviceUdfs?: readonly string[]): Promise<readonly string[]> {
  const entry = context.directory.find(hubUdf);
  if (!entry?.connection.Roles.includes("hub")) throw new MeshError("ERR_NOT_FOUND", `${hubUdf} is no hub of this account`);
  const hub = dealHub(entry);
  const wanted =
    deviceUdfs ??
    context
      .list(deviceCatalog)
      .filter(({ value }) => value.Constrained && value.HubUdf === undefined && canBeDealt(context, value, hub))
      .map(({ key }) => key);
  const writes = wanted.map((udf) =>
    edit(deviceCatalog, udf, (device) => {
      if (!device) throw new MeshError("ERR_NOT_FOUND", `no device ${udf}`);
      return dealtAgain(context, device, hub);
    }),
  );
  await context.transact({ catalogs: writes });
  return wanted;
}
