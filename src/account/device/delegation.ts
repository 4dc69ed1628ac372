/**
 * Whose orders a device takes that judges them itself (extensions §15): the command keys of the owner's devices, signed by AdministratorSignature25519
 * in its catalog entry, for its hub to bring. It follows from the connections in force, so that a grant or a removal changes it in the same Transact,
 * and any administrator makes good what another left. It is for one connection of the device, by the link key of its contribution; Generation is the
 * owner's time in seconds, and always above the one before.
 */

import { equalBytes } from "../../base/bytes.ts";
import { asMeshError, MeshError } from "../../base/errors.ts";
import { encodeJson } from "../../codec/index.ts";
import type { CatalogedDevice, CommandGrant, ConnectionDevice, Enveloped } from "../../schema/index.ts";
import {
  Delegation,
  DeviceContribution,
  deviceCatalog,
  envelopeObject,
  judgesOrders,
  maxDelegation,
  mostGrants,
  ownDescription,
  peekObject,
  publicKeyOf,
  verifyObject,
} from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { administratorOf } from "../context/administrator.ts";
import type { CatalogWrite } from "../store/edit.ts";
import { edit } from "../store/edit.ts";

/** A device of the owner by its connection. */
type Member = { readonly udf: string; readonly connection: ConnectionDevice };

/** What the device has made for the connection that it is in. */
interface Contributed {
  readonly contribution: Pick<DeviceContribution, "Link25519">;
}

/** What is about to change in the same Transact: a device that is removed, or one with its new connection. */
export interface MemberChange {
  readonly without?: string;
  readonly with?: Member;
}

/** The delegation of a device that judges orders; the one that it has when that says the same. Errors: ERR_NOT_AUTHORIZED, ERR_TOO_LARGE. */
export function delegationFor(
  context: AccountContext,
  { DeviceUdf, EnvelopedDelegation: known, contribution }: Pick<CatalogedDevice, "DeviceUdf" | "EnvelopedDelegation"> & Contributed,
  change: MemberChange = {},
): Enveloped<Delegation> {
  const { signature25519 } = administratorOf(context);
  const { accountUdf: AccountUdf, ports } = context;
  const Grants = grantsFor(context, DeviceUdf, change);
  const LinkKey = publicKeyOf(contribution.Link25519).octets;
  const before = known && peekObject(Delegation, known);
  if (known && before && isInForce(context, known, { ...before, AccountUdf, DeviceUdf, LinkKey, Grants })) return known;
  const Generation = Math.max(Math.floor(ports.clock.now() / 1000), (before?.Generation ?? 0) + 1);
  const value: Delegation = { AccountUdf, DeviceUdf, LinkKey, Generation, Grants };
  const made = envelopeObject({ struct: Delegation, value, signers: [signature25519], random: ports.random, compact: true });
  if (made.body.length > maxDelegation)
    throw new MeshError("ERR_TOO_LARGE", `a delegation of ${made.body.length} octets, a device takes ${maxDelegation}`);
  return made;
}

/** True for a delegation that the administrators' key in force has signed, and that says exactly this. */
function isInForce(context: AccountContext, known: Enveloped<Delegation>, wanted: Delegation): boolean {
  try {
    const { value } = verifyObject(Delegation, known, [publicKeyOf(context.profile.AdministratorSignature25519)]);
    return equalBytes(encodeJson(Delegation.encode(value)), encodeJson(Delegation.encode(wanted)));
  } catch (error) {
    context.ports.log.warn("delegation.renewed", { device: wanted.DeviceUdf, reason: asMeshError(error).message });
    return false;
  }
}

/** The owner's devices that may give a device orders: administrators first, so that a bound leaves out others. */
function grantsFor(context: AccountContext, deviceUdf: string, change: MemberChange): readonly CommandGrant[] {
  const { without, with: changed } = change;
  const known = context.directory.withRole("command").filter(({ udf }) => udf !== without && udf !== changed?.udf);
  const grants = [...known, ...(changed ? [changed] : [])]
    .sort((a, b) => Number(isAdministrator(b)) - Number(isAdministrator(a)) || (a.udf < b.udf ? -1 : 1))
    .flatMap((member) => grantOf(member, deviceUdf));
  if (grants.length > mostGrants) context.ports.log.warn("delegation.full", { device: deviceUdf, grants: grants.length, most: mostGrants });
  return grants.slice(0, mostGrants);
}

function isAdministrator({ connection: { Roles } }: Member): boolean {
  return Roles.includes("admin") || Roles.includes("super");
}

