/**
 * A group's key, made by an administrator's machine together with the group's service: each has a part of it, and nobody the whole (threshold-06
 * §4.4). Its public half is AccountEncryption in the group's profile. docs/extensions.md §17.
 */
import { isMeshError, MeshError } from "../../base/errors.ts";
import type { PublicKey } from "../../crypto/index.ts";
import { addPublic, generateScalarKey, jointKey, newNonce, provePossession } from "../../crypto/index.ts";
import { generateContext } from "../../protocol/index.ts";
import type { CatalogedGroupKey, CatalogedMember, CatalogedPower, Enveloped, ServicedShare } from "../../schema/index.ts";
import {
  CapabilityKeyGenerate,
  capabilityKey,
  envelopeObject,
  GroupKeyWord,
  groupKeyCatalog,
  groupKeyEntry,
  groupKeyName,
  keyDataOf,
  memberCatalog,
  memberKey,
  nextGroupKeyCatalog,
  nextGroupKeyEntry,
  powerCatalog,
  privateKeyDataOf,
  privateKeyOf,
  publicKeyOf,
  verifyObject,
} from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { resultOf } from "../power/power-client.ts";
import { publishKeys } from "../removal/reissue-profile.ts";
import type { CatalogWrite } from "../store/edit.ts";
import { edit, editOwn, put, remove } from "../store/edit.ts";
import { onNewest, unless } from "./on-newest.ts";

const curve = "X448";

/** A key whose two parts are there. */
export type MadeGroupKey = CatalogedGroupKey & Required<Pick<CatalogedGroupKey, "Service">>;

/** Where a key stands while it is made. */
interface Place {
  readonly catalog: typeof groupKeyCatalog;
  readonly entry: string;
}
const inForce: Place = { catalog: groupKeyCatalog, entry: groupKeyEntry };
const next: Place = { catalog: nextGroupKeyCatalog, entry: nextGroupKeyEntry };

/**
 * Makes the key, or goes on where an earlier run stopped, in the middle of a renewal too: each step is on the disk of the service before the next one
 * begins, and nothing is published before both parts are kept. A key that is neither in the profile nor vouched for by the group's root is renewed: any
 * administrator writes these entries. Errors: ERR_VERIFICATION for a service's part that it does not have; those of the service.
 */
export async function makeGroupKey(group: AccountContext): Promise<PublicKey> {
  const found = group.get(inForce.catalog, inForce.entry);
  const isSpoilt = found === undefined ? (group.profile.Version ?? 0) > 0 : found.Service !== undefined && !isVouched(group, found);
  const isReplaced = isSpoilt || group.get(next.catalog, next.entry) !== undefined;
  return isReplaced ? renewGroupKey(group) : publish(group, await madeIn(group, inForce));
}

/**
 * Puts another key in the place of the group's, made like the first one; what deals shares of the former key ends, the shares that members have stay.
 * Goes on where an earlier run stopped, and with what another machine makes in the same moment: all of them come to one key.
 * Errors: ERR_NOT_FOUND while there is none to renew; ERR_CONFLICT when others are first again and again; those of makeGroupKey.
 */
export async function renewGroupKey(group: AccountContext): Promise<PublicKey> {
  const before = formerKey(group)?.PowerId;
  return onNewest(
    group,
    () => renewOnce(group),
    () => {
      const now = usable(group.get(inForce.catalog, inForce.entry));
      return now && now.PowerId !== before && isNamed(group, now) && !group.get(next.catalog, next.entry) ? jointOf(now) : undefined;
    },
  );
}

