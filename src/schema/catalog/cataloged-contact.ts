/** Entries of the Contact catalog. schema-08 §5.3; the self contact is signed with AccountSignature. */
import type { OpenTagged, Struct } from "../../codec/field.ts";
import { boolean, list, openTagged, optional, string, struct } from "../../codec/field.ts";
import type { AnyContact } from "../contact/contact.ts";
import { contactStructs } from "../contact/contact.ts";

/** A contact with its key in the catalog. */
export interface CatalogedContact {
  readonly Labels?: readonly string[];
  readonly Key?: string;
  /** The owner of the catalog. */
  readonly Self?: boolean;
  readonly Contact?: OpenTagged<AnyContact>;
}
export const CatalogedContact: Struct<CatalogedContact> = struct<CatalogedContact>("CatalogedContact", {
  Labels: optional(list(string)),
  Key: optional(string),
  Self: optional(boolean),
  Contact: optional(openTagged<AnyContact>(...contactStructs)),
});
