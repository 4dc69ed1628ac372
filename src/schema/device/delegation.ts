/**
 * Who may give orders that a constrained device judges itself: the command keys of the owner's devices, signed by AdministratorSignature25519
 * and brought by the hub before any order. extensions §15. The device has no clock: of one connection
 * it keeps the delegation with the highest Generation, and the key that it made for that connection tells one from another.
 */
import type { Struct } from "../../codec/field.ts";
import { binary, integer, list, optional, string, struct } from "../../codec/field.ts";
import { KeyData } from "../key/key-data.ts";

/** One of the owner's devices. */
export interface CommandGrant {
  /** UDF of the owner's device. */
  readonly Udf: string;
  /** Ed25519: its orders are signed with it. */
  readonly Command25519: KeyData;
  /** Names of the commands that it may give; absent = all. */
  readonly Commands?: readonly string[];
}
export const CommandGrant: Struct<CommandGrant> = struct<CommandGrant>("CommandGrant", {
  Udf: string,
  Command25519: KeyData,
  Commands: optional(list(string)),
});

/** Whose orders one device takes. */
export interface Delegation {
  readonly AccountUdf: string;
  readonly DeviceUdf: string;
  /** The fresh link key of the device's contribution, X25519 in 32 octets: after a reset or release it is another one. 0.2.0 left it out, and a device refuses that. */
  readonly LinkKey?: Uint8Array;
  /** Rises with every grant and removal; a device refuses one that is not above what it has. */
  readonly Generation: number;
  readonly Grants: readonly CommandGrant[];
}
export const Delegation: Struct<Delegation> = struct<Delegation>("Delegation", {
  AccountUdf: string,
  DeviceUdf: string,
  LinkKey: optional(binary),
  Generation: integer,
  Grants: list(CommandGrant),
});

/** Grants of one delegation at most. */
export const mostGrants = 32;
/** Octets of a signed delegation in JSON-B at most. */
export const maxDelegation = 8192;
