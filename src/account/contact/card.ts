/**
 * A contact as a vCard and back. RFC 6350 names the properties; what a contact has no place for (a birthday, a note, a picture) stays with it as
 * the card that it came in, and goes out again. An account in the Mesh is IMPP:mmm:ADDRESS, its fingerprint KEY;VALUE=uri:udf:FINGERPRINT.
 */
import { lowerAscii } from "../../base/ascii.ts";
import { isMeshError } from "../../base/errors.ts";
import type { OpenTagged } from "../../codec/index.ts";
import type { Vcard, VcardProperty } from "../../codec/vcard/index.ts";
import { escapeText, readVcards, splitValue, unescapeText, writeVcards } from "../../codec/vcard/index.ts";
import { parseUdf } from "../../crypto/index.ts";
import type { AnyContact, ContactOrganization, ContactPerson, Location, NetworkAddress, PersonName } from "../../schema/index.ts";
import { accountAddress, ContactGroup, ContactOrganization as OrganizationStruct, ContactPerson as PersonStruct } from "../../schema/index.ts";
import type { KnownContact } from "./contact-book.ts";
import { meshProtocol } from "./contact-book.ts";
import { contactLimits } from "./limit.ts";

/** Where the rest of an imported card is kept: TaggedSource.LocalName. */
const sourceName = "vCard";

/** What a card says. */
export interface CardContact {
  readonly contact: OpenTagged<AnyContact> & { readonly unknown?: undefined };
  /** Account in the Mesh, and the fingerprint that the card names for it. */
  readonly address?: string;
  readonly udf?: string;
  readonly uid?: string;
  /** Octets of a picture that was too large to be kept. */
  readonly leftOut?: number;
}

const protocolOf: Readonly<Record<string, string>> = { TEL: "tel", EMAIL: "smtp", IMPP: "impp" };
const propertyOf: Readonly<Record<string, string>> = { tel: "TEL", smtp: "EMAIL", impp: "IMPP" };
const mapped: ReadonlySet<string> = new Set([
  "FN",
  "N",
  "KIND",
  "ORG",
  "TITLE",
  "ROLE",
  "TEL",
  "EMAIL",
  "IMPP",
  "ADR",
  "URL",
  "UID",
  "REV",
  "PRODID",
]);

/** The contact of a card. Errors: none; what is no text of the property's kind is kept as it is. */
export function contactOfCard({ properties }: Vcard): CardContact {
  const all = (name: string): readonly VcardProperty[] => properties.filter((property) => property.name === name);
  const text = (name: string): string | undefined =>
    all(name)
      .map(({ value }) => unescapeText(value).trim())
      .find(Boolean);
  const mesh = all("IMPP")
    .map(({ value }) => accountIn(value))
    .find((address) => address !== undefined);
  const udf = all("KEY")
    .map(({ value }) => fingerprintIn(value))
    .find((found) => found !== undefined);
  const { rest, leftOut } = restOf(properties, mesh !== undefined);
  const organization = text("ORG") === undefined ? undefined : unescapeText(splitValue(all("ORG")[0]?.value ?? "", ";").join(", "));
  const titles = [...all("TITLE"), ...all("ROLE")].map(({ value }) => unescapeText(value)).filter(Boolean);
  const kind = text("KIND")?.toLowerCase();
  const addresses = properties.flatMap((property) => addressOf(property) ?? []);
  const common = {
    ...(addresses.length === 0 ? {} : { NetworkAddresses: addresses }),
    ...some(
      "Locations",
      all("ADR").flatMap(({ value }) => locationOf(value) ?? []),
    ),
    ...some(
      "Bookmark",
      all("URL").map(({ value }) => ({ Uri: value })),
    ),
    ...(kind === "org" || (organization === undefined && titles.length === 0)
      ? {}
      : { Roles: [{ ...(organization === undefined ? {} : { OrganizationName: organization }), ...some("Titles", titles) }] }),
    ...(rest.length === 0 ? {} : { Sources: [{ LocalName: sourceName, Validation: "File", BinarySource: writeVcards([{ properties: rest }]) }] }),
  };
  return {
    contact: namedContact(kind, { full: text("FN"), parts: all("N")[0]?.value, organization, common }),
    ...(mesh === undefined ? {} : { address: mesh }),
    ...(mesh === undefined || udf === undefined ? {} : { udf }),
    ...(text("UID") === undefined ? {} : { uid: text("UID") ?? "" }),
    ...(leftOut === undefined ? {} : { leftOut }),
  };
}

function some<K extends string, T>(name: K, list: readonly T[]): { readonly [key in K]?: readonly T[] } {
  return list.length === 0 ? {} : ({ [name]: list } as { readonly [key in K]?: readonly T[] });
}

function namedContact(
  kind: string | undefined,
  {
    full,
    parts,
    organization,
    common,
  }: {
    readonly full: string | undefined;
    readonly parts: string | undefined;
    readonly organization: string | undefined;
    readonly common: AnyContact;
  },
): CardContact["contact"] {
  if (kind === "org") {
    const name = full ?? organization;
    return { tag: OrganizationStruct.tag, value: { ...common, ...(name === undefined ? {} : { CommonNames: [{ RegisteredName: name }] }) } };
  }
  if (kind === "group" && full === undefined) return { tag: ContactGroup.tag, value: common };
  const name: PersonName = { ...(full === undefined ? {} : { FullName: full }), ...(parts === undefined ? {} : nameOf(parts)) };
  return { tag: PersonStruct.tag, value: { ...common, ...(Object.keys(name).length === 0 ? {} : { CommonNames: [name] }) } };
}

