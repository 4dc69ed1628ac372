/**
 * Sends what is sealed to another account. Where that account has replaced its keys since this one heard of it, the service shows the newer profile
 * in place of taking the message: it is learnt, and the message goes out once more. Another service shows it later: see reseal.ts. extensions §12
 */
import type { EntryResponse } from "../../protocol/index.ts";
import type { Enveloped, ProfileUser, Verified } from "../../schema/index.ts";
import { accountAddress, isNewerProfile, ProfileUser as ProfileUserStruct, verifyProfile } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import type { Transaction } from "../context/write.ts";
import { learn } from "./learn.ts";

/**
 * @param make the Transact for a profile of the recipient; what goes out of it, and nothing else, is made again for a newer one
 * Errors: those of transact; ERR_VERIFICATION for a profile of another root.
 */
export async function sendTo(
  context: AccountContext,
  to: ProfileUser,
  make: (to: ProfileUser) => Promise<Transaction>,
): Promise<readonly EntryResponse[]> {
  const entries = await context.transact(await make(to));
  const renewed = renewedIn(entries, to);
  if (!renewed) return entries;
  await context.transact({ catalogs: [learn(context, { profile: renewed, way: "FirstUse" })] });
  const messages = ((await make(renewed.value)).messages ?? []).filter(({ spool }) => spool === "MMM_Outbound");
  return context.transact({ messages });
}

/**
 * The profile that is shown with a refusal, when it is newer than the one that is known. One of another address is none: that a contact has moved it says
 * itself, and the owner decides. Errors: ERR_VERIFICATION for one of another root.
 */
export function newerProfile(shown: Enveloped<ProfileUser> | undefined, known: ProfileUser): Verified<ProfileUser> | undefined {
  if (!shown) return undefined;
  const profile = verifyProfile(ProfileUserStruct, shown, known.ProfileSignature.Udf);
  const isThere = accountAddress(profile.value.AccountAddress) === accountAddress(known.AccountAddress);
  return isThere && isNewerProfile(profile.value, known) ? profile : undefined;
}

function renewedIn(entries: readonly EntryResponse[], known: ProfileUser): Verified<ProfileUser> | undefined {
  for (const { Result, EnvelopedProfileAccount: shown } of entries) {
    const profile = Result === "Reject" ? newerProfile(shown, known) : undefined;
    if (profile) return profile;
  }
  return undefined;
}
