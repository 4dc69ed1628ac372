/**
 * An administrator takes over what splits have connected: the device's entry goes to MMM_Device, dealt anew with a fresh activation and a fresh LinkRoot,
 * so that the machine which connected it knows neither once the device has met this deal. docs/extensions.md §16
 */
import { dateTime } from "../../base/clock.ts";
import { asMeshError, MeshError } from "../../base/errors.ts";
import { newSeed, seedSpecifier } from "../../crypto/index.ts";
import type { CatalogedDevice } from "../../schema/index.ts";
import { ActivationDeal, deviceCatalog, joinedCatalog, openObject, ProfileDevice, verifyContribution, verifyProfile } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { isOfSurroundings } from "../context/surroundings.ts";
import { dealDevice } from "../device/deal.ts";
import { administratorEncryptionKeys } from "../device/deal-of.ts";
import { dealHub } from "../device/offer.ts";
import { edit } from "../store/edit.ts";
import type { JoinedDevice } from "./joined.ts";
import { joinedDevices } from "./joined.ts";

/**
 * Takes over every device that is within the limits. One whose hub is gone stays where it is.
 * Errors: those of the service. @returns the devices that were taken over
 */
export async function moveJoined(context: AccountContext): Promise<readonly string[]> {
  if (!context.keys.administrator) return [];
  const moved: string[] = [];
  for (const joined of joinedDevices(context)) {
    const { entry, splitId, serial } = joined;
    try {
      const Moved = dateTime(context.ports.clock.now());
      await context.transact({
        catalogs: [
          edit(deviceCatalog, entry.DeviceUdf, (now) => now ?? takenOver(context, joined)),
          edit(joinedCatalog, joinedCatalog.keyOf({ SplitId: splitId, Serial: serial, Digest: new Uint8Array() }), (now) => {
            if (!now?.EnvelopedDevice) return now;
            const { EnvelopedDevice: _entry, ...kept } = now;
            return { ...kept, Moved };
          }),
        ],
      });
      moved.push(entry.DeviceUdf);
    } catch (error) {
      if (isOfSurroundings(error)) throw error;
      context.ports.log.warn("split.not_taken_over", { device: entry.DeviceUdf, reason: asMeshError(error).message });
    }
  }
  return moved;
}

/** The entry as an administrator's deal has it: a device that has the deal of the split goes by its LinkRoot until it takes this one. */
function takenOver(context: AccountContext, { entry }: JoinedDevice): CatalogedDevice {
  const { ports, directory } = context;
  const { DealEpoch: met = 0, EnvelopedActivationDeal: deal, EnvelopedDeviceContribution: contribution, Connected: _connected, ...kept } = entry;
  const profile = verifyProfile(ProfileDevice, entry.EnvelopedProfileDevice, entry.DeviceUdf).value;
  if (!deal || !contribution) throw new MeshError("ERR_SCHEMA", `the entry of ${entry.DeviceUdf} lacks its deal`);
  const { LinkRoot, Kd } = openObject(ActivationDeal, deal, administratorEncryptionKeys(context));
  const hub = entry.HubUdf === undefined ? undefined : directory.find(entry.HubUdf);
  if (!hub) throw new MeshError("ERR_NOT_FOUND", `the hub of ${entry.DeviceUdf} is no device of the account any more`);
  const activation: ActivationDeal = {
    ActivationKey: newSeed(ports.random, seedSpecifier.deviceActivation),
    LinkRoot: ports.random.bytes(32),
    DealEpoch: met + 1,
    Kd,
    FormerLinkRoot: LinkRoot,
  };
  return {
    ...kept,
    EnvelopedDeviceContribution: contribution,
    MetEpoch: met,
    Updated: dateTime(ports.clock.now()),
    ...dealDevice({
      context,
      profile,
      contribution: verifyContribution(contribution, profile).value,
      hub: dealHub(hub),
      activation,
      previousEpochs: [met],
      ...(entry.ClaimMessageId === undefined ? {} : { claimMessageId: entry.ClaimMessageId }),
    }),
  };
}
