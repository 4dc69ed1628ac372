/**
 * Codes by which others get the owner's contact: a static one, printed and good until it is withdrawn, under which the contact is published; and a
 * dynamic one, a PIN that is shown, works once within a day, and exchanges contacts with whoever scans it. protocol-09 §7.9; extensions §10.
 */
import { encryptionUdf, formatConnectUri, parseConnectUri, publicationId, serviceAuthenticator } from "../../crypto/index.ts";
import { encodeEnvelope, sealEnvelope } from "../../dare/index.ts";
import type { CatalogedPublication, ContactPerson, Enveloped } from "../../schema/index.ts";
import { contactCatalog, publicationCatalog } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { freshPin } from "../message/issued-pin.ts";
import type { CatalogWrite } from "../store/edit.ts";
import { edit, put, remove } from "../store/edit.ts";
import { ownContact, selfEntry } from "./self-contact.ts";

const keyOctets = 16;
const dynamicSeconds = 86_400;

/** A code to show. */
export interface ContactCode {
  readonly uri: string;
  readonly expires?: string;
}

/** A PIN to show: whoever scans it first within a day exchanges contacts with this account. Errors: ERR_NOT_AUTHORIZED on a device that is no administrator. */
export async function dynamicCode(context: AccountContext): Promise<Required<ContactCode>> {
  const { pin, expires, message } = freshPin(context, { action: "Contact", seconds: dynamicSeconds });
  await context.transact({ catalogs: (await ownContact(context)).writes, messages: [message] });
  return { uri: formatConnectUri({ account: context.address, code: pin, udf: context.accountUdf }), expires };
}

/**
 * Publishes the owner's contact and gives its code, the same one each time. @param options.isNew withdraws the code before and makes another
 * Errors: ERR_NOT_AUTHORIZED, and those of the service.
 */
export async function staticCode(context: AccountContext, options: { readonly isNew?: boolean } = {}): Promise<ContactCode> {
  const own = await ownContact(context);
  const before = own.entry.StaticCode;
  const code = before === undefined || options.isNew ? encryptionUdf(context.ports.random.bytes(keyOctets)) : before;
  const withdrawn = before !== undefined && before !== code ? [withdrawal(context, before)] : [];
  const kept = code === before ? [] : [edit(contactCatalog, context.accountUdf, (entry) => ({ ...(entry ?? own.entry), StaticCode: code }))];
  await context.transact({ catalogs: [...own.writes, ...withdrawn, ...kept, publicationOf(context, code, own.envelope)] });
  return { uri: uriOf(context, code) };
}

/** Withdraws the static code. @returns it; undefined when there is none */
export async function withdrawStaticCode(context: AccountContext): Promise<ContactCode | undefined> {
  const code = selfEntry(context)?.StaticCode;
  if (code === undefined) return undefined;
  const forgotten = edit(contactCatalog, context.accountUdf, (entry) => {
    if (entry?.StaticCode !== code) return entry;
    const { StaticCode: _, ...rest } = entry;
    return rest;
  });
  await context.transact({ catalogs: [withdrawal(context, code), forgotten] });
  return { uri: uriOf(context, code) };
}

/** What is published, for a contact that was made anew; nothing without a code. */
export function republication(context: AccountContext, contact: Enveloped<ContactPerson>): readonly CatalogWrite[] {
  const code = selfEntry(context)?.StaticCode;
  return code === undefined ? [] : [publicationOf(context, code, contact)];
}

const uriOf = (context: AccountContext, code: string): string => formatConnectUri({ account: context.address, code, udf: context.accountUdf });
const keyOf = (context: AccountContext, code: string): Uint8Array => parseConnectUri(uriOf(context, code)).key;
const withdrawal = (context: AccountContext, code: string): CatalogWrite => remove(publicationCatalog, publicationId(keyOf(context, code)));

function publicationOf(context: AccountContext, code: string, contact: Enveloped<ContactPerson>): CatalogWrite {
  const key = keyOf(context, code);
  const publication: CatalogedPublication = {
    Id: publicationId(key),
    Authenticator: encryptionUdf(serviceAuthenticator(key)),
    EnvelopedData: sealEnvelope({ plaintext: encodeEnvelope(contact), symmetricKey: key, random: context.ports.random }),
    Shared: true,
  };
  return put(publicationCatalog, publication);
}
