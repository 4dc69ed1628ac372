/** Entries of a group's Member catalog. schema-08 §7; primary key: ContactAddress. */
import type { Struct } from "../../codec/field.ts";
import { dateTime, list, optional, string, struct } from "../../codec/field.ts";

/** A member, with the identifiers of the two parts of his share. */
export interface CatalogedMember {
  readonly Labels?: readonly string[];
  readonly ContactAddress?: string;
  /** UDF of the member's account. */
  readonly AccountUdf?: string;
  /** Absent until the invitation with the share has gone out. */
  readonly MemberCapabilityId?: string;
  readonly ServiceCapabilityId?: string;
  /** Fingerprint of the group's key that his share is of; absent: of the group's first. */
  readonly KeyUdf?: string;
  /** When his share was dealt: the next one is dealt later, whichever machine's clock says so. */
  readonly Dealt?: string;
  /** The service's parts of his shares of former keys, oldest first: he opens by them what was encrypted before the key was renewed. */
  readonly FormerCapabilityIds?: readonly string[];
}
export const CatalogedMember: Struct<CatalogedMember> = struct<CatalogedMember>("CatalogedMember", {
  Labels: optional(list(string)),
  ContactAddress: optional(string),
  AccountUdf: optional(string),
  MemberCapabilityId: optional(string),
  ServiceCapabilityId: optional(string),
  KeyUdf: optional(string),
  Dealt: optional(dateTime),
  FormerCapabilityIds: optional(list(string)),
});