function nameOf(value: string): PersonName {
  const [Last = "", First = "", middle = "", Prefix = "", Suffix = ""] = splitValue(value, ";");
  const one = (part: string): string =>
    splitValue(part, ",")
      .map((word) => unescapeText(word).trim())
      .filter(Boolean)
      .join(" ");
  const Middle = splitValue(middle, ",")
    .map((word) => unescapeText(word).trim())
    .filter(Boolean);
  const given = { Last: one(Last), First: one(First), Prefix: one(Prefix), Suffix: one(Suffix) };
  return { ...Object.fromEntries(Object.entries(given).filter(([, word]) => word !== "")), ...(Middle.length === 0 ? {} : { Middle }) };
}

function locationOf(value: string): Location | undefined {
  const [, Appartment, Street, Locality, County, Postcode, Country] = splitValue(value, ";").map((part) => unescapeText(part).trim());
  const found = Object.entries({ Appartment, Street, Locality, County, Postcode, Country }).filter(([, text]) => text);
  return found.length === 0 ? undefined : (Object.fromEntries(found) as Location);
}

function addressOf({ name, value }: VcardProperty): NetworkAddress | undefined {
  const protocol = protocolOf[name];
  if (protocol === undefined) return undefined;
  const mesh = name === "IMPP" ? accountIn(value) : undefined;
  if (mesh !== undefined) return { Address: mesh, Protocols: [{ Protocol: meshProtocol }] };
  const Address = unescapeText(value)
    .trim()
    .replace(/^(?:tel|mailto):/i, "");
  return Address === "" ? undefined : { Address, Protocols: [{ Protocol: protocol }] };
}

function accountIn(value: string): string | undefined {
  return lowerAscii(value).startsWith("mmm:") ? orNothing(() => accountAddress(value.slice(4).trim())) : undefined;
}

function fingerprintIn(value: string): string | undefined {
  return lowerAscii(value).startsWith("udf:") ? orNothing(() => parseUdf(value.slice(4).trim()).text) : undefined;
}

function orNothing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isMeshError(error)) return undefined;
    throw error;
  }
}

/** Properties that a contact has no place for; a picture that is too large is left out. */
function restOf(properties: readonly VcardProperty[], isMesh: boolean): { readonly rest: readonly VcardProperty[]; readonly leftOut?: number } {
  let leftOut: number | undefined;
  const rest = properties.filter(({ name, value }) => {
    if (mapped.has(name)) return false;
    if (name === "KEY" && isMesh && fingerprintIn(value) !== undefined) return false;
    if (value.length <= contactLimits.pictureOctets) return true;
    leftOut = (leftOut ?? 0) + value.length;
    return false;
  });
  return leftOut === undefined ? { rest } : { rest, leftOut };
}

/** The vCard of a contact. */
export function cardOfContact({ key, contact, name, kind, address, pin }: KnownContact): Pick<Vcard, "properties"> {
  const lines: VcardProperty[] = [];
  const add = (property: string, value: string | undefined, parameters: VcardProperty["parameters"] = []): void => {
    if (value !== undefined && value !== "") lines.push({ name: property, parameters, value });
  };
  const words = (list: readonly (string | undefined)[] | undefined, mark = ","): string =>
    (list ?? []).map((word) => escapeText(word ?? "")).join(mark);
  add("UID", escapeText(contact.Id ?? key));
  add("KIND", kind === OrganizationStruct.tag ? "org" : kind === ContactGroup.tag ? "group" : "individual");
  const [person] = kind === PersonStruct.tag ? ((contact as ContactPerson).CommonNames ?? []) : [];
  const [firm] = kind === OrganizationStruct.tag ? ((contact as ContactOrganization).CommonNames ?? []) : [];
  add("FN", escapeText(name));
  if (person) add("N", [words([person.Last]), words([person.First]), words(person.Middle), words([person.Prefix]), words([person.Suffix])].join(";"));
  add("ORG", firm?.RegisteredName === undefined ? undefined : escapeText(firm.RegisteredName));
  for (const { OrganizationName, Titles = [] } of contact.Roles ?? []) {
    add("ORG", OrganizationName === undefined ? undefined : escapeText(OrganizationName));
    for (const title of Titles) add("TITLE", escapeText(title));
  }
  for (const { Address, Protocols, EnvelopedProfileAccount } of contact.NetworkAddresses ?? []) {
    const protocol = EnvelopedProfileAccount ? meshProtocol : Protocols?.[0]?.Protocol;
    if (Address === undefined) continue;
    if (protocol === meshProtocol) add("IMPP", `mmm:${Address}`);
    else add(propertyOf[protocol ?? ""] ?? "IMPP", escapeText(Address));
  }
  if (address !== undefined && pin) add("KEY", `udf:${pin.udf}`, [{ name: "VALUE", values: ["uri"] }]);
  for (const { Appartment, Street, Locality, County, Postcode, Country } of contact.Locations ?? [])
    add("ADR", words(["", Appartment, Street, Locality, County, Postcode, Country], ";"));
  for (const { Uri } of contact.Bookmark ?? []) add("URL", Uri);
  return { properties: [...lines, ...keptLines(contact)] };
}

/** What the card had besides, when it was imported. */
function keptLines(contact: AnyContact): readonly VcardProperty[] {
  const source = contact.Sources?.find(({ LocalName, BinarySource }) => LocalName === sourceName && BinarySource !== undefined)?.BinarySource;
  const { fileOctets: octets, lineOctets, values: properties } = contactLimits;
  return source ? (orNothing(() => readVcards(source, { octets, lineOctets, properties, cards: 1 }))?.[0]?.properties ?? []) : [];
}
