/**
 * Gives a full-size device other keys, or other roles and the keys that these grant: a new ActivationAccount of the next Version, in its device
 * entry and, sealed to it alone, in its Access entry. The device takes it at its next sync. Its overlay keys stay, so that what it signed stays
 * its own; the connection is signed anew only when the roles change. extensions §5-6.
 */
import { dateTime } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import type { PrivateKey, PublicKey } from "../../crypto/index.ts";
import type { AccessCapability, CatalogedAccess, CatalogedDevice, CatalogedPower, CatalogLabel, Head, HeldKey, Role } from "../../schema/index.ts";
import {
  accessCatalog,
  ConnectionDevice,
  ConnectionHub,
  capabilityKey,
  catalogAdministrators,
  deviceCatalog,
  envelopeObject,
  isCatalog,
  isRole,
  isSpool,
  keyDataOf,
  mayWriteCatalog,
  powerCatalog,
  publicKeyOf,
  speaksForAccount,
  verifyObject,
} from "../../schema/index.ts";
import type { NamedSplit } from "../connect/activate.ts";
import { accessOf, activationAccount, commandCapability, granteeOf, namedSplits } from "../connect/activate.ts";
import type { Authority, Grant } from "../connect/grant.ts";
import { handedTo, heldKeys, resourcesOf } from "../connect/grant.ts";
import type { AccountContext } from "../context/account-context.ts";
import { authorityOf } from "../context/administrator.ts";
import type { DirectoryEntry } from "../context/device-directory.ts";
import { withdrawnPowers } from "../power/withdraw.ts";
import { drawnNames, keyRules, numberInForce } from "../removal/drawn-names.ts";
import type { CatalogWrite } from "../store/edit.ts";
import { edit } from "../store/edit.ts";
import { everyKeyFor, givenKeys } from "./given-keys.ts";

/** Whom to give what. */
export interface ReissueOptions {
  readonly deviceUdf: string;
  /** Its roles from then on; those that it has when absent. */
  readonly roles?: readonly Role[];
  /** Its command key, where the connection that it has names none. */
  readonly command25519?: PublicKey;
  /** Stores of which the role `threshold` gets a share alone; those that it has a share of when absent. */
  readonly sharedStores?: readonly CatalogLabel[];
  /** What is handed on, of which the device gets what its roles grant: of a store, every key that is given. What this device holds when absent. */
  readonly authority?: Authority;
}

interface Reissued {
  readonly device: CatalogedDevice;
  readonly access: CatalogedAccess;
  readonly powers: readonly CatalogedPower[];
}

/**
 * The changes of MMM_Device and MMM_Access that reissue a device's activation, for a Transact with whatever belongs to it. They must be the only
 * ones of that device's entries in it. What it holds as shares is dealt anew: the former shares of the service are withdrawn. After a Conflict the
 * changes follow the newest entries.
 * Errors: ERR_NOT_FOUND, ERR_NOT_AUTHORIZED when this device is no administrator; when they are applied ERR_NOT_FOUND for a device that was
 * removed meanwhile, ERR_NOT_AUTHORIZED when it would lose a key that is not to be handed on here, ERR_CONFLICT when another administrator has
 * given it another key of the same store and KeyEpoch.
 */
export function reissue(context: AccountContext, options: ReissueOptions): readonly CatalogWrite[] {
  const { deviceUdf, authority: whole = authorityOf(context) } = options;
  const authority = options.roles === undefined ? handedTo(context, deviceUdf, whole) : whole;
  const { connection } = connectionOf(context, deviceUdf);
  const accessKey = connection.Authentication.Udf;
  const grant = grantOf(context, { ...options, connection });
  const split = namedSplits(authority, grant, context.ports.random);
  let last: { readonly of: Omit<Reissued, "powers">; readonly made: Reissued } | undefined;
  // Both entries hold the same new activation, however often the changes are asked for.
  const made = (): Reissued => {
    const device = context.get(deviceCatalog, deviceUdf);
    const access = context.get(accessCatalog, accessKey);
    if (!device || !access?.Capability.value.Active) throw new MeshError("ERR_NOT_FOUND", `the device ${deviceUdf} was removed from the account`);
    if (last?.of.device !== device || last.of.access !== access) {
      const entry = connectionOf(context, deviceUdf);
      const capability = access.Capability.value;
      last = { of: { device, access }, made: make({ context, authority, device, capability, entry, wanted: options, grant, split }) };
    }
    return last.made;
  };
  return [
    edit(deviceCatalog, deviceUdf, () => made().device),
    edit(accessCatalog, accessKey, () => made().access),
    ...withdrawnPowers(context, granteeOf(connection)),
    ...split.map(({ id }, at) => edit(powerCatalog, capabilityKey(id), () => made().powers[at])),
  ];
}