/** What a connection lets its device tell another one. A hub has no command key: its word is not to open anything. */
function grantOf({ udf, connection }: Member, deviceUdf: string): readonly CommandGrant[] {
  const { Roles, Command25519, Capabilities = [] } = connection;
  if (!Command25519 || !Roles.includes("command") || Roles.includes("hub")) return [];
  const limits = Capabilities.filter(({ tag }) => tag === "CapabilityCommand").map(({ value }) => value);
  const own = limits.filter(({ DeviceUdf }) => DeviceUdf?.includes(deviceUdf) ?? true);
  if (limits.length > 0 && own.length === 0) return [];
  const isFree = limits.length === 0 || own.some(({ Commands }) => Commands === undefined);
  return [{ Udf: udf, Command25519, ...(isFree ? {} : { Commands: [...new Set(own.flatMap(({ Commands = [] }) => Commands))].sort() }) }];
}

/** Which devices judge, by the description that was looked at. */
const judging = new WeakMap<AccountContext, Map<string, { readonly body: Uint8Array; readonly judges: boolean }>>();

/** The devices of the account that judge orders themselves. A description that does not verify says nothing. */
function judgingDevices(context: AccountContext): readonly CatalogedDevice[] {
  const known = judging.get(context) ?? new Map();
  judging.set(context, known);
  return context.list(deviceCatalog).flatMap(({ key, value }) => {
    const { Constrained: isConstrained = false, EnvelopedDevicePreconfigurationPublic: enveloped } = value;
    if (!isConstrained || !enveloped) return [];
    let looked = known.get(key);
    if (!looked || !equalBytes(looked.body, enveloped.body)) {
      looked = { body: enveloped.body, judges: judges(context, value) };
      known.set(key, looked);
    }
    return looked.judges ? [value] : [];
  });
}

function judges(context: AccountContext, entry: CatalogedDevice): boolean {
  try {
    const description = ownDescription(entry);
    return description !== undefined && judgesOrders(description);
  } catch (error) {
    context.ports.log.warn("delegation.undescribed", { device: entry.DeviceUdf, reason: asMeshError(error).message });
    return false;
  }
}

/** Devices that take orders of this one, and go on with it until their hub has brought them a delegation without it. */
export function devicesObeying(context: AccountContext, deviceUdf: string): readonly string[] {
  return judgingDevices(context).flatMap(({ DeviceUdf, EnvelopedDelegation: known }) =>
    known && peekObject(Delegation, known).Grants.some(({ Udf }) => Udf === deviceUdf) ? [DeviceUdf] : [],
  );
}

/** The changes of MMM_Device that keep every delegation true, for a Transact with what changes. Errors: ERR_NOT_AUTHORIZED. */
export function delegationWrites(context: AccountContext, change: MemberChange = {}): readonly CatalogWrite[] {
  return judgingDevices(context).flatMap((entry): readonly CatalogWrite[] => {
    if (entry.DeviceUdf === change.without || renewed(context, entry, change) === entry.EnvelopedDelegation) return [];
    return [
      edit(deviceCatalog, entry.DeviceUdf, (now) => {
        const EnvelopedDelegation = now && renewed(context, now, change);
        return now && { ...now, ...(EnvelopedDelegation ? { EnvelopedDelegation } : {}) };
      }),
    ];
  });
}

/** The delegation for the connection of an entry; that of before where the entry does not say which that is. */
function renewed(context: AccountContext, entry: CatalogedDevice, change: MemberChange): Enveloped<Delegation> | undefined {
  const contribution = contributionOf(context, entry);
  return contribution ? delegationFor(context, { ...entry, contribution }, change) : entry.EnvelopedDelegation;
}

/** What the device has made for its connection. One that cannot be read says nothing, and stops nothing of what changes beside it. */
function contributionOf(context: AccountContext, { DeviceUdf: device, EnvelopedDeviceContribution: enveloped }: CatalogedDevice) {
  if (!enveloped) return undefined;
  try {
    const contribution = peekObject(DeviceContribution, enveloped);
    publicKeyOf(contribution.Link25519);
    return contribution;
  } catch (error) {
    context.ports.log.warn("delegation.unreadable", { device, reason: asMeshError(error).message });
    return undefined;
  }
}

/** Makes good what is missing. Errors: those of the service. @returns the devices that got a new delegation */
export async function renewDelegations(context: AccountContext): Promise<readonly string[]> {
  const catalogs = delegationWrites(context);
  if (catalogs.length > 0) await context.transact({ catalogs });
  return catalogs.map(({ key }) => key);
}
