/** Two accounts that have each other's contact. */
import type { AccountContext } from "../../src/account/index.ts";
import { acceptContact, attend, pendingContacts, requestContact } from "../../src/account/index.ts";

/** The asker asks, the other accepts, and both have each other at the end. */
export async function befriend(asker: AccountContext, other: AccountContext): Promise<void> {
  await requestContact(asker, other.address);
  await other.sync();
  const pending = (await pendingContacts(other)).find(({ address }) => address === asker.address);
  if (!pending) throw new Error(`${asker.address} is not among what waits`);
  await acceptContact(other, pending);
  await asker.sync();
  await attend(asker, { claim: false });
}