/** What the device is to be given: of shared stores what it has, as its Access entry says. */
function grantOf(context: AccountContext, options: ReissueOptions & { readonly connection: ConnectionDevice }): Grant {
  const { roles = options.connection.Roles.filter(isRole), connection } = options;
  const keys = context.get(accessCatalog, connection.Authentication.Udf)?.Capability.value.Activation?.Keys ?? [];
  const stores = options.sharedStores ?? keys.flatMap(({ Resource, Shared }) => (Shared && isCatalog(Resource) ? [Resource] : []));
  return { roles, sharedStores: [...new Set(stores)] };
}

function connectionOf(context: AccountContext, deviceUdf: string): DirectoryEntry {
  const entry = context.directory.find(deviceUdf);
  if (!entry) throw new MeshError("ERR_NOT_FOUND", `no device ${deviceUdf}`, { hint: "see 'meshman device list'" });
  if (publicKeyOf(entry.connection.Encryption).curve !== "X448") throw new MeshError("ERR_USAGE", `${deviceUdf} lives behind a hub: it has no roles`);
  return entry;
}

function make(options: {
  readonly context: AccountContext;
  readonly authority: Authority;
  readonly device: CatalogedDevice;
  readonly capability: AccessCapability;
  readonly entry: DirectoryEntry;
  readonly wanted: ReissueOptions;
  readonly grant: Grant;
  readonly split: readonly NamedSplit[];
}): Reissued {
  const { context, authority, device, capability, entry, wanted, grant, split } = options;
  const { clock, random } = context.ports;
  const { signature } = authority.administrator;
  const former = entry.connection.Roles.filter(isRole);
  const { roles } = grant;
  requireAll(context, authority, roles, capability);
  const isSame = roles.length === former.length && roles.every((role) => former.includes(role));
  if (!isSame && !wanted.roles) throw new MeshError("ERR_CONFLICT", `another administrator has changed the roles of ${device.DeviceUdf}`);
  const { Capabilities: _capabilities, ...kept } = entry.connection;
  const granted: ConnectionDevice = isSame ? entry.connection : { ...kept, Roles: roles, ...commandCapability(roles) };
  const connection = wanted.command25519 ? { ...granted, Command25519: keyDataOf(wanted.command25519) } : granted;
  const isInForce = connection === entry.connection && entry.signedBy === signature.public.udf;
  const activation = activationAccount({
    authority,
    grant,
    split,
    version: (capability.Activation?.Version ?? 1) + 1,
    connection,
    random,
  });
  const { EnvelopedActivationSuper: _seed, EndedRights: _ended, ...rest } = device;
  const ended = endedRights(context, { device, former, roles });
  const next: CatalogedDevice = {
    ...rest,
    Updated: dateTime(clock.now()),
    EnvelopedProfileUser: authority.profileEnvelope,
    ...(isInForce
      ? {}
      : { EnvelopedConnectionDevice: envelopeObject({ struct: ConnectionDevice, value: connection, signers: [signature], random }) }),
    ...(isInForce ? {} : limitSignedAnew(context, device, signature)),
    EnvelopedActivationAccount: activation.envelope,
    ...keptSeed(authority, device, { former, roles }),
    ...(ended.length === 0 ? {} : { EndedRights: ended }),
    ...(former.includes("super") && !roles.includes("super") ? { HeldSeed: true } : {}),
  };
  const endedKeys = endedKeysOf(context, { capability, former, roles, now: heldKeys(authority, grant) });
  const access = accessOf({ device: next, connection, activation: activation.summary, endedKeys, signature, random });
  return { device: next, access, powers: activation.powers };
}

/** The time limit of a hub stays what it was. */
function limitSignedAnew(
  { profile, ports }: AccountContext,
  { EnvelopedConnectionHub: limit }: CatalogedDevice,
  signature: PrivateKey,
): Pick<CatalogedDevice, "EnvelopedConnectionHub"> {
  if (!limit) return {};
  const { value } = verifyObject(ConnectionHub, limit, catalogAdministrators(profile));
  return { EnvelopedConnectionHub: envelopeObject({ struct: ConnectionHub, value, signers: [signature], random: ports.random }) };
}

