/**
 * Takes over what is learnt of another account into the contact catalog: its profile, its contact, and how they came. One root and one
 * address stand in one contact; of two issues of a profile the newer counts, and a contact never moves to another root. extensions §10.
 */
import { equalBytes } from "../../base/bytes.ts";
import { dateTime } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import type { OpenTagged } from "../../codec/index.ts";
import { encodeObject } from "../../codec/index.ts";
import { eitherMember } from "../../dare/index.ts";
import type { ContactPerson, NetworkAddress, ProfileUser, Verified } from "../../schema/index.ts";
import {
  type AnyContact,
  accountAddress,
  CatalogedContact,
  ContactPerson as ContactPersonStruct,
  contactCatalog,
  isNewerProfile,
} from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import type { CatalogWrite } from "../store/edit.ts";
import { edit } from "../store/edit.ts";
import type { AccountName, KnownContact } from "./contact-book.ts";
import { contactOfAccount, demandAccount, knownContact, meshProtocol, profileOf } from "./contact-book.ts";
import { checkedContactName, contactLimits } from "./limit.ts";
import type { Way } from "./trust.ts";
import { strongerWay } from "./trust.ts";

/** What is known of an account now. */
export interface Learnt {
  readonly profile: Verified<ProfileUser>;
  readonly way: Way;
  /** Its contact, signed by it. */
  readonly contact?: Verified<ContactPerson>;
  /** What the owner calls it. */
  readonly localName?: string;
  /** True when this account asks for the contact, false when it came. */
  readonly isRequested?: boolean;
  /** EnvelopeId of the message by which this account's own contact goes out in the same Transact. */
  readonly toldBy?: string | undefined;
}

/** The change of the catalog. Errors, also when it is applied: ERR_VERIFICATION for another root than the pinned one, ERR_QUOTA, ERR_TOO_LARGE. */
export function learn(context: AccountContext, learnt: Learnt): CatalogWrite {
  const { value } = learnt.profile;
  if (learnt.localName !== undefined) checkedContactName(learnt.localName);
  const account = { udf: value.ProfileSignature.Udf, address: accountAddress(value.AccountAddress) };
  const key = contactOfAccount(context, account)?.key ?? account.udf;
  return edit(contactCatalog, key, (current) => {
    const holder = contactOfAccount(context, account);
    if (holder && holder.key !== key) throw new MeshError("ERR_CONFLICT", `another device has changed the contact of ${account.address}`);
    if (current?.Self === true) throw new MeshError("ERR_USAGE", `${account.address} is your own account`);
    demandAccount(context, account);
    if (!current) demandRoom(context.list(contactCatalog).length);
    const wanted = merged(context, current, { learnt, account });
    return current && isSameEntry(current, wanted) ? current : checkedEntry({ ...wanted, Updated: dateTime(context.ports.clock.now()) });
  });
}

/** Refuses one contact too many. @param count contacts that there are. ERR_QUOTA with the figure. */
export function demandRoom(count: number): void {
  if (count >= contactLimits.contacts)
    throw new MeshError("ERR_QUOTA", `an account keeps at most ${contactLimits.contacts} contacts`, {
      hint: "delete some: 'meshman contact delete NAME'",
    });
}

/** An entry that is not too large to be kept. ERR_TOO_LARGE with the figure. */
export function checkedEntry(entry: CatalogedContact): CatalogedContact {
  const { length } = encodeObject(CatalogedContact, entry);
  if (length <= contactLimits.entryOctets) return entry;
  throw new MeshError("ERR_TOO_LARGE", `a contact of ${length} octets, at most ${contactLimits.entryOctets} are kept`);
}

/** True when two entries say the same, at whatever time. */
export function isSameEntry(one: CatalogedContact, other: CatalogedContact): boolean {
  const octets = ({ Updated: _, ...entry }: CatalogedContact): Uint8Array => encodeObject(CatalogedContact, entry);
  return equalBytes(octets(one), octets(other));
}

function merged(
  context: AccountContext,
  current: CatalogedContact | undefined,
  { learnt, account }: { readonly learnt: Learnt; readonly account: AccountName },
): CatalogedContact {
  const known = current && knownContact(current.Key ?? "", current);
  const { contact, localName, isRequested, toldBy } = learnt;
  const held = heldContact(known, learnt, account);
  const told = toldBy !== undefined ? eitherMember(context.profileEnvelope, "PayloadDigest") : undefined;
  const { Requested: before, ...rest } = current ?? {};
  const requested = isRequested ? dateTime(context.ports.clock.now()) : contact ? undefined : before;
  return {
    ...rest,
    Key: current?.Key ?? account.udf,
    Contact: held,
    ...(localName === undefined ? {} : { LocalName: checkedContactName(localName) }),
    ...(requested === undefined ? {} : { Requested: requested }),
    ...(told === undefined || toldBy === undefined ? {} : { Told: told, ToldBy: toldBy }),
  };
}

function heldContact(known: KnownContact | undefined, { profile, way, contact }: Learnt, { udf, address }: AccountName): OpenTagged<AnyContact> {
  const before = known && profileOf(known);
  const newest = before && !isNewerProfile(profile.value, before.value) ? before : profile;
  const own: AnyContact = known?.contact ?? {};
  // What was said under a former profile is not said anew.
  const isOld = before !== undefined && isNewerProfile(before.value, profile.value);
  const theirs: ContactPerson = isOld ? {} : (contact?.value ?? {});
  const mesh: NetworkAddress = {
    Address: newest === profile ? address : accountAddress(newest.value.AccountAddress),
    Protocols: [{ Protocol: meshProtocol }],
    EnvelopedProfileAccount: newest.envelope,
  };
  const others = [...(theirs.NetworkAddresses ?? []), ...(own.NetworkAddresses ?? [])].filter(
    ({ Address, EnvelopedProfileAccount: other }, place, all) =>
      other === undefined && Address !== mesh.Address && Address !== address && all.findIndex((one) => one.Address === Address) === place,
  );
  const validation = strongerWay(known?.pin?.way, way);
  const source = isOld ? undefined : contact;
  const kept = (own.Sources ?? []).filter(({ EnvelopedSource }) => EnvelopedSource === undefined || source === undefined);
  return {
    tag: known?.kind ?? ContactPersonStruct.tag,
    value: {
      ...own,
      ...theirs,
      Anchors: [{ Udf: udf, Validation: validation }],
      NetworkAddresses: [mesh, ...others],
      Sources: [...(source ? [{ Validation: way, EnvelopedSource: source.envelope }] : []), ...kept],
    },
  };
}
