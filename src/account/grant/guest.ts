/**
 * Guests: people with an account of their own, who may do something in the house for a time. The grant carries the guest's profile as the owner has
 * pinned it, so that a hub, which reads no contacts, knows whose word an order is; the guest is told which hubs take his. docs/extensions.md §18
 */
import { utf8 } from "../../base/bytes.ts";
import { fromDateTime } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import { newNonce, sha512 } from "../../crypto/index.ts";
import type { EntryResponse } from "../../protocol/index.ts";
import type { CatalogedGrant, ProfileUser } from "../../schema/index.ts";
import { accountAddress, grantCatalog } from "../../schema/index.ts";
import { contactOfAddress, meshAddressOf, profileOf } from "../contact/contact-book.ts";
import { admitGuest } from "../contact/inbound-grant.ts";
import { sendTo } from "../contact/send-to.ts";
import { senderBook } from "../contact/sender-book.ts";
import { isVerified } from "../contact/trust.ts";
import type { AccountContext } from "../context/account-context.ts";
import { administratorOf } from "../context/administrator.ts";
import type { CatalogWrite } from "../store/edit.ts";
import { edit, put, remove } from "../store/edit.ts";
import type { Granted, GrantTerms } from "./grant.ts";
import { deleteGrant, grantOf, grantsOf, requireGrants } from "./grant.ts";
import { welcome } from "./guest-welcome.ts";

/** Who was let in. */
export interface AddedGuest extends Required<Granted> {
  /** False when his service did not take the word of it at once. */
  readonly isTold: boolean;
}

/**
 * Lets a contact in as a guest; one that is a guest already has the new terms and the new token alone. He is told by a message which hubs take his orders.
 * Errors: ERR_NOT_FOUND for who is no contact, ERR_VERIFICATION for one whose fingerprint nobody has verified, and those of a grant.
 */
export async function addGuest(context: AccountContext, address: string, terms: GrantTerms): Promise<AddedGuest> {
  const known = verifiedContact(context, address);
  const token = newNonce(context.ports.random);
  const wanted = grantOf(context, { kind: "guest", name: known.name, terms });
  const { grant, isTold } = await letIn(context, known, { ...wanted, SecretDigest: sha512(utf8(token)) });
  return { grant, token, isTold };
}

/**
 * The same as somebody has asked for at a page: with the rights and the end that his request names, and without a token. What it says of the account counts
 * for nothing; the contact does. Errors: as of addGuest; ERR_USAGE for one that is over.
 */
export async function addAskedGuest(context: AccountContext, address: string, { Rights, NotOnOrAfter }: CatalogedGrant): Promise<void> {
  const known = verifiedContact(context, address);
  const until = NotOnOrAfter === undefined ? undefined : fromDateTime(NotOnOrAfter);
  const grant = grantOf(context, { kind: "guest", name: known.name, terms: until === undefined ? {} : { until } });
  await letIn(context, known, { ...grant, Rights });
}

interface VerifiedContact extends Required<Pick<CatalogedGrant, "EnvelopedProfileUser">> {
  readonly address: string;
  readonly name: string;
  readonly profile: ProfileUser;
}

/** Errors: ERR_NOT_FOUND for who is no contact, ERR_VERIFICATION for one whose fingerprint nobody has verified. */
function verifiedContact(context: AccountContext, address: string): VerifiedContact {
  const folded = accountAddress(address);
  const known = contactOfAddress(context, folded);
  const profile = known && known.entry.Self !== true ? profileOf(known) : undefined;
  const EnvelopedProfileUser = known && meshAddressOf(known.contact)?.EnvelopedProfileAccount;
  const hint = `let him show his code, 'meshman contact dynamic' there and 'meshman contact exchange CODE' here, or compare fingerprints: 'meshman contact add ${folded} --udf FINGERPRINT'`;
  if (!known?.pin || !profile || !EnvelopedProfileUser) throw new MeshError("ERR_NOT_FOUND", `${folded} is no contact of yours`, { hint });
  if (!isVerified(known.pin.way))
    throw new MeshError("ERR_VERIFICATION", `nobody has verified that ${folded} is who he says: its service could command your house in his name`, {
      hint,
    });
  return {
    address: folded,
    name: known.name,
    profile: profile.value,
    EnvelopedProfileUser: EnvelopedProfileUser as NonNullable<CatalogedGrant["EnvelopedProfileUser"]>,
  };
}

async function letIn(
  context: AccountContext,
  { address, profile, EnvelopedProfileUser }: VerifiedContact,
  terms: CatalogedGrant,
): Promise<Pick<AddedGuest, "grant" | "isTold">> {
  const before = grantsOf(context).find(({ Kind, Address }) => Kind === "guest" && Address === address);
  if (!before) await requireGrants(context);
  const grant: CatalogedGrant = { ...terms, Address: address, EnvelopedProfileUser, ...(before ? { Key: before.Key } : {}) };
  const write = before ? edit(grantCatalog, before.Key, () => grant) : put(grantCatalog, grant);
  const isTold = await tell(context, { grant, catalogs: [write, admitGuest(address, true)], to: profile });
  return { grant, isTold };
}

/** Takes a grant back, whoever holds it; a guest is told that his is over. Errors: ERR_NOT_AUTHORIZED, those of the service. */
export async function endGrant(context: AccountContext, { Key }: Pick<CatalogedGrant, "Key">): Promise<void> {
  administratorOf(context);
  const { Kind, Address } = context.get(grantCatalog, Key) ?? {};
  if (Kind !== "guest" || Address === undefined) return deleteGrant(context, { Key });
  const catalogs = [remove(grantCatalog, Key), admitGuest(Address, false)];
  const profile = senderBook(context)(Address)?.profile;
  if (profile) await tell(context, { grant: undefined, catalogs, to: profile });
  else await context.transact({ catalogs });
}

async function tell(
  context: AccountContext,
  options: { readonly grant: CatalogedGrant | undefined; readonly catalogs: readonly CatalogWrite[]; readonly to: ProfileUser },
): Promise<boolean> {
  const { grant, catalogs, to } = options;
  const entries = await sendTo(context, to, async (profile) => ({ catalogs, messages: [await welcome(context, grant, profile)] }));
  return !entries.some(({ Account, Result }: EntryResponse) => Account !== undefined && Result !== "Accept");
}
