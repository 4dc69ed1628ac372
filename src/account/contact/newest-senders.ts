/**
 * Who may be behind a message of another account, as it has said itself last: a profile that was issued anew waits in Inbound, in the contact that its
 * account sent, until an administration device takes it in. The root that the contact is pinned to has signed it, so messages are judged by it at once.
 * extensions §13
 */
import type { ProfileUser } from "../../schema/index.ts";
import { isNewerProfile, MessageContact } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { spoolView } from "../message/spool-view.ts";
import { accountEncryptionKeys } from "../power/opening-keys.ts";
import { readContact } from "./read-contact.ts";
import type { KnownSender } from "./sender-book.ts";
import { senderBook } from "./sender-book.ts";

/** Finds contacts by address, each with the newest profile of its pinned root; for as long as no contact changes and none comes. */
export async function newestSenders(context: AccountContext): Promise<(address: string) => KnownSender | undefined> {
  const known = senderBook(context);
  if (accountEncryptionKeys(context).length === 0) return known;
  const told = new Map<string, ProfileUser>();
  const inbound = await spoolView(context, "MMM_Inbound");
  for (const { reading } of await inbound.open(MessageContact.tag, readContact)) {
    if (reading.fault) continue;
    const { address, profile } = reading.value;
    const pinned = known(address);
    if (pinned?.udf !== profile.value.ProfileSignature.Udf) continue;
    if (isNewerProfile(profile.value, told.get(address) ?? pinned.profile)) told.set(address, profile.value);
  }
  return (address) => {
    const sender = known(address);
    const profile = told.get(address);
    return sender && profile ? { ...sender, profile } : sender;
  };
}
