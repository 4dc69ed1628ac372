/**
 * Contacts of files: vCards, or one contact of the schema as JSON. A card that is there already changes nothing, one of the same UID replaces what it
 * brought before, and one of somebody's account in the Mesh adds to that contact. A card never moves a pin.
 */

import { utf8 } from "../../base/bytes.ts";
import { dateTime } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import type { OpenTagged, Struct } from "../../codec/index.ts";
import { decodeOneOf, encodeObject, list, struct } from "../../codec/index.ts";
import { readVcards } from "../../codec/vcard/index.ts";
import { contentDigestUdf } from "../../crypto/index.ts";
import type { AnyContact } from "../../schema/index.ts";
import { CatalogedContact, contactCatalog, contactStructs } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import type { CatalogWrite } from "../store/edit.ts";
import { edit } from "../store/edit.ts";
import type { CardContact } from "./card.ts";
import { contactOfCard } from "./card.ts";
import type { KnownContact } from "./contact-book.ts";
import { contacts, knownContact, meshAddressOf, ownName } from "./contact-book.ts";
import { checkedEntry, demandRoom, isSameEntry } from "./learn.ts";
import { checkContact, contactLimits, isOfContact } from "./limit.ts";
import { demandPin, pinOf } from "./trust.ts";

/** What became of one card. */
export interface ImportedCard {
  readonly outcome: "added" | "changed" | "same" | "refused";
  readonly name: string;
  readonly key?: string;
  /** Line of a vCard's BEGIN. */
  readonly line?: number;
  readonly error?: MeshError;
  /** Octets of a picture that was left out. */
  readonly leftOut?: number;
}

/** A card that was read. */
export interface ReadCard extends CardContact {
  readonly line?: number;
}

/** Contacts as JSON. */
export interface Contacts {
  readonly Contacts: readonly CatalogedContact[];
}
export const Contacts: Struct<Contacts> = struct<Contacts>("Contacts", { Contacts: list(CatalogedContact) });

/** Cards of a file. Errors: ERR_TOO_LARGE, ERR_ENCODING, ERR_SCHEMA: the whole file is refused. */
export function readCards(octets: Uint8Array): readonly ReadCard[] {
  const { fileOctets, cards, values, lineOctets } = contactLimits;
  if (octets.length > fileOctets) throw new MeshError("ERR_TOO_LARGE", `a file of ${octets.length} octets, at most ${fileOctets} are taken`);
  if (octets.find((octet) => octet > 0x20) === 0x7b) return contactsOfJson(octets);
  const found = readVcards(octets, { octets: fileOctets, cards, properties: values, lineOctets });
  if (found.length === 0)
    throw new MeshError("ERR_ENCODING", "the file holds no card", { hint: "give a vCard of version 4 or 3, or a contact as JSON" });
  return found.map((card) => ({ ...contactOfCard(card), line: card.line }));
}

/** JSON of `contact export --format json`, or a contact of the schema. What it says of pins, profiles and sources is left out: it is somebody's word. */
function contactsOfJson(octets: Uint8Array): readonly ReadCard[] {
  const { tag: name, value } = decodeOneOf<object>([Contacts, CatalogedContact, ...contactStructs], octets);
  const held: readonly (OpenTagged<AnyContact> | undefined)[] =
    name === Contacts.tag
      ? (value as Contacts).Contacts.map(({ Contact }) => Contact)
      : [name === CatalogedContact.tag ? (value as CatalogedContact).Contact : { tag: name, value: value as AnyContact }];
  if (held.length > contactLimits.cards) throw new MeshError("ERR_TOO_LARGE", `more than ${contactLimits.cards} contacts in one file`);
  return held.map((found) => {
    if (!found || found.unknown !== undefined)
      throw new MeshError("ERR_SCHEMA", "CatalogedContact.Contact: expected a person, an organisation or a group");
    const { Sources: _, Anchors: __, NetworkAddresses: given, ...contact } = found.value;
    const mesh = meshAddressOf(found.value)?.Address;
    const udf = pinOf(found.value)?.udf;
    const NetworkAddresses = given?.map(({ Inactive, Address, Protocols }) => ({
      ...(Inactive === undefined ? {} : { Inactive }),
      ...(Address === undefined ? {} : { Address }),
      ...(Protocols === undefined ? {} : { Protocols }),
    }));
    return {
      contact: { tag: found.tag, value: { ...contact, ...(NetworkAddresses ? { NetworkAddresses } : {}) } },
      ...(mesh === undefined ? {} : { address: mesh }),
      ...(mesh === undefined || udf === undefined ? {} : { udf }),
      ...(contact.Id === undefined ? {} : { uid: contact.Id }),
    };
  });
}

const cardsAtOnce = 100;