/** Keys that the device was given and that its roles grant no more, or grant as shares alone: it may have kept them. */
function endedKeysOf(
  context: AccountContext,
  {
    capability,
    former,
    roles,
    now,
  }: { readonly capability: AccessCapability; readonly former: readonly Role[]; readonly roles: readonly Role[]; readonly now: readonly HeldKey[] },
): readonly HeldKey[] {
  const isSharedNow = ({ Resource, Udf }: HeldKey): boolean => now.some((key) => key.Shared && key.Resource === Resource && key.Udf === Udf);
  const granted = new Set(resourcesOf(roles));
  const drawn = granted.has("AdministratorEncryption") ? [] : everyKeyFor(context, former);
  const isOver = (key: HeldKey): boolean => !granted.has(key.Resource) || (!key.Shared && isSharedNow(key));
  // What is not in force yet is not to be any more, also of what it may read: an administrator could have made it.
  const isLater = ({ Resource, KeyEpoch }: HeldKey): boolean => KeyEpoch > numberInForce(context, Resource);
  const keys = [
    ...[...(capability.EndedKeys ?? []), ...drawn].filter((key) => isOver(key) || isLater(key)),
    ...givenKeys(context, capability, former).filter(isOver),
  ];
  return keys.filter(({ Udf }, at) => keys.findIndex((other) => other.Udf === Udf) === at);
}

/** Nobody loses a key because another administrator wrote than the one who has it, and a store has one key in each KeyEpoch. */
function requireAll(context: AccountContext, authority: Authority, roles: readonly Role[], capability: AccessCapability): void {
  const ours = heldKeys(authority, { roles });
  for (const { Resource, KeyEpoch, Udf } of keptKeys(context, roles, capability)) {
    if (isCatalog(Resource) && ours.some((key) => key.Resource === Resource && key.KeyEpoch === KeyEpoch && key.Udf !== Udf))
      throw new MeshError("ERR_CONFLICT", `another administrator has made the key of ${Resource}`, { hint: "synchronise, then try again" });
  }
  const lacking = lackingKey(context, { authority, roles, capability });
  if (lacking === undefined) return;
  if (drawnNames(context).some(({ Udf }) => Udf === lacking.Udf))
    throw new MeshError("ERR_CONFLICT", "another administrator is changing the keys of the account", { hint: "synchronise, then try again" });
  throw new MeshError("ERR_NOT_AUTHORIZED", `this device does not hold the key of ${lacking.Resource}, which the other one would lose`, {
    hint: "use the administration device that made the account",
  });
}

/** A key that a device would lose by what an administrator has to hand on; undefined when there is none. */
export function lackingKey(
  context: AccountContext,
  { authority, roles, capability }: { readonly authority: Authority; readonly roles: readonly Role[]; readonly capability: AccessCapability },
): HeldKey | undefined {
  const ours = heldKeys(authority, { roles });
  return keptKeys(context, roles, capability).find((held) => !ours.some((key) => key.Resource === held.Resource && key.KeyEpoch >= held.KeyEpoch));
}

/** What a device holds and roles grant, but for keys that will never be in force. */
function keptKeys(context: AccountContext, roles: readonly Role[], { Activation }: AccessCapability): readonly HeldKey[] {
  const granted = new Set(resourcesOf(roles));
  const { isDead } = keyRules(context);
  return (Activation?.Keys ?? []).filter((key) => granted.has(key.Resource) && !isDead(key));
}

/** Where a device may not write any more, and spools where it closes messages no more as it did: what it wrote until now stays believed. */
function endedRights(
  context: AccountContext,
  { device, former, roles }: { readonly device: CatalogedDevice; readonly former: readonly Role[]; readonly roles: readonly Role[] },
): readonly Head[] {
  const ends = (label: string): boolean => isCatalog(label) && mayWriteCatalog(former, label) && !mayWriteCatalog(roles, label);
  const hasLess = (former.includes("admin") && !roles.includes("admin")) || (speaksForAccount(former) && !speaksForAccount(roles));
  const isOver = (label: string): boolean => (isCatalog(label) ? !mayWriteCatalog(roles, label) : !roles.includes("admin") && !hasLess);
  const before = (device.EndedRights ?? []).filter(({ Store }) => isOver(Store));
  const now = context.heads().filter(({ Store }) => ends(Store) || (hasLess && isSpool(Store)));
  return [...before, ...now.map(({ Apex: _apex, ...head }) => head)];
}

/** An administrator without the seed leaves it where it is sealed to a device of role `super`, and grants that role to nobody. */
function keptSeed(
  { accountSeed }: Authority,
  device: CatalogedDevice,
  { former, roles }: { readonly former: readonly Role[]; readonly roles: readonly Role[] },
): Pick<CatalogedDevice, "EnvelopedActivationSuper"> {
  if (!roles.includes("super") || accountSeed !== undefined) return {};
  const kept = former.includes("super") ? (device.EnvelopedActivationSuper ?? device.EnvelopedActivationAccount) : undefined;
  if (!kept) throw new MeshError("ERR_NOT_AUTHORIZED", "this device does not hold the seed of the account, so it cannot grant the role super");
  return { EnvelopedActivationSuper: kept };
}