async function renewOnce(group: AccountContext): Promise<PublicKey> {
  const former = formerKey(group);
  const found = usable(former);
  const formerUdf = found ? jointOf(found).udf : group.profile.AccountEncryption.Udf;
  const made = await madeIn(group, next);
  const joint = await publish(group, made);
  // Of before keys were counted: their shares are of the former one.
  const named = members(group).filter(({ KeyUdf }) => KeyUdf === undefined);
  const parts = dealtParts(group);
  await group.transact({
    catalogs: [
      editOwn(groupKeyCatalog, groupKeyEntry, (current) => (current?.PowerId === made.PowerId ? current : only(current, former, made))),
      editOwn(next.catalog, next.entry, (current) => (current?.PowerId === made.PowerId ? undefined : current)),
      ...parts.map((part) => remove(groupKeyCatalog, groupKeyName(part))),
      ...[...(former ? [former] : []), ...parts].flatMap(({ PowerId }) => (PowerId === made.PowerId ? [] : [ended(PowerId)])),
      ...named.map(({ ContactAddress = "" }) =>
        edit(memberCatalog, memberKey(ContactAddress), (current) => current && { ...current, KeyUdf: current.KeyUdf ?? formerUdf }),
      ),
    ],
  });
  return joint;
}

/** What another machine has begun with the service nobody else can go on with, and what the root does not vouch for nobody may: it is begun anew. */
async function madeIn(group: AccountContext, place: Place): Promise<MadeGroupKey> {
  const found = group.get(place.catalog, place.entry);
  const isGoodFor = (key: CatalogedGroupKey): boolean => isVouched(group, key) && !(place === next && isInForce(group, key));
  const begun = found && (found.Service || isOwn(group, found)) && isGoodFor(found) ? found : await begin(group, place, found);
  return begun.Service ? { ...begun, Service: begun.Service } : complete(group, begun, place);
}

async function publish(group: AccountContext, made: MadeGroupKey): Promise<PublicKey> {
  const joint = jointOf(made);
  if (!isNamed(group, made)) {
    await publishKeys(group, new Map([["AccountEncryption", joint]]));
    await group.sync();
  }
  return joint;
}

function isNamed({ profile }: AccountContext, made: MadeGroupKey): boolean {
  return profile.AccountEncryption.Udf === jointOf(made).udf;
}

/** The group's key as its profile has it, or what a machine with the root makes to take its place: nothing else is published. */
function isVouched(group: AccountContext, key: CatalogedGroupKey): boolean {
  const { Service, EnvelopedWord } = key;
  try {
    if (Service && isNamed(group, { ...key, Service })) return true;
    if (!EnvelopedWord) return false;
    const { value: said } = verifyObject(GroupKeyWord, EnvelopedWord, [publicKeyOf(group.profile.ProfileSignature)]);
    const expected = wordOn(group, key);
    return (["GroupUdf", "FormerUdf", "PowerId", "OwnUdf", "ServiceUdf"] as const).every((member) => said[member] === expected[member]);
  } catch (error) {
    if (!isMeshError(error)) throw error;
    return false;
  }
}

/** True for a copy of the key in force: whatever name it has, it is no other key. */
function isInForce(group: AccountContext, key: CatalogedGroupKey): boolean {
  const [known, found] = [usable(group.get(inForce.catalog, inForce.entry)), usable(key)];
  return known !== undefined && found !== undefined && jointOf(known).udf === jointOf(found).udf;
}

/** The entry in force, whatever is in it; undefined where something else stands in its place. Errors: ERR_NOT_FOUND while no key was made. */
function formerKey(group: AccountContext): CatalogedGroupKey | undefined {
  const found = group.get(inForce.catalog, inForce.entry);
  // The first Version of the profile has no key that anybody could renew.
  return found?.Service === undefined && (group.profile.Version ?? 0) === 0 ? madeKey(group) : found;
}

/** A key whose two parts can be added; undefined for what is not whole, or none. */
function usable(key: CatalogedGroupKey | undefined): MadeGroupKey | undefined {
  if (!key?.Service) return undefined;
  const made = { ...key, Service: key.Service };
  try {
    jointOf(made);
    return made;
  } catch (error) {
    if (!isMeshError(error)) throw error;
    return undefined;
  }
}

/** Errors: ERR_NOT_AUTHORIZED without the group's root key. */
function vouchedFor(group: AccountContext, key: CatalogedGroupKey): CatalogedGroupKey {
  const { profileSignature: root } = group.keys;
  if (!root) throw new MeshError("ERR_NOT_AUTHORIZED", `this machine does not hold the root key of ${group.address}`);
  const value = wordOn(group, key);
  return { ...key, EnvelopedWord: envelopeObject({ struct: GroupKeyWord, value, signers: [root], random: group.ports.random }) };
}