/** Takes cards in. A card that cannot be taken is told and keeps no other waiting. Errors: those of the service and the disk; what was taken by then stays. */
export async function importCards(context: AccountContext, cards: readonly ReadCard[]): Promise<readonly ImportedCard[]> {
  const done: ImportedCard[] = [];
  const book = bookOf(context);
  let writes = new Map<string, CatalogWrite>();
  const flush = async (): Promise<void> => {
    await context.transact({ catalogs: [...writes.values()] });
    writes = new Map();
  };
  for (const card of cards) {
    // A second card of one contact is judged by what the first has made of it.
    if (writes.size >= cardsAtOnce || writes.has(keyOf(book, card))) await flush();
    const { result, write } = taken(context, book, card);
    if (write) writes.set(write.key, write);
    done.push(result);
  }
  await flush();
  return done;
}

function taken(context: AccountContext, book: Book, card: ReadCard): { readonly result: ImportedCard; readonly write?: CatalogWrite } {
  const name = ownName(card.contact.tag, card.contact.value) ?? card.contact.value.NetworkAddresses?.[0]?.Address ?? "a card without a name";
  const told = { name, ...(card.line === undefined ? {} : { line: card.line }), ...(card.leftOut === undefined ? {} : { leftOut: card.leftOut }) };
  try {
    const key = keyOf(book, card);
    const before = context.get(contactCatalog, key);
    const wanted = entryOf(context, before, { card, key });
    if (!before) demandRoom(book.keys.size);
    const outcome = before === undefined ? "added" : isSameEntry(before, wanted) ? "same" : "changed";
    book.keys.add(key);
    if (card.address !== undefined) book.byAddress.set(card.address, key);
    if (outcome === "same") return { result: { ...told, outcome, key } };
    return { result: { ...told, outcome, key }, write: edit(contactCatalog, key, (current) => entryOf(context, current, { card, key })) };
  } catch (error) {
    if (!isOfContact(error)) throw error;
    return { result: { ...told, outcome: "refused", error } };
  }
}

/** Keys by what finds them, so that a file is taken in without looking through the contacts for each card. */
interface Book {
  readonly byAddress: Map<string, string>;
  readonly byUdf: ReadonlyMap<string, string>;
  readonly keys: Set<string>;
}

function bookOf(context: AccountContext): Book {
  const all = contacts(context);
  return {
    byAddress: new Map(all.flatMap(({ key, address }) => (address === undefined ? [] : [[address, key]]))),
    byUdf: new Map(all.flatMap(({ key, pin }) => (pin === undefined ? [] : [[pin.udf, key]]))),
    keys: new Set(context.list(contactCatalog).map(({ key }) => key)),
  };
}

/** The contact that a card is of: that of its account, else the one that the same card made. */
function keyOf({ byAddress, byUdf }: Book, card: ReadCard): string {
  const { address, udf, uid } = card;
  const known = (udf === undefined ? undefined : byUdf.get(udf)) ?? (address === undefined ? undefined : byAddress.get(address));
  if (known !== undefined) return known;
  const identity = uid === undefined ? encodeObject(anyStruct(card.contact.tag), card.contact.value) : utf8(uid);
  return contentDigestUdf({ contentType: "application/mmm-contact", data: identity });
}

function anyStruct(name: string): Struct<AnyContact> {
  const found = contactStructs.find((candidate) => candidate.tag === name);
  if (!found) throw new MeshError("ERR_INTERNAL", `no descriptor for ${name}`);
  return found;
}

function entryOf(
  context: AccountContext,
  current: CatalogedContact | undefined,
  { card, key }: { readonly card: ReadCard; readonly key: string },
): CatalogedContact {
  const { contact, address, udf } = card;
  const known = current && knownContact(key, current);
  checkContact(anyStruct(contact.tag).encode(contact.value));
  if (current?.Self === true)
    throw new MeshError("ERR_EXISTS", "this is your own contact", { hint: "change it with 'meshman contact import FILE --self'" });
  if (udf !== undefined && address !== undefined) demandPin(known?.pin, { udf, address });
  const held = known?.pin
    ? joined(known, contact.value)
    : { ...contact.value, ...(udf === undefined ? {} : { Anchors: [{ Udf: udf, Validation: "File" }] }) };
  const wanted = { ...current, Key: key, Contact: { tag: known?.pin ? known.kind : contact.tag, value: held } };
  return checkedEntry({ ...wanted, Updated: dateTime(context.ports.clock.now()) });
}

/** The contact of an account with what a card adds. Its account says what it is called. */
function joined({ contact }: KnownContact, card: AnyContact): AnyContact {
  const mesh = meshAddressOf(contact);
  const addresses = [...(contact.NetworkAddresses ?? []), ...(card.NetworkAddresses ?? [])];
  const NetworkAddresses = addresses.filter(({ Address }, place) => addresses.findIndex((one) => one.Address === Address) === place);
  return {
    ...card,
    ...contact,
    NetworkAddresses: mesh ? [mesh, ...NetworkAddresses.filter(({ Address }) => Address !== mesh.Address)] : NetworkAddresses,
    Sources: [...(contact.Sources ?? []).filter(({ BinarySource }) => BinarySource === undefined), ...(card.Sources ?? [])],
  };
}
