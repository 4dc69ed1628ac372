/** A turn of the owner's agent with contacts: takes in what a PIN or a contact's own signature allows, and leaves the others to the owner. */
import type { AccountContext } from "../context/account-context.ts";
import type { RefusedMessage } from "../message/refused.ts";
import type { PendingContact } from "./pending.ts";
import { acceptContact, inspectContacts, isAllowed } from "./pending.ts";
import { renewOwnContact } from "./renew.ts";

/** What came of a turn. */
export interface AttendedContact {
  readonly kind: "met" | "asked" | "told";
  readonly address: string;
  readonly reason?: string;
}

/** How one item is done: it fails alone. */
export type AttemptContact = (address: string, task: () => Promise<void>) => Promise<void>;

/** Does what is allowed. @returns messages that only have to be closed */
export async function attendContacts(
  context: AccountContext,
  attempt: AttemptContact,
  tell: (event: AttendedContact) => void,
): Promise<readonly RefusedMessage[]> {
  const { pending, refused } = await inspectContacts(context);
  const used = new Set<string>();
  for (const item of pending) {
    const { address, grant } = item;
    if (!isAllowed(item) || (grant && used.has(grant.MessageId))) {
      const reason = whyWaiting(item);
      tell({ kind: "asked", address, ...(reason === undefined ? {} : { reason }) });
      continue;
    }
    await attempt(address, async () => {
      await acceptContact(context, item);
      if (grant) used.add(grant.MessageId);
      tell({ kind: "met", address });
    });
  }
  await attempt(context.address, async () => {
    for (const address of await renewOwnContact(context)) tell({ kind: "told", address });
  });
  return refused;
}

function whyWaiting({ conflict, pinError, isByStaticCode }: PendingContact): string | undefined {
  return conflict?.message ?? pinError?.message ?? (isByStaticCode ? "it knows your static code" : undefined);
}
