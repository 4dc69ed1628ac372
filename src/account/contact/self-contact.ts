/**
 * The owner's own contact: what is given to others, signed with AccountSignature (schema-08 §5.3). It is made when it is first needed, and anew
 * when its details or the account's profile change.
 */

import { equalBytes } from "../../base/bytes.ts";
import { dateTime } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import { encodeObject } from "../../codec/index.ts";
import { eitherMember } from "../../dare/index.ts";
import type { CatalogedContact, Enveloped } from "../../schema/index.ts";
import { ContactPerson, contactCatalog, signedObject } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { accountSignatureOf } from "../context/account-keys.ts";
import type { CatalogWrite } from "../store/edit.ts";
import { put } from "../store/edit.ts";
import { knownContact, meshAddressOf, meshProtocol } from "./contact-book.ts";
import { checkedEntry } from "./learn.ts";
import { contactLimits } from "./limit.ts";

/** Details of a person that the owner gives to others. */
export type OwnDetails = Pick<ContactPerson, "CommonNames" | "Locations" | "Roles" | "Bookmark" | "NetworkAddresses">;

/** The owner's contact as it goes out, and the changes that its copy needs. */
export interface OwnContact {
  readonly envelope: Enveloped<ContactPerson>;
  readonly entry: CatalogedContact;
  /** None when the copy has it so already. */
  readonly writes: readonly CatalogWrite[];
}

/** The owner's own entry; undefined while there is none. */
export function selfEntry(context: AccountContext): CatalogedContact | undefined {
  return context.get(contactCatalog, context.accountUdf);
}

/** True when the contact that others have was made for the profile that the account has. */
export function isCurrent(context: AccountContext, entry: CatalogedContact): boolean {
  const stated = knownContact(context.accountUdf, entry);
  const held = stated && meshAddressOf(stated.contact)?.EnvelopedProfileAccount;
  return held !== undefined && equalBytes(digestOf(held), digestOf(context.profileEnvelope));
}

const digestOf = (envelope: Parameters<typeof eitherMember>[0]): Uint8Array => eitherMember(envelope, "PayloadDigest") ?? new Uint8Array();

/**
 * The owner's contact, made or made anew where it has to be. @param details replaces those that it has
 * Errors: ERR_NOT_AUTHORIZED on a device without the account's signature key, ERR_TOO_LARGE.
 */
export async function ownContact(context: AccountContext, details?: OwnDetails): Promise<OwnContact> {
  const entry = selfEntry(context);
  const signed = entry && signedOf(entry);
  if (entry && signed && details === undefined && isCurrent(context, entry)) return { envelope: signed, entry, writes: [] };
  const { ports, address, accountUdf } = context;
  const known = entry && knownContact(accountUdf, entry);
  const { CommonNames, Locations, Roles, Bookmark, NetworkAddresses = [] }: OwnDetails = details ?? known?.contact ?? {};
  const contact: ContactPerson = {
    Id: accountUdf,
    Anchors: [{ Udf: accountUdf, Validation: "Self" }],
    NetworkAddresses: [
      { Address: address, Protocols: [{ Protocol: meshProtocol }], EnvelopedProfileAccount: context.profileEnvelope },
      ...NetworkAddresses.filter((other) => other.EnvelopedProfileAccount === undefined && other.Address !== address),
    ],
    ...present({ CommonNames, Locations, Roles, Bookmark }),
  };
  const { length } = encodeObject(ContactPerson, contact);
  if (length > contactLimits.sentOctets)
    throw new MeshError("ERR_TOO_LARGE", `your contact has ${length} octets, at most ${contactLimits.sentOctets} are sent to others`);
  const signer = accountSignatureOf(context);
  const envelope = await signedObject({ struct: ContactPerson, value: contact, signer, random: ports.random });
  const made = checkedEntry({
    ...entry,
    Key: accountUdf,
    Self: true,
    Contact: { tag: ContactPerson.tag, value: { ...contact, Sources: [{ Validation: "Self", EnvelopedSource: envelope }] } },
    Updated: dateTime(ports.clock.now()),
  });
  return { envelope, entry: made, writes: [put(contactCatalog, made)] };
}

function present<T extends object>(members: T): Partial<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Partial<T>;
}

function signedOf(entry: CatalogedContact): Enveloped<ContactPerson> | undefined {
  return knownContact(entry.Key ?? "", entry)?.contact.Sources?.find(({ Validation }) => Validation === "Self")?.EnvelopedSource;
}
