/** Blocking an address: the service takes nothing of it any more, and what it has sent already is closed, in one Transact. extensions §11 */
import { MeshError } from "../../base/errors.ts";
import { accountAddress } from "../../schema/index.ts";
import { contactOfAddress } from "../contact/contact-book.ts";
import { pardon, refuse } from "../contact/inbound-grant.ts";
import type { AccountContext } from "../context/account-context.ts";
import { administratorOf } from "../context/administrator.ts";
import { closingOf } from "./closed.ts";
import { inspectWaiting } from "./waiting.ts";

/** What was blocked. */
export interface Blocked {
  readonly address: string;
  /** Messages of it that waited. */
  readonly closed: number;
}

/** References in one closing message, so that it stays small. */
const referencesAtOnce = 64;

/** Blocks an address. Errors: ERR_NOT_AUTHORIZED on a device that is no administrator, ERR_USAGE for the own address, and those of the service. */
export async function blockAddress(context: AccountContext, text: string): Promise<Blocked> {
  administratorOf(context);
  const address = accountAddress(text);
  if (address === context.address) throw new MeshError("ERR_USAGE", `${address} is your own account`, { hint: "say the address of somebody else" });
  const { waiting } = await inspectWaiting(context);
  const of = waiting.filter(({ kind, from }) => kind !== "connection" && kind !== "offer" && kind !== "hosted" && from === address);
  const references = of.map(({ kind, messageId, index, item }) => ({
    MessageId: kind === "other" ? messageId : item.envelopeId,
    Index: index,
    Relationship: "Reject",
  }));
  const closings = [];
  for (let from = 0; from < references.length; from += referencesAtOnce)
    closings.push({ spool: "MMM_Inbound" as const, envelope: closingOf(context, references.slice(from, from + referencesAtOnce)) });
  await context.transact({ catalogs: [refuse(address)], messages: closings });
  return { address, closed: of.length };
}

/** Takes a block back: a contact may write again, everybody else introduce himself. Errors: ERR_NOT_FOUND when it is not blocked, ERR_NOT_AUTHORIZED. */
export async function unblockAddress(context: AccountContext, text: string): Promise<string> {
  administratorOf(context);
  const address = accountAddress(text);
  const known = contactOfAddress(context, address);
  const isContact = known?.pin !== undefined && known.entry.Requested === undefined;
  await context.transact({ catalogs: [pardon(address, { isContact })] });
  return address;
}