function wordOn({ accountUdf, profile }: AccountContext, { PowerId, Own, Service }: CatalogedGroupKey): GroupKeyWord {
  const own = privateKeyOf(Own);
  const { udf: OwnUdf } = own.public;
  own.wipe();
  return {
    GroupUdf: accountUdf,
    FormerUdf: profile.AccountEncryption.Udf,
    PowerId,
    OwnUdf,
    ...(Service ? { ServiceUdf: publicKeyOf(Service).udf } : {}),
  };
}

/** The public half of a group's key. */
export function jointOf({ Own, Service }: MadeGroupKey): PublicKey {
  const own = privateKeyOf(Own);
  const joint = addPublic(own.public, publicKeyOf(Service));
  own.wipe();
  return joint;
}

/** The members by address. */
export function members(group: AccountContext): readonly CatalogedMember[] {
  const address = ({ ContactAddress = "" }: CatalogedMember): string => ContactAddress;
  return group
    .list(memberCatalog)
    .map(({ value }) => value)
    .sort((a, b) => (address(a) < address(b) ? -1 : 1));
}

/** The parts of the key that were dealt to further machines. */
export function dealtParts(group: AccountContext): readonly CatalogedGroupKey[] {
  return group
    .list(groupKeyCatalog)
    .map(({ value }) => value)
    .filter(({ DeviceUdf }) => DeviceUdf !== undefined);
}

function isOwn(group: AccountContext, { PowerId }: CatalogedGroupKey): boolean {
  const power = group.get(powerCatalog, capabilityKey(PowerId))?.Capability;
  return power?.tag === "CapabilityKeyGenerate" && power.value.GranteeUdf === group.identity.base.link448.public.udf;
}

/** True for the machine that made the key in force, by its link key. */
export function isMaker(group: AccountContext, linkUdf: string): boolean {
  const power = group.get(powerCatalog, capabilityKey(madeKey(group).PowerId))?.Capability;
  return power?.tag === "CapabilityKeyGenerate" && power.value.GranteeUdf === linkUdf;
}

function ended(Id: string): CatalogWrite {
  const nothing: CatalogedPower = { Capability: { tag: "NullCapability", value: { Id } } };
  // What any administrator has written as its name ends no power of another kind.
  return edit(powerCatalog, capabilityKey(Id), (current) =>
    current === undefined || current.Capability.tag === "CapabilityKeyGenerate" ? nothing : current,
  );
}

/**
 * This machine's part of the group's key, of which it deals. Errors: ERR_NOT_FOUND when the key's making was not finished; ERR_NOT_AUTHORIZED while no
 * part was dealt to this machine.
 */
export function groupKeyOf(group: AccountContext): MadeGroupKey {
  const made = madeKey(group);
  const { Service, ...own } = group.get(groupKeyCatalog, groupKeyName({ DeviceUdf: group.deviceUdf })) ?? made;
  const part = { ...own, Service: Service ?? made.Service };
  if (isOwn(group, part) && jointOf(part).udf === jointOf(made).udf) return part;
  throw new MeshError("ERR_NOT_AUTHORIZED", `this machine has no part yet of the key of ${group.address}`, {
    hint: `run 'meshman group sync ${group.address}' on a machine that administers it already, or renew the key: 'meshman group rekey ${group.address}'`,
  });
}

/** Lets a Transact hold only while the group has the key of now. */
export function whileInForce(group: AccountContext): CatalogWrite {
  const { PowerId } = madeKey(group);
  return unless(groupKeyCatalog, groupKeyEntry, (current) => current?.PowerId !== PowerId);
}

function madeKey(group: AccountContext): MadeGroupKey {
  const key = group.get(groupKeyCatalog, groupKeyEntry);
  if (key?.Service === undefined)
    throw new MeshError("ERR_NOT_FOUND", `the key of ${group.address} was not made yet`, {
      hint: `run 'meshman group create ${group.address}' again`,
    });
  return { ...key, Service: key.Service };
}

