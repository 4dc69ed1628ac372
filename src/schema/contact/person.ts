/** Names, roles and places of people and organisations, as contacts hold them. schema-08 §5.3. Every field is optional. */
import type { Struct } from "../../codec/field.ts";
import { boolean, list, optional, real, string, struct } from "../../codec/field.ts";

/** Name of a natural person. */
export interface PersonName {
  readonly Inactive?: boolean;
  readonly FullName?: string;
  readonly Prefix?: string;
  readonly First?: string;
  readonly Middle?: readonly string[];
  readonly Last?: string;
  readonly Suffix?: string;
  readonly PostNominal?: string;
}
export const PersonName: Struct<PersonName> = struct<PersonName>("PersonName", {
  Inactive: optional(boolean),
  FullName: optional(string),
  Prefix: optional(string),
  First: optional(string),
  Middle: optional(list(string)),
  Last: optional(string),
  Suffix: optional(string),
  PostNominal: optional(string),
});

/** Name of an organisation; DBA is the name it trades under. */
export interface OrganizationName {
  readonly Inactive?: boolean;
  readonly RegisteredName?: string;
  readonly DBA?: string;
}
export const OrganizationName: Struct<OrganizationName> = struct<OrganizationName>("OrganizationName", {
  Inactive: optional(boolean),
  RegisteredName: optional(string),
  DBA: optional(string),
});

/** A postal address. `Appartment` is spelled as the draft spells it; coordinates are of 2022, in degrees. */
export interface Location {
  readonly Appartment?: string;
  readonly Street?: string;
  readonly District?: string;
  readonly Locality?: string;
  readonly County?: string;
  readonly Postcode?: string;
  readonly Country?: string;
  readonly Latitude?: number;
  readonly Longitude?: number;
}
export const Location: Struct<Location> = struct<Location>("Location", {
  Appartment: optional(string),
  Street: optional(string),
  District: optional(string),
  Locality: optional(string),
  County: optional(string),
  Postcode: optional(string),
  Country: optional(string),
  Latitude: optional(real),
  Longitude: optional(real),
});

/** What somebody is in an organisation. */
export interface ContactRole {
  readonly OrganizationName?: string;
  readonly Titles?: readonly string[];
  readonly Locations?: readonly Location[];
}
export const ContactRole: Struct<ContactRole> = struct<ContactRole>("Role", {
  OrganizationName: optional(string),
  Titles: optional(list(string)),
  Locations: optional(list(Location)),
});
