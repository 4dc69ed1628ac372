/**
 * Sends what is sealed to another account. Where that account has replaced its keys since this one heard of it, the service shows the newer profile
 * in place of taking the message: it is learnt, and the message goes out once more. extensions §12
 */
import type { EntryResponse } from "../../protocol/index.ts";
import type { ProfileUser, Verified } from "../../schema/index.ts";
import { isNewerProfile, ProfileUser as ProfileUserStruct, verifyProfile } from "../../schema/index.ts";
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

function renewedIn(entries: readonly EntryResponse[], known: ProfileUser): Verified<ProfileUser> | undefined {
  for (const { Result, EnvelopedProfileAccount: shown } of entries) {
    if (Result !== "Reject" || !shown) continue;
    const profile = verifyProfile(ProfileUserStruct, shown, known.ProfileSignature.Udf);
    if (isNewerProfile(profile.value, known)) return profile;
  }
  return undefined;
}
