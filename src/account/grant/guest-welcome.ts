/** What a house tells a guest: which of its hubs take his orders, by the connections that its administrators have signed. docs/extensions.md §18 */
import { newNonce } from "../../crypto/index.ts";
import type { CatalogedGrant, ProfileUser } from "../../schema/index.ts";
import { deviceCatalog, GuestWelcome } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { accountSignatureOf } from "../context/account-keys.ts";
import type { OutgoingMessage } from "../context/write.ts";
import { outgoingMail } from "../message/mail.ts";

/** Hubs that a guest is told of: those of one house. */
export const mostGuestHubs = 16;

/** The message. @param grant what he may do; undefined for one who is a guest no more. Errors: those of the signer. */
export function welcome(
  context: AccountContext,
  grant: Pick<CatalogedGrant, "HubUdf" | "NotOnOrAfter"> | undefined,
  to: ProfileUser,
): Promise<OutgoingMessage> {
  const hubs = grant === undefined ? [] : context.directory.withRole("hub").filter(({ udf }) => grant.HubUdf === undefined || grant.HubUdf === udf);
  const value: GuestWelcome = {
    MessageId: newNonce(context.ports.random),
    Sender: context.address,
    Recipient: to.AccountAddress,
    Hubs: hubs.slice(0, mostGuestHubs).flatMap(({ udf }) => context.get(deviceCatalog, udf)?.EnvelopedConnectionDevice ?? []),
    ...(grant?.NotOnOrAfter === undefined ? {} : { NotOnOrAfter: grant.NotOnOrAfter }),
  };
  return outgoingMail(context, { struct: GuestWelcome, value, to, signer: accountSignatureOf(context) });
}
