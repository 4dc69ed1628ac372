/** Makers among the owner's contacts: who signs what a code of the drafts opens. extensions §2 */
import type { PublicKey } from "../../crypto/index.ts";
import { keysAt } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { contactOfAddress, profileOf } from "./contact-book.ts";
import { isVerified } from "./trust.ts";

/** Signature keys of a maker's account; none when it is no contact, or one whose fingerprint nobody has verified. */
export function pinnedMakerKeys(context: AccountContext, address: string): readonly PublicKey[] {
  const known = contactOfAddress(context, address);
  const profile = known?.pin && isVerified(known.pin.way) ? profileOf(known) : undefined;
  if (!profile) return [];
  // A device in its box was signed for when it was made, and says no time that could be believed.
  return (["AccountSignature", "AdministratorSignature"] as const).flatMap((member) => keysAt(profile.value, member, Number.NEGATIVE_INFINITY));
}
