/**
 * Devices that were connected by a split and that no administrator has taken over yet, each held against the limits by whoever looks: an entry that is
 * beyond them, or not what was signed, is told to the log and is no device. docs/extensions.md §16
 */
import { equalBytes } from "../../base/bytes.ts";
import { fromDateTime } from "../../base/clock.ts";
import { isMeshError, MeshError, verificationError } from "../../base/errors.ts";
import { sha512 } from "../../crypto/index.ts";
import type { Catalog, CatalogedDevice, CatalogedJoined, ConnectionDevice } from "../../schema/index.ts";
import {
  CatalogedDevice as CatalogedDeviceObject,
  classKey,
  deviceCatalog,
  isGuarding,
  joinedCatalog,
  openObject,
  ownDescription,
  publicKeyOf,
  requireWithin,
  SplitConnection,
  verifyObject,
  vouchedConnectionDevice,
} from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import type { ListedEntry } from "../context/read-catalog.ts";
import type { StandingSplit } from "./standing.ts";
import { readsJoined, splitsOf } from "./standing.ts";

/** One device of a split. */
export interface JoinedDevice {
  readonly splitId: string;
  readonly serial: number;
  /** Who connected it. */
  readonly granteeUdf: string;
  /** Of the frame in MMM_Joined. */
  readonly index: number;
  readonly entry: CatalogedDevice;
  readonly connection: ConnectionDevice;
}

/** Verdicts by key, for as long as frame and split are the same. */
const verdicts = new WeakMap<AccountContext, Map<string, { readonly of: string; readonly device: JoinedDevice | undefined }>>();

/** The devices of all splits that verify, of one device the one of the lowest number. */
export function joinedDevices(context: AccountContext): readonly JoinedDevice[] {
  if (!readsJoined(context)) return [];
  const entries = context.list(joinedCatalog).filter(({ value }) => value.EnvelopedDevice && value.Moved === undefined);
  if (entries.length === 0) return [];
  const splits = new Map(splitsOf(context).map((one) => [one.split.Id, one]));
  const known = verdicts.get(context) ?? new Map<string, { readonly of: string; readonly device: JoinedDevice | undefined }>();
  verdicts.set(context, known);
  const found = new Map<string, JoinedDevice>();
  for (const { key, index, value } of entries) {
    const standing = splits.get(value.SplitId);
    const of = `${index} ${standing?.serials?.join() ?? ""} ${standing === undefined}`;
    let verdict = known.get(key);
    if (verdict?.of !== of) {
      verdict = { of, device: judge(context, { key, index, value }, standing) };
      known.set(key, verdict);
    }
    const { device } = verdict;
    const before = device && found.get(device.entry.DeviceUdf);
    if (device && (!before || device.serial < before.serial)) found.set(device.entry.DeviceUdf, device);
  }
  return [...found.values()];
}

function judge(context: AccountContext, listed: ListedEntry<CatalogedJoined>, standing: StandingSplit | undefined): JoinedDevice | undefined {
  try {
    return openJoined(context, listed, standing);
  } catch (error) {
    if (!isMeshError(error)) throw error;
    context.ports.log.warn("split.device_refused", { key: listed.key, code: error.code, reason: error.message });
    return undefined;
  }
}

/** Errors: ERR_NOT_AUTHORIZED beyond the limits, ERR_VERIFICATION for what was not signed so, ERR_SCHEMA, ERR_KEY. */
export function openJoined(
  context: AccountContext,
  { key, index, value }: ListedEntry<CatalogedJoined>,
  standing: StandingSplit | undefined,
): JoinedDevice {
  const { SplitId: splitId, Serial: serial, EnvelopedSplitConnection: signed, EnvelopedDevice: sealed } = value;
  if (!standing || !signed || !sealed || joinedCatalog.keyOf(value) !== key) throw verificationError("a device of a split");
  const { split, serials } = standing;
  if (serials && !serials.includes(serial)) throw new MeshError("ERR_NOT_AUTHORIZED", `the split was ended before its number ${serial} was used`);
  const connection = verifyObject(SplitConnection, signed, [publicKeyOf(split.Key)]).value;
  requireWithin(split, connection);
  if (connection.SplitId !== splitId || connection.Serial !== serial || !equalBytes(sha512(signed.body), value.Digest))
    throw verificationError(`number ${serial} of the split`);
  if (fromDateTime(connection.Time) >= fromDateTime(split.NotOnOrAfter))
    throw new MeshError("ERR_NOT_AUTHORIZED", "the split was over when it connected the device");
  const keys = (context.keys.storeKeys.get(deviceCatalog.label) ?? []).map((one) => one.key);
  const entry = own(openObject(CatalogedDeviceObject, sealed, keys));
  requireDescribed(entry, connection.Class);
  return { splitId, serial, granteeUdf: split.GranteeUdf, index, entry, connection: requireSigned(context, entry, connection) };
}

