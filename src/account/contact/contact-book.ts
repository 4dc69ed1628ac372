/** The contacts of an account as the rest of the program sees them: by name, address and fingerprint. Only the account's own copies are asked. */
import { lowerAscii } from "../../base/ascii.ts";
import { MeshError } from "../../base/errors.ts";
import type { AnyContact, CatalogedContact, ContactPerson, Enveloped, NetworkAddress, ProfileUser, Verified } from "../../schema/index.ts";
import { ContactOrganization, contactCatalog, ProfileUser as ProfileUserStruct, verifyProfile } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import type { Pin } from "./trust.ts";
import { contactIn, demandPin, pinOf } from "./trust.ts";

/** Protocol of an address in the Mesh. */
export const meshProtocol = "mmm";

/** A contact. */
export interface KnownContact {
  readonly key: string;
  readonly entry: CatalogedContact;
  /** "ContactPerson", "ContactOrganization" or "ContactGroup". */
  readonly kind: string;
  readonly contact: AnyContact;
  /** What the owner calls it, else what it calls itself, else its address. */
  readonly name: string;
  /** Address of its account in the Mesh. */
  readonly address?: string;
  readonly pin?: Pin;
}

/** What was made of an entry; a copy keeps its entries until they change. */
const knownByEntry = new WeakMap<CatalogedContact, KnownContact | undefined>();

/** The contact of an entry; undefined when it is of a kind that is not known here. */
export function knownContact(key: string, entry: CatalogedContact): KnownContact | undefined {
  if (knownByEntry.has(entry)) return knownByEntry.get(entry);
  const made = makeKnown(key, entry);
  knownByEntry.set(entry, made);
  return made;
}

function makeKnown(key: string, entry: CatalogedContact): KnownContact | undefined {
  const contact = contactIn(entry);
  if (contact === undefined || entry.Contact === undefined) return undefined;
  const address = meshAddressOf(contact)?.Address;
  const pin = pinOf(contact);
  return {
    key,
    entry,
    kind: entry.Contact.tag,
    contact,
    name: entry.LocalName ?? ownNameBeside(address, entry.Contact.tag, contact) ?? contact.NetworkAddresses?.[0]?.Address ?? key,
    ...(address === undefined ? {} : { address }),
    ...(pin === undefined ? {} : { pin }),
  };
}

/** An account as it calls itself. */
export interface AccountName {
  readonly udf: string;
  readonly address: string;
}

/** What a contact calls itself, unless it is an account that calls itself by an address: that one may be somebody else's. */
function ownNameBeside(address: string | undefined, kind: string, contact: AnyContact): string | undefined {
  const name = ownName(kind, contact);
  return address !== undefined && name?.includes("@") ? address : name;
}

/** What a contact calls itself. */
export function ownName(kind: string, contact: AnyContact): string | undefined {
  if (kind === ContactOrganization.tag) {
    const [name] = (contact as ContactOrganization).CommonNames ?? [];
    return name?.DBA || name?.RegisteredName || undefined;
  }
  const [name] = (contact as ContactPerson).CommonNames ?? [];
  const parts = [name?.Prefix, name?.First, ...(name?.Middle ?? []), name?.Last, name?.Suffix].filter(Boolean);
  return name?.FullName || parts.join(" ") || undefined;
}

/** The address of a contact's account in the Mesh. */
export function meshAddressOf(contact: AnyContact): NetworkAddress | undefined {
  return contact.NetworkAddresses?.find(
    ({ Protocols, EnvelopedProfileAccount }) => EnvelopedProfileAccount !== undefined || Protocols?.some(({ Protocol }) => Protocol === meshProtocol),
  );
}

/** The profile of a contact as it is pinned; undefined when none was fetched yet. Errors: ERR_VERIFICATION for one of somebody else. */
export function profileOf({ contact, pin }: KnownContact): Verified<ProfileUser> | undefined {
  const held = meshAddressOf(contact)?.EnvelopedProfileAccount as Enveloped<ProfileUser> | undefined;
  return held && pin && verifyProfile(ProfileUserStruct, held, pin.udf);
}

function everybody(context: AccountContext): readonly KnownContact[] {
  return context.list(contactCatalog).flatMap(({ key, value }) => knownContact(key, value) ?? []);
}

/** Every contact, the owner's own first, then by name. Names of others are compared as they are, so that the order is the same everywhere. */
export function contacts(context: AccountContext): readonly KnownContact[] {
  const isSelf = ({ entry }: KnownContact): number => Number(entry.Self === true);
  const place = ({ name, key }: KnownContact): string => `${name.toLowerCase()}\n${key}`;
  return [...everybody(context)].sort((a, b) => isSelf(b) - isSelf(a) || (place(a) < place(b) ? -1 : 1));
}

/** The contact that stands for an account: of its fingerprint, else of its address. */
export function contactOfAccount(context: AccountContext, account: AccountName): KnownContact | undefined {
  const all = everybody(context);
  return all.find(({ pin }) => pin?.udf === account.udf) ?? all.find(({ address }) => address === account.address);
}

/** The contact of an address in the Mesh. */
export function contactOfAddress(context: AccountContext, address: string): KnownContact | undefined {
  return everybody(context).find((found) => found.address === address);
}

/** Demands that nobody else is pinned under an account's address, nor another account in its contact. Errors: ERR_VERIFICATION with both fingerprints. */
export function demandAccount(context: AccountContext, account: AccountName): void {
  for (const { address, pin } of everybody(context)) if (address === account.address) demandPin(pin, account);
}

/** The contact of a name, an address, its key, or at least eight characters of its fingerprint. Errors: ERR_NOT_FOUND, ERR_AMBIGUOUS. */
export function findContact(context: AccountContext, text: string): KnownContact {
  const wanted = lowerAscii(text.trim());
  const plain = text.replaceAll("-", "").toUpperCase();
  const all = everybody(context);
  const exact = all.filter(({ key, address }) => key === text || address === wanted);
  const found = exact.length > 0 ? exact : all.filter((known) => isCalled(known, wanted) || (plain.length >= 8 && isOf(known, plain)));
  const [contact, ...others] = found;
  if (!contact)
    throw new MeshError("ERR_NOT_FOUND", `no contact is called ${JSON.stringify(text.slice(0, 80))}`, { hint: "see 'meshman contact list'" });
  if (others.length > 0) {
    throw new MeshError(
      "ERR_AMBIGUOUS",
      `${found.length} contacts are called ${JSON.stringify(text)}: ${found
        .map(({ key }) => key)
        .slice(0, 8)
        .join(", ")}`,
      {
        hint: "say its address, or its key as 'meshman contact list --json' shows it",
      },
    );
  }
  return contact;
}

/** Of an account, further addresses are its own word: they find it by telephone, and not in the place of the account that is there. */
function isCalled({ name, address, contact }: KnownContact, wanted: string): boolean {
  if (name.toLowerCase() === wanted) return true;
  if (address !== undefined && wanted.includes("@")) return false;
  return (contact.NetworkAddresses ?? []).some(({ Address }) => Address !== undefined && lowerAscii(Address) === wanted);
}

function isOf({ key, pin }: KnownContact, plain: string): boolean {
  return [key, pin?.udf].some((udf) => udf?.replaceAll("-", "").startsWith(plain));
}
