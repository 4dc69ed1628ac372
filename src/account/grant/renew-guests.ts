/**
 * Keeps grants of guests true: where a guest has replaced keys, the grant follows the contact, so that no hub hears a machine that he has removed, whether
 * or not he has spoken to that hub since. A grant stays with the root that it was given to. docs/extensions.md §18
 */
import { equalBytes } from "../../base/bytes.ts";
import { dateTime } from "../../base/clock.ts";
import { asMeshError, isMeshError } from "../../base/errors.ts";
import { eitherMember } from "../../dare/index.ts";
import type { CatalogedGrant, Enveloped, ProfileUser } from "../../schema/index.ts";
import { grantCatalog, isNewerProfile, ProfileUser as ProfileUserStruct, verifyProfile } from "../../schema/index.ts";
import { contactOfAddress, profileOf } from "../contact/contact-book.ts";
import type { AccountContext } from "../context/account-context.ts";
import { edit } from "../store/edit.ts";
import { grantsOf } from "./grant.ts";

/** Grants that are renewed in one turn. */
const mostAtOnce = 16;

/** Gives grants the newer profiles of their guests. @returns the guests' addresses. Errors: those of the service and the disk. */
export async function renewGuests(context: AccountContext): Promise<readonly string[]> {
  const due = grantsOf(context)
    .flatMap((grant) => newerOf(context, grant) ?? [])
    .slice(0, mostAtOnce);
  if (due.length === 0) return [];
  const now = dateTime(context.ports.clock.now());
  const catalogs = due.map(({ grant: { Key, EnvelopedProfileUser: old }, profile }) =>
    edit(grantCatalog, Key, (current) =>
      // Whoever wrote it meanwhile knew more.
      current && isSame(current.EnvelopedProfileUser, old) ? { ...current, EnvelopedProfileUser: profile, Updated: now } : current,
    ),
  );
  await context.transact({ catalogs });
  return due.map(({ grant: { Address = "" } }) => Address);
}

interface Due {
  readonly grant: CatalogedGrant;
  readonly profile: Enveloped<ProfileUser>;
}

/** Undefined where nothing is newer; a contact or a grant that does not verify changes nothing. */
function newerOf(context: AccountContext, grant: CatalogedGrant): Due | undefined {
  const { Kind, Address, EnvelopedProfileUser: held } = grant;
  if (Kind !== "guest" || Address === undefined || held === undefined) return undefined;
  try {
    const known = contactOfAddress(context, Address);
    const newest = known && profileOf(known);
    if (!newest || isSame(newest.envelope, held)) return undefined;
    const given = verifyProfile(ProfileUserStruct, held).value;
    const isOfRoot = newest.value.ProfileSignature.Udf === given.ProfileSignature.Udf;
    return isOfRoot && isNewerProfile(newest.value, given) ? { grant, profile: newest.envelope } : undefined;
  } catch (error) {
    if (!isMeshError(error)) throw error;
    context.ports.log.warn("grant.unrenewed", { grant: grant.Key, reason: asMeshError(error).message });
    return undefined;
  }
}

function isSame(one: Enveloped<ProfileUser> | undefined, other: Enveloped<ProfileUser> | undefined): boolean {
  const [a, b] = [one, other].map((envelope) => envelope && eitherMember(envelope, "PayloadDigest"));
  return a !== undefined && b !== undefined && equalBytes(a, b);
}
