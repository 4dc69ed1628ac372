/**
 * Guests: people with an account of their own, who may do something in the house for a time. The grant carries the guest's profile as the owner has
 * pinned it, so that a hub, which reads no contacts, knows the guest's devices. docs/extensions.md §18
 */
import { utf8 } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";
import { newNonce, sha512 } from "../../crypto/index.ts";
import type { CatalogedGrant } from "../../schema/index.ts";
import { accountAddress, grantCatalog } from "../../schema/index.ts";
import { contactOfAddress, meshAddressOf, profileOf } from "../contact/contact-book.ts";
import { isVerified } from "../contact/trust.ts";
import type { AccountContext } from "../context/account-context.ts";
import { edit, put } from "../store/edit.ts";
import type { Granted, GrantTerms } from "./grant.ts";
import { grantOf, grantsOf, requireGrants } from "./grant.ts";

/**
 * Lets a contact in as a guest; one that is a guest already has the new terms and the new token alone.
 * Errors: ERR_NOT_FOUND for who is no contact, ERR_VERIFICATION for one whose fingerprint nobody has verified, and those of a grant.
 */
export async function addGuest(context: AccountContext, address: string, terms: GrantTerms): Promise<Required<Granted>> {
  const folded = accountAddress(address);
  const known = contactOfAddress(context, folded);
  const profile = known && known.entry.Self !== true ? profileOf(known) : undefined;
  const EnvelopedProfileUser = known && meshAddressOf(known.contact)?.EnvelopedProfileAccount;
  if (!known?.pin || !profile || !EnvelopedProfileUser)
    throw new MeshError("ERR_NOT_FOUND", `${folded} is no contact of yours`, {
      hint: `ask for its contact first: 'meshman contact request ${folded}'`,
    });
  if (!isVerified(known.pin.way))
    throw new MeshError("ERR_VERIFICATION", `nobody has verified that ${folded} is who he says: its service could command your house in his name`, {
      hint: `let him show his code, 'meshman contact dynamic' there and 'meshman contact exchange CODE' here, or compare fingerprints: 'meshman contact add ${folded} --udf FINGERPRINT'`,
    });
  const before = grantsOf(context).find(({ Kind, Address }) => Kind === "guest" && Address === folded);
  if (!before) await requireGrants(context);
  const token = newNonce(context.ports.random);
  const grant: CatalogedGrant = {
    ...grantOf(context, { kind: "guest", name: known.name, terms }),
    Address: folded,
    EnvelopedProfileUser: EnvelopedProfileUser as NonNullable<CatalogedGrant["EnvelopedProfileUser"]>,
    SecretDigest: sha512(utf8(token)),
    ...(before ? { Key: before.Key } : {}),
  };
  await context.transact({ catalogs: [before ? edit(grantCatalog, before.Key, () => grant) : put(grantCatalog, grant)] });
  return { grant, token };
}
