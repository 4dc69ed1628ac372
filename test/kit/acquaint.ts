/** Two accounts that become each other's contacts by asking, as people do. */
import type { AccountContext } from "../../src/account/index.ts";
import { acceptContact, attend, pendingContacts, requestContact } from "../../src/account/index.ts";

/** `one` asks `other`, who accepts; both have each other's contact when it resolves. */
export async function acquaint(one: AccountContext, other: AccountContext): Promise<void> {
  await requestContact(one, other.address);
  await other.sync();
  const asked = (await pendingContacts(other)).find(({ address }) => address === one.address);
  if (!asked) throw new Error(`the request of ${one.address} did not come`);
  await acceptContact(other, asked);
  await one.sync();
  await attend(one, { claim: false });
}
