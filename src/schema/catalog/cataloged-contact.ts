/** Entries of the Contact catalog. schema-08 §5.3; the self contact is signed with AccountSignature. Members after Contact: extensions §10. */
import type { OpenTagged, Struct } from "../../codec/field.ts";
import { binary, boolean, dateTime, list, openTagged, optional, string, struct } from "../../codec/field.ts";
import type { AnyContact } from "../contact/contact.ts";
import { contactStructs } from "../contact/contact.ts";

/** A contact with its key in the catalog. */
export interface CatalogedContact {
  readonly Labels?: readonly string[];
  readonly Key?: string;
  /** The owner of the catalog. */
  readonly Self?: boolean;
  readonly Contact?: OpenTagged<AnyContact>;
  /** What the owner calls it. */
  readonly LocalName?: string;
  readonly Updated?: string;
  /** When this account asked for the contact; absent once it has come. */
  readonly Requested?: string;
  /** Payload digest of the owner's profile that the contact was told last. */
  readonly Told?: Uint8Array;
  /** EnvelopeId of the message by which it was told. */
  readonly ToldBy?: string;
  /** Of the owner's own entry: the code under which it is published. */
  readonly StaticCode?: string;
}
export const CatalogedContact: Struct<CatalogedContact> = struct<CatalogedContact>("CatalogedContact", {
  Labels: optional(list(string)),
  Key: optional(string),
  Self: optional(boolean),
  Contact: optional(openTagged<AnyContact>(...contactStructs)),
  LocalName: optional(string),
  Updated: optional(dateTime),
  Requested: optional(dateTime),
  Told: optional(binary),
  ToldBy: optional(string),
  StaticCode: optional(string),
});