async function begin(group: AccountContext, place: Place, former?: CatalogedGroupKey): Promise<CatalogedGroupKey> {
  const { key, writes } = beginning(group, place, (current, made) => only(current, former, made));
  const isNeeded = place === next && former?.PowerId === group.get(inForce.catalog, inForce.entry)?.PowerId;
  await group.transact({ catalogs: [...writes, ...(former && !isNeeded ? [ended(former.PowerId)] : [])] });
  return key;
}

/** @param take what stands there in the end: the key that is made, or what another machine has put there */
function beginning(
  group: AccountContext,
  { catalog, entry }: Place,
  take: (current: CatalogedGroupKey | undefined, made: CatalogedGroupKey) => CatalogedGroupKey,
): { readonly key: CatalogedGroupKey; readonly writes: readonly CatalogWrite[] } {
  const { random } = group.ports;
  const own = generateScalarKey(curve, random);
  const key = vouchedFor(group, { PowerId: newNonce(random), Own: privateKeyDataOf(own) });
  own.wipe();
  return {
    key,
    writes: [editOwn(catalog, entry, (current) => take(current, key)), keyPower(group.identity.base.link448.public.udf, key.PowerId)],
  };
}

/** True for a machine that renews the group's key: it takes the group's root key to publish another. */
export function mayRenew(group: AccountContext): boolean {
  return group.keys.profileSignature !== undefined;
}

/** What begins a renewal, for a Transact with the reason for it: whatever becomes of this program, the next command goes on with it. Nothing where one has begun. */
export function renewalBegun(group: AccountContext): readonly CatalogWrite[] {
  return group.get(next.catalog, next.entry) ? [] : beginning(group, next, (current, made) => current ?? made).writes;
}

/** What the service does for a machine, by its link key: first make its part, then deal shares of it. */
export function keyPower(GranteeUdf: string, Id: string, share?: Enveloped<ServicedShare>): CatalogWrite {
  const value: CapabilityKeyGenerate = {
    Id,
    Active: true,
    GranteeUdf,
    Resource: "AccountEncryption",
    Curves: share ? [] : [curve],
    ...(share ? { EnvelopedKeyShare: share } : {}),
  };
  return put(powerCatalog, { Capability: { tag: CapabilityKeyGenerate.tag as "CapabilityKeyGenerate", value } });
}

async function complete(group: AccountContext, begun: CatalogedGroupKey, { catalog, entry }: Place): Promise<MadeGroupKey> {
  const { PowerId: KeyId, Own } = begun;
  const { random } = group.ports;
  const own = privateKeyOf(Own);
  try {
    const context = generateContext({ accountUdf: group.accountUdf, keyId: KeyId, shareId: KeyId });
    const Proof = provePossession(own, { context, random });
    const value = { KeyId, Curve: curve, ShareId: KeyId, Contribution: keyDataOf(own.public), Proof } as const;
    const [made] = await group.powers.operate([{ tag: "CryptographicOperationGenerate", value }]);
    const theirs = resultOf(made, "CryptographicResultGenerate");
    const service = publicKeyOf(theirs.Contribution);
    jointKey(
      [
        { name: "account", key: own.public, proof: Proof },
        { name: "service", key: service, proof: theirs.Proof },
      ],
      context,
    );
    const Service = keyDataOf(service);
    const key = { ...vouchedFor(group, { ...begun, Service }), Service };
    await group.transact({
      catalogs: [
        keyPower(group.identity.base.link448.public.udf, KeyId, theirs.EnvelopedKeyShare),
        editOwn(catalog, entry, (current) => only(current, begun, key)),
      ],
    });
    return key;
  } finally {
    own.wipe();
  }
}

/** An entry in the place of the one that it was made from, and of no other. Errors: ERR_CONFLICT. */
function only(current: CatalogedGroupKey | undefined, expected: CatalogedGroupKey | undefined, key: CatalogedGroupKey): CatalogedGroupKey {
  if (current?.PowerId === expected?.PowerId && (current?.Service === undefined) === (expected?.Service === undefined)) return key;
  throw new MeshError("ERR_CONFLICT", "another machine renews the key of the group");
}
