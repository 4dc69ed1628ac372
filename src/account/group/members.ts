/**
 * Members of a group. Each has a share of the group's key of his own, m, and the service one that completes it, s + (a - m), under an entry that names
 * the member: it is used while the entry is there. Shares of two members do not fit together. schema-08 §7; docs/extensions.md §17.
 */
import { dateTime, fromDateTime } from "../../base/clock.ts";
import { isMeshError, MeshError } from "../../base/errors.ts";
import type { PrivateKey } from "../../crypto/index.ts";
import { addPublic, deal, newNonce } from "../../crypto/index.ts";
import type { ActivationShare, CatalogedMember, CatalogedPower, Enveloped, GroupMembership, ProfileUser, ServicedShare } from "../../schema/index.ts";
import {
  CapabilityDecryptServiced,
  capabilityKey,
  envelopeObject,
  GroupMembership as GroupMembershipStruct,
  keyDataOf,
  memberCatalog,
  memberKey,
  powerCatalog,
  privateKeyOf,
  publicKeyOf,
} from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { administratorOf } from "../context/administrator.ts";
import { resultOf } from "../power/power-client.ts";
import type { CatalogWrite } from "../store/edit.ts";
import { edit, put } from "../store/edit.ts";
import { groupKeyOf, jointOf, makeGroupKey, mayRenew, members, renewalBegun, whileInForce } from "./group-key.ts";
import { changed, onNewest } from "./on-newest.ts";

/** What a member is given, with the group's word that it is his. */
export interface DealtMembership {
  readonly share: ActivationShare;
  readonly membership: Enveloped<GroupMembership>;
  readonly dealt: string;
}

/** Who is to be a member. */
interface Member {
  readonly address: string;
  readonly udf: string;
}

/** Members of one group. */
const mostMembers = 256;

/** Former keys of which a member keeps his share: what is older opens for nobody any more. */
export const mostFormerShares = 32;

/** Operations of one member. */
const rates = { PerMinute: 600, PerDay: 20_000 } as const;

/**
 * Deals a member his share. Who is a member already gets another one, and the former is withdrawn in the same commit.
 * @param isKnown he has to be one already: whom another machine has removed meanwhile does not come back
 * Errors: ERR_QUOTA beyond `mostMembers`; ERR_NOT_FOUND for who has to be a member and is none; ERR_NOT_AUTHORIZED without the group's administrator
 * keys; ERR_CONFLICT when others are first again and again; those of the service.
 */
export function dealMembership(
  group: AccountContext,
  member: Member,
  { isKnown = false }: { readonly isKnown?: boolean } = {},
): Promise<DealtMembership> {
  return onNewest(group, () => dealOnce(group, member, isKnown));
}

async function dealOnce(group: AccountContext, { address, udf }: Member, isKnown: boolean): Promise<DealtMembership> {
  const { random, clock } = group.ports;
  const administrator = administratorOf(group);
  // A renewal that was cut off comes first.
  await makeGroupKey(group);
  const key = groupKeyOf(group);
  const { udf: KeyUdf } = jointOf(key);
  const known = members(group);
  const former = known.find(({ ContactAddress }) => ContactAddress === address);
  if (!former && isKnown) throw noMember(group, address);
  if (!former && known.length >= mostMembers) throw new MeshError("ERR_QUOTA", `a group has at most ${mostMembers} members`);
  const own = privateKeyOf(key.Own);
  const [member, delta] = deal({ secret: own, parties: 2, random }) as [PrivateKey, PrivateKey];
  try {
    const id = newNonce(random);
    const service = publicKeyOf(key.Service);
    const share = shareOf(id, { whole: addPublic(own.public, service), member, counterpart: addPublic(service, delta.public) });
    const sealed = await dealAtService(group, { KeyId: key.PowerId, ShareId: id, Delta: delta.export().Private });
    const dealt = dealtAfter(former, clock.now());
    const said: GroupMembership = {
      GroupUdf: group.accountUdf,
      MemberUdf: udf,
      ServiceId: id,
      Key: share.Key,
      Share: keyDataOf(member.public),
      Time: dealt,
    };
    await group.transact({
      catalogs: [
        granted({ id, address, udf, sealed }),
        ...replaced(former, KeyUdf).ended.flatMap(withdrawn),
        whileInForce(group),
        asRead(former, address, {
          ContactAddress: address,
          AccountUdf: udf,
          ServiceCapabilityId: id,
          KeyUdf,
          Dealt: dealt,
          ...replaced(former, KeyUdf).kept,
        }),
      ],
    });
    const membership = envelopeObject({ struct: GroupMembershipStruct, value: said, signers: [administrator.signature], random });
    return { share, membership, dealt };
  } finally {
    for (const part of [own, member, delta]) part.wipe();
  }
}

/** Of two shares the newer counts: another machine's clock may have been ahead. */
function dealtAfter(former: CatalogedMember | undefined, now: number): string {
  const last = former?.Dealt === undefined ? 0 : fromDateTime(former.Dealt) + 1000;
  return dateTime(Math.max(now, last));
}

/** Notes that a member has his share, or that it is on its way to him: until then the list says that it is not. */
export async function noteSent(group: AccountContext, address: string, { share }: DealtMembership): Promise<void> {
  const note = (current: CatalogedMember | undefined): CatalogedMember | undefined =>
    current?.ServiceCapabilityId === share.ServiceId ? { ...current, MemberCapabilityId: share.ServiceId } : current;
  await group.transact({ catalogs: [edit(memberCatalog, memberKey(address), note)] });
}

