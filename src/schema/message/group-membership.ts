/**
 * What a group's administrators sign for a member: whose share this is. A GroupInvitation carries it, so that a share counts only in the account that
 * it was dealt to, and only as the group's own word. docs/extensions.md §17.
 */
import type { Struct } from "../../codec/field.ts";
import { dateTime, string, struct } from "../../codec/field.ts";
import { KeyData } from "../key/key-data.ts";

/** Signed by AdministratorSignature of the group. */
export interface GroupMembership {
  readonly GroupUdf: string;
  /** UDF of the member's account. */
  readonly MemberUdf: string;
  /** The capability that the service's share is used under. */
  readonly ServiceId: string;
  /** The group's key, public. */
  readonly Key: KeyData;
  /** Public half of the member's share. */
  readonly Share: KeyData;
  /** Of two the newer counts. */
  readonly Time: string;
}
export const GroupMembership: Struct<GroupMembership> = struct<GroupMembership>("GroupMembership", {
  GroupUdf: string,
  MemberUdf: string,
  ServiceId: string,
  Key: KeyData,
  Share: KeyData,
  Time: dateTime,
});
