/** Contacts: persons, groups and organisations, with the parts that they consist of. schema-08 §5.3. */
import type { OpenTagged, Struct } from "../../codec/field.ts";
import { binary, boolean, list, openTagged, optional, string, struct } from "../../codec/field.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import { envelope } from "../../dare/index.ts";
import type { CryptographicCapability } from "../access/capability.ts";
import { capabilityStructs } from "../access/capability.ts";
import { ContactRole, Location, OrganizationName, PersonName } from "./person.ts";

/** A profile that the contact is anchored in, and how that was established: "Self" for one's own. */
export interface Anchor {
  readonly Udf?: string;
  readonly Validation?: string;
}
export const Anchor: Struct<Anchor> = struct<Anchor>("Anchor", { Udf: optional(string), Validation: optional(string) });

/** Where contact data came from. */
export interface TaggedSource {
  readonly LocalName?: string;
  readonly Validation?: string;
  readonly BinarySource?: Uint8Array;
  readonly EnvelopedSource?: DareEnvelope;
}
export const TaggedSource: Struct<TaggedSource> = struct<TaggedSource>("TaggedSource", {
  LocalName: optional(string),
  Validation: optional(string),
  BinarySource: optional(binary),
  EnvelopedSource: optional(envelope),
});

/** A protocol that an address answers to. */
export interface NamedProtocol {
  readonly Protocol?: string;
}
export const NamedProtocol: Struct<NamedProtocol> = struct<NamedProtocol>("NamedProtocol", { Protocol: optional(string) });

/** A network address. `Capabilities` is in the examples, though not in the table. */
export interface NetworkAddress {
  readonly Inactive?: boolean;
  readonly Address?: string;
  readonly NetworkCapability?: readonly string[];
  readonly EnvelopedProfileAccount?: DareEnvelope;
  readonly Protocols?: readonly NamedProtocol[];
  readonly Capabilities?: readonly OpenTagged<CryptographicCapability>[];
}
export const NetworkAddress: Struct<NetworkAddress> = struct<NetworkAddress>("NetworkAddress", {
  Inactive: optional(boolean),
  Address: optional(string),
  NetworkCapability: optional(list(string)),
  EnvelopedProfileAccount: optional(envelope),
  Protocols: optional(list(NamedProtocol)),
  Capabilities: optional(list(openTagged<CryptographicCapability>(...capabilityStructs))),
});

/** A link. */
export interface Bookmark {
  readonly Uri?: string;
  readonly Title?: string;
  readonly Role?: readonly string[];
}
export const Bookmark: Struct<Bookmark> = struct<Bookmark>("Bookmark", {
  Uri: optional(string),
  Title: optional(string),
  Role: optional(list(string)),
});

/** What every kind of contact has. */
export interface Contact {
  readonly Id?: string;
  readonly Anchors?: readonly Anchor[];
  readonly NetworkAddresses?: readonly NetworkAddress[];
  readonly Locations?: readonly Location[];
  readonly Roles?: readonly ContactRole[];
  readonly Bookmark?: readonly Bookmark[];
  readonly Sources?: readonly TaggedSource[];
}

const contactFields = {
  Id: optional(string),
  Anchors: optional(list(Anchor)),
  NetworkAddresses: optional(list(NetworkAddress)),
  Locations: optional(list(Location)),
  Roles: optional(list(ContactRole)),
  Bookmark: optional(list(Bookmark)),
  Sources: optional(list(TaggedSource)),
};

/** A person. */
export interface ContactPerson extends Contact {
  readonly CommonNames?: readonly PersonName[];
}
export const ContactPerson: Struct<ContactPerson> = struct<ContactPerson>("ContactPerson", {
  ...contactFields,
  CommonNames: optional(list(PersonName)),
});

/** A group of people with an account of its own. */
export type ContactGroup = Contact;
export const ContactGroup: Struct<ContactGroup> = struct<ContactGroup>("ContactGroup", contactFields);

/** An organisation. */
export interface ContactOrganization extends Contact {
  readonly CommonNames?: readonly OrganizationName[];
}
export const ContactOrganization: Struct<ContactOrganization> = struct<ContactOrganization>("ContactOrganization", {
  ...contactFields,
  CommonNames: optional(list(OrganizationName)),
});

/** Any of the three. */
export type AnyContact = ContactPerson | ContactGroup | ContactOrganization;

/** Their descriptors. */
export const contactStructs: readonly Struct<AnyContact>[] = [ContactPerson, ContactGroup, ContactOrganization];
