/**
 * The owner's word that a device's connection is over, for handing to the device itself (extensions §4): the service gives it out with its refusal,
 * and any owner's device may bring it. What version 0.1.0 removed left no word: it is given afterwards, from the removal in the catalog.
 */
import { MeshError } from "../../base/errors.ts";
import { sha512 } from "../../crypto/index.ts";
import type { CatalogedAccess, Enveloped } from "../../schema/index.ts";
import {
  AccessCapability,
  accessCatalog,
  CatalogedDevice,
  ConnectionDevice,
  DeviceRemoved,
  deviceCatalog,
  envelopeObject,
  peekObject,
  RevokedDevice,
} from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { administratorOf } from "../context/administrator.ts";
import { edit } from "../store/edit.ts";
import { decodeEntry } from "../store/entry.ts";

/** A device that was removed. */
export interface RemovedDevice {
  /** As it was last. */
  readonly device: CatalogedDevice;
  readonly removed: DeviceRemoved;
}

/** Signs the word of an administration device. Errors: ERR_NOT_AUTHORIZED. */
export function signRemoval(
  context: AccountContext,
  { device, at }: { readonly device: CatalogedDevice; readonly at: string },
): Enveloped<RevokedDevice> {
  const by = context.get(deviceCatalog, context.deviceUdf)?.LocalName;
  const value: RevokedDevice = {
    AccountUdf: context.accountUdf,
    DeviceUdf: device.DeviceUdf,
    ConnectionDigest: sha512(device.EnvelopedConnectionDevice.body),
    SignatureUdf: peekObject(ConnectionDevice, device.EnvelopedConnectionDevice).Signature.Udf,
    Updated: at,
    ...(by === undefined ? {} : { RemovedBy: by }),
    ...(context.profile.Version === undefined ? {} : { EnvelopedProfileUser: context.profileEnvelope }),
  };
  return envelopeObject({ struct: RevokedDevice, value, signers: [administratorOf(context).signature], random: context.ports.random });
}

/** The newest removal of each device that was removed, oldest first. */
export function removedDevices(context: AccountContext): readonly RemovedDevice[] {
  const found = new Map<string, RemovedDevice>();
  for (const { key, last, removal } of context.removals(deviceCatalog.label)) {
    const [device, removed] = [decodeEntry(CatalogedDevice, last), decodeEntry(DeviceRemoved, removal)];
    found.delete(key);
    if (device && removed) found.set(key, { device, removed });
  }
  return [...found.values()];
}

/** The removed device that a text means: its name, its fingerprint or the beginning of it. Errors: ERR_NOT_FOUND. */
export function findRemoved(context: AccountContext, text: string): RemovedDevice {
  const plain = text.replaceAll("-", "").toUpperCase();
  const isMeant = ({ device }: RemovedDevice): boolean =>
    device.LocalName === text || (plain.length >= 8 && device.DeviceUdf.replaceAll("-", "").startsWith(plain));
  const found = removedDevices(context).findLast(isMeant);
  if (!found) throw new MeshError("ERR_NOT_FOUND", `no device ${JSON.stringify(text.slice(0, 80))} was removed from this account`);
  return found;
}

/** The evidence of a removal, made where none was left. Errors: ERR_NOT_AUTHORIZED. */
export function evidenceOf(context: AccountContext, { device, removed }: RemovedDevice): Enveloped<RevokedDevice> {
  const { DeviceUdf } = device;
  return (
    removed.EnvelopedRevokedDevice ?? accessOf(context, DeviceUdf)?.EnvelopedRevokedDevice ?? signRemoval(context, { device, at: removed.Updated })
  );
}

/**
 * Gives the service what it lacks: the evidence of removals that left none, in their inactive Access entries. A device that joined again
 * since is not touched. Errors: ERR_NOT_AUTHORIZED, and those of the service. @returns the devices that are told now
 */
export async function leaveEvidence(context: AccountContext): Promise<readonly string[]> {
  const lacking = removedDevices(context).filter(({ device }) => {
    const access = accessOf(context, device.DeviceUdf);
    return access?.Active === false && access.EnvelopedRevokedDevice === undefined && context.get(deviceCatalog, device.DeviceUdf) === undefined;
  });
  if (lacking.length === 0) return [];
  const writes = lacking.flatMap((removal) => {
    const evidence = evidenceOf(context, removal);
    return accessEntries(context, removal.device.DeviceUdf).map(({ key }) =>
      edit(accessCatalog, key, (entry) => entry && withEvidence(entry, evidence)),
    );
  });
  await context.transact({ catalogs: writes });
  return lacking.map(({ device }) => device.DeviceUdf);
}

function withEvidence(entry: CatalogedAccess, evidence: Enveloped<RevokedDevice>): CatalogedAccess {
  const { value } = entry.Capability;
  if (value.Active || value.EnvelopedRevokedDevice !== undefined) return entry;
  return { Capability: { tag: AccessCapability.tag, value: { ...value, EnvelopedRevokedDevice: evidence } } };
}

function accessEntries(context: AccountContext, deviceUdf: string): readonly { readonly key: string; readonly value: CatalogedAccess }[] {
  return context.list(accessCatalog).filter(({ value }) => value.Capability.value.DeviceUdf === deviceUdf);
}

/** The newest entry of a device. */
function accessOf(context: AccountContext, deviceUdf: string): AccessCapability | undefined {
  return accessEntries(context, deviceUdf).at(-1)?.value.Capability.value;
}