/**
 * Ends a membership: with the service's answer nothing is decrypted for him any more.
 * @param renew another key of the group begins in the same commit, where this machine may make one. Errors: ERR_NOT_FOUND.
 * @returns whether a renewal has begun, which renewGroup goes on with
 */
export function removeMember(group: AccountContext, address: string, { renew = false }: { readonly renew?: boolean } = {}): Promise<boolean> {
  return onNewest(group, () => removeOnce(group, address, renew));
}

async function removeOnce(group: AccountContext, address: string, renew: boolean): Promise<boolean> {
  const member = group.get(memberCatalog, memberKey(address));
  if (!member) throw noMember(group, address);
  const isRenewed = renew && mayRenew(group);
  const renewal = isRenewed ? renewalBegun(group) : [];
  await group.transact({ catalogs: [...partsOf(member).flatMap(withdrawn), asRead(member, address, undefined), ...renewal] });
  return isRenewed;
}

function noMember(group: AccountContext, address: string): MeshError {
  return new MeshError("ERR_NOT_FOUND", `${address} is no member of ${group.address}`, { hint: `see 'meshman group list ${group.address}'` });
}

/** Takes the place of the entry that was read, and of no other: it says which of the service's parts end. */
function asRead(read: CatalogedMember | undefined, address: string, wanted: CatalogedMember | undefined): CatalogWrite {
  const parts = (member: CatalogedMember | undefined): string => (member ? partsOf(member).join(" ") : "none");
  return edit(memberCatalog, memberKey(address), (current) => {
    if (parts(current) !== parts(read)) throw changed();
    return wanted;
  });
}

/** The service's parts of all his shares. */
function partsOf({ ServiceCapabilityId: id, FormerCapabilityIds: former = [] }: CatalogedMember): readonly string[] {
  return [...former, ...(id === undefined ? [] : [id])];
}

/** What becomes of his parts when he is dealt another share: one of the same key ends, one of a former key is kept. */
function replaced(
  member: CatalogedMember | undefined,
  keyUdf: string,
): { readonly kept: Pick<CatalogedMember, "FormerCapabilityIds">; readonly ended: readonly string[] } {
  if (!member) return { kept: {}, ended: [] };
  const { KeyUdf = keyUdf, FormerCapabilityIds: former = [], ServiceCapabilityId: id } = member;
  const isSame = KeyUdf === keyUdf;
  const parts = isSame ? former : partsOf(member);
  const kept = parts.slice(-mostFormerShares);
  const ended = [...parts.slice(0, -mostFormerShares), ...(isSame && id !== undefined ? [id] : [])];
  return { kept: kept.length > 0 ? { FormerCapabilityIds: kept } : {}, ended };
}

/** A member's account as his profile names it. */
export function memberOf(profile: ProfileUser, address: string): Member {
  return { address, udf: profile.ProfileSignature.Udf };
}

function shareOf(
  id: string,
  { whole, member, counterpart }: { readonly whole: PrivateKey["public"]; readonly member: PrivateKey; readonly counterpart: PrivateKey["public"] },
): ActivationShare {
  const { crv, Private } = member.export();
  return {
    Resource: "AccountEncryption",
    KeyEpoch: 0,
    Key: keyDataOf(whole),
    ServiceId: id,
    Share: { Udf: id, PrivateParameters: { tag: "PrivateKeyECDH", value: { crv, Private } } },
    Counterpart: keyDataOf(counterpart),
  };
}

/** A share of the key at the service: its part and a difference, for another entry. Errors: ERR_CONFLICT when that key was renewed meanwhile; those of the service. */
export async function dealAtService(
  group: AccountContext,
  value: { readonly KeyId: string; readonly ShareId: string; readonly Delta: Uint8Array },
): Promise<Enveloped<ServicedShare>> {
  const [dealt] = await group.powers.operate([{ tag: "CryptographicOperationShare", value }]);
  try {
    return resultOf(dealt, "CryptographicResultShare").EnvelopedKeyShare;
  } catch (error) {
    if (!isMeshError(error, "ERR_NOT_AUTHORIZED")) throw error;
    await group.sync();
    throw group.get(powerCatalog, capabilityKey(value.KeyId))?.Capability.tag === "NullCapability" ? changed() : error;
  }
}

function granted(options: Member & { readonly id: string; readonly sealed: Enveloped<ServicedShare> }): CatalogWrite {
  const { id: Id, address: GranteeAccount, udf: GranteeUdf, sealed: EnvelopedKeyShare } = options;
  const value: CapabilityDecryptServiced = {
    Id,
    Active: true,
    GranteeUdf,
    GranteeAccount,
    Resource: "AccountEncryption",
    ...rates,
    EnvelopedKeyShare,
  };
  return put(powerCatalog, { Capability: { tag: CapabilityDecryptServiced.tag as "CapabilityDecryptServiced", value } });
}

function withdrawn(id: string): readonly CatalogWrite[] {
  const none: CatalogedPower = { Capability: { tag: "NullCapability", value: { Id: id } } };
  return [edit(powerCatalog, capabilityKey(id), () => none)];
}