/** What the maker signed of the device, and nothing that its hub or the phone says. */
function requireDescribed(entry: CatalogedDevice, deviceClass: string): void {
  const description = ownDescription(entry);
  if (!description || classKey(description.Class) !== classKey(deviceClass)) throw verificationError("the class of the device");
  if (isGuarding(description)) throw new MeshError("ERR_NOT_AUTHORIZED", `a split connects no device of class ${description.Class.slice(0, 32)}`);
}

function requireSigned({ accountUdf }: AccountContext, entry: CatalogedDevice, connection: SplitConnection): ConnectionDevice {
  const device = vouchedConnectionDevice(entry.EnvelopedConnectionDevice);
  const [hubPart, ...others] = entry.EnvelopedActivationHub ?? [];
  const agrees =
    entry.DeviceUdf === connection.DeviceUdf &&
    entry.HubUdf === connection.HubUdf &&
    entry.DealEpoch === connection.DealEpoch &&
    connection.AccountUdf === accountUdf &&
    device.Subject === connection.DeviceUdf &&
    device.Authority === accountUdf &&
    device.Roles.length === 0 &&
    !device.Capabilities?.length &&
    equalBytes(sha512(entry.EnvelopedConnectionDevice.body), connection.ConnectionDigest) &&
    hubPart !== undefined &&
    others.length === 0 &&
    equalBytes(sha512(hubPart.body), connection.HubDigest) &&
    entry.EnvelopedActivationDeal !== undefined &&
    equalBytes(sha512(entry.EnvelopedActivationDeal.body), connection.DealDigest);
  if (!agrees) throw verificationError(`the entry of ${entry.DeviceUdf}`);
  return device;
}

/** What an entry of a split may say; nothing else that stands in it counts. */
function own(entry: CatalogedDevice): CatalogedDevice {
  const { DeviceUdf, Updated, LocalName, Place, EnvelopedProfileDevice, EnvelopedConnectionDevice, HubUdf, DealEpoch } = entry;
  const { EnvelopedActivationHub, EnvelopedActivationDeal, SealedRespondDevice, SealedUri, EnvelopedDevicePreconfigurationPublic } = entry;
  const { EnvelopedDeviceContribution, Connected, ClaimMessageId } = entry;
  return {
    DeviceUdf,
    EnvelopedProfileDevice,
    EnvelopedConnectionDevice,
    Constrained: true,
    ...(Updated === undefined ? {} : { Updated }),
    ...(LocalName === undefined ? {} : { LocalName }),
    ...(Place === undefined ? {} : { Place }),
    ...(HubUdf === undefined ? {} : { HubUdf }),
    ...(DealEpoch === undefined ? {} : { DealEpoch }),
    ...(EnvelopedActivationHub ? { EnvelopedActivationHub } : {}),
    ...(EnvelopedActivationDeal ? { EnvelopedActivationDeal } : {}),
    ...(SealedRespondDevice ? { SealedRespondDevice } : {}),
    ...(SealedUri ? { SealedUri } : {}),
    ...(EnvelopedDevicePreconfigurationPublic ? { EnvelopedDevicePreconfigurationPublic } : {}),
    ...(EnvelopedDeviceContribution ? { EnvelopedDeviceContribution } : {}),
    ...(Connected === undefined ? {} : { Connected }),
    ...(ClaimMessageId === undefined ? {} : { ClaimMessageId }),
  };
}

/** The device that a split connected; undefined for every other one. */
export function joinedDevice(context: AccountContext, deviceUdf: string): JoinedDevice | undefined {
  return joinedDevices(context).find(({ entry }) => entry.DeviceUdf === deviceUdf);
}

/** Entries of a catalog, with what a split has connected where they are devices: an administrator's entry goes before. */
export function withJoined<T>(context: AccountContext, catalog: Catalog<T>, entries: readonly ListedEntry<T>[]): readonly ListedEntry<T>[] {
  if (!isOfDevices(catalog)) return entries;
  const joined = joinedDevices(context);
  if (joined.length === 0) return entries;
  const known = new Set(entries.map(({ key }) => key));
  const added = joined.filter(({ entry }) => !known.has(entry.DeviceUdf));
  // Below zero: these frames are not of MMM_Device.
  return [...entries, ...added.map(({ entry, index }) => ({ key: entry.DeviceUdf, index: -1 - index, value: entry as T }))];
}

/** The same of one entry that the catalog itself has not. */
export function joinedEntry<T>(context: AccountContext, catalog: Catalog<T>, key: string): T | undefined {
  return isOfDevices(catalog) ? (joinedDevice(context, key)?.entry as T | undefined) : undefined;
}

function isOfDevices(catalog: unknown): boolean {
  return catalog === deviceCatalog;
}
