/**
 * Which machine of an account is which one of a group: a machine has an identity of its own in each group that it administers. The profile keys of both
 * identities sign it, so that nobody says it of somebody else's machine. docs/extensions.md §17.
 */
import { verificationError } from "../../base/errors.ts";
import type { Struct } from "../../codec/field.ts";
import { string, struct } from "../../codec/field.ts";
import type { Enveloped } from "../enveloped.ts";
import { peekObject, verifyObject } from "../enveloped.ts";
import { KeyData, publicKeyOf } from "../key/key-data.ts";

/** Signed by DeviceKey and by MachineKey. */
export interface GroupMachine {
  readonly AccountUdf: string;
  readonly GroupUdf: string;
  /** Profile key in the account: its fingerprint is the DeviceUdf there. */
  readonly DeviceKey: KeyData;
  /** Profile key in the group. */
  readonly MachineKey: KeyData;
}
export const GroupMachine: Struct<GroupMachine> = struct<GroupMachine>("GroupMachine", {
  AccountUdf: string,
  GroupUdf: string,
  DeviceKey: KeyData,
  MachineKey: KeyData,
});

/** The DeviceUdf of one machine in its account and in a group. */
export interface MachinePair {
  readonly deviceUdf: string;
  readonly machineUdf: string;
}

/** Both have said it, of this account and this group. Errors: ERR_VERIFICATION, ERR_SCHEMA, ERR_KEY. */
export function verifyGroupMachine(
  said: Enveloped<GroupMachine>,
  { accountUdf, groupUdf }: { readonly accountUdf: string; readonly groupUdf: string },
): MachinePair {
  const { DeviceKey, MachineKey } = peekObject(GroupMachine, said);
  const keys = [publicKeyOf(DeviceKey), publicKeyOf(MachineKey)] as const;
  for (const key of keys) verifyObject(GroupMachine, said, [key]);
  const { AccountUdf, GroupUdf } = peekObject(GroupMachine, said);
  if (AccountUdf !== accountUdf || GroupUdf !== groupUdf || keys[0].udf === keys[1].udf) throw verificationError("the word on a group's machine");
  return { deviceUdf: keys[0].udf, machineUdf: keys[1].udf };
}
