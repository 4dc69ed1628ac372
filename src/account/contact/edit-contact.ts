/** What the owner says of contacts by hand: adding an account by its address, forgetting a contact, giving its own details. */
import { MeshError } from "../../base/errors.ts";
import { encodeObject } from "../../codec/index.ts";
import { writeVcards } from "../../codec/vcard/index.ts";
import { parseUdf } from "../../crypto/index.ts";
import { CatalogedContact, contactCatalog } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { remove } from "../store/edit.ts";
import { cardOfContact } from "./card.ts";
import { republication } from "./code.ts";
import type { KnownContact } from "./contact-book.ts";
import { contactOfAccount, findContact } from "./contact-book.ts";
import type { ReadCard } from "./import.ts";
import { Contacts } from "./import.ts";
import { dismiss } from "./inbound-grant.ts";
import { learn } from "./learn.ts";
import { checkContact } from "./limit.ts";
import type { LookUpOptions } from "./look-up.ts";
import { lookUpProfile } from "./look-up.ts";
import { ownContact } from "./self-contact.ts";
import { demandPin } from "./trust.ts";

/**
 * Keeps an account as a contact without writing to it. @param options.udf the fingerprint that the person said
 * Errors: ERR_ACCOUNT_UNKNOWN; ERR_VERIFICATION when the account has another fingerprint than was said, or than it was pinned to.
 */
export async function addContact(
  context: AccountContext,
  address: string,
  options: LookUpOptions & { readonly udf?: string; readonly localName?: string } = {},
): Promise<KnownContact> {
  const { localName } = options;
  const said = options.udf === undefined ? undefined : parseUdf(options.udf).text;
  const profile = await lookUpProfile(context, address, options);
  const account = { udf: profile.value.ProfileSignature.Udf, address: profile.value.AccountAddress };
  if (said !== undefined) demandPin({ udf: said, way: "Manual" }, account);
  const way = said === undefined ? "FirstUse" : "Manual";
  await context.transact({ catalogs: [learn(context, { profile, way, ...(localName === undefined ? {} : { localName }) })] });
  const known = contactOfAccount(context, account);
  if (!known) throw new MeshError("ERR_INTERNAL", `the contact of ${address} was not kept`);
  return known;
}

/** Forgets a contact and what it was pinned to. Errors: ERR_NOT_FOUND, ERR_AMBIGUOUS, ERR_USAGE for the owner's own. */
export async function deleteContact(context: AccountContext, text: string): Promise<KnownContact> {
  const known = findContact(context, text);
  if (known.entry.Self === true)
    throw new MeshError("ERR_USAGE", "this is your own contact", { hint: "change it with 'meshman contact import FILE --self'" });
  // Only administrators say who may write; what a deleted contact sends is closed by the readers.
  const dismissed = known.address === undefined || !context.keys.administrator ? [] : [dismiss(known.address)];
  await context.transact({ catalogs: [remove(contactCatalog, known.key), ...dismissed] });
  return known;
}

/** Takes the details of a card for the owner's own contact; what is published follows, and contacts are told in the agent's next turn. Errors: ERR_TOO_LARGE. */
export async function setOwnContact(context: AccountContext, { contact }: ReadCard): Promise<void> {
  const { Sources: _, Anchors: __, Id: ___, ...details } = contact.value;
  checkContact(CatalogedContact.encode({ Contact: { tag: contact.tag, value: details } }));
  const own = await ownContact(context, details);
  await context.transact({ catalogs: [...own.writes, ...republication(context, own.envelope)] });
}

/** Contacts as a file. */
export function exportContacts(contacts: readonly KnownContact[], format: "vcard" | "json"): Uint8Array {
  if (format === "vcard") return writeVcards(contacts.map(cardOfContact));
  // The code is good for whoever has it, and what was told to whom is nobody else's.
  return encodeObject(Contacts, { Contacts: contacts.map(({ entry: { StaticCode: _, Told: __, ToldBy: ___, ...entry } }) => entry) });
}
