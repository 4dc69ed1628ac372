/** Connections: an authority vouches for a subject's keys. schema-08 §4.2; Roles, Link and hub connections: extensions §1, §4, §6. */
import type { Struct } from "../../codec/field.ts";
import { dateTime, integer, list, optional, string, struct, tagged } from "../../codec/field.ts";
import { KeyData } from "../key/key-data.ts";

/** Which commands of which devices a holder may give; no list = all. */
export interface CapabilityCommand {
  readonly DeviceUdf?: readonly string[];
  readonly Commands?: readonly string[];
}
export const CapabilityCommand: Struct<CapabilityCommand> = struct<CapabilityCommand>("CapabilityCommand", {
  DeviceUdf: optional(list(string)),
  Commands: optional(list(string)),
});

/** A device's credential in an account, signed by AdministratorSignature (constrained: by AdministratorSignature25519). */
export interface ConnectionDevice {
  /** UDF of the device profile. */
  readonly Subject: string;
  /** UDF of the account profile. */
  readonly Authority: string;
  readonly Account?: string;
  readonly Roles: readonly string[];
  readonly Authentication: KeyData;
  readonly Signature: KeyData;
  readonly Encryption: KeyData;
  /** Link keys in force; for a constrained device its fresh one. */
  readonly Link: readonly KeyData[];
  readonly Capabilities?: readonly { readonly tag: string; readonly value: CapabilityCommand }[];
}
export const ConnectionDevice: Struct<ConnectionDevice> = struct<ConnectionDevice>("ConnectionDevice", {
  Subject: string,
  Authority: string,
  Account: optional(string),
  Roles: list(string),
  Authentication: KeyData,
  Signature: KeyData,
  Encryption: KeyData,
  Link: list(KeyData),
  Capabilities: optional(list(tagged(CapabilityCommand))),
});

/** A host of a service, signed by ServiceSignature. */
export interface ConnectionHost {
  readonly Subject: string;
  readonly Authority: string;
  readonly Link: readonly KeyData[];
}
export const ConnectionHost: Struct<ConnectionHost> = struct<ConnectionHost>("ConnectionHost", {
  Subject: string,
  Authority: string,
  Link: list(KeyData),
});

/** Tells one constrained device which hub speaks for it, signed by AdministratorSignature25519. A device has no clock and ignores NotOnOrAfter. */
export interface ConnectionHub {
  readonly Subject: string;
  readonly Authority: string;
  /** The hub's X25519 link key. */
  readonly LinkKeys: readonly KeyData[];
  readonly DeviceUdf: readonly string[];
  readonly DealEpoch: number;
  readonly Rights?: readonly string[];
  readonly NotOnOrAfter?: string;
}
export const ConnectionHub: Struct<ConnectionHub> = struct<ConnectionHub>("ConnectionHub", {
  Subject: string,
  Authority: string,
  LinkKeys: list(KeyData),
  DeviceUdf: list(string),
  DealEpoch: integer,
  Rights: optional(list(string)),
  NotOnOrAfter: optional(dateTime),
});
