/** Connections: an authority vouches for a subject's keys. schema-08 §4.2; Roles, Link and hub connections: extensions §1, §4, §6. */
import type { Struct } from "../../codec/field.ts";
import { dateTime, integer, list, optional, partial, string, struct, tagged } from "../../codec/field.ts";
import { KeyData } from "../key/key-data.ts";

/** Names in the tables of schema-08; the examples use the others. */
const connectionNames = { Subject: ["SubjectUdf"], Authority: ["AuthorityUdf"] } as const;

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
  /** UDF of the account profile, as 2022 writes it. */
  readonly ProfileUdf?: string;
  readonly Roles: readonly string[];
  readonly Authentication: KeyData;
  readonly Signature: KeyData;
  readonly Encryption: KeyData;
  /** Ed25519: of an owner's device, for orders that a constrained device judges. extensions §15. */
  readonly Command25519?: KeyData;
  /** Link keys in force; for a constrained device its fresh one. */
  readonly Link: readonly KeyData[];
  readonly Capabilities?: readonly { readonly tag: string; readonly value: CapabilityCommand }[];
}
export const ConnectionDevice: Struct<ConnectionDevice> = struct<ConnectionDevice>(
  "ConnectionDevice",
  {
    Subject: string,
    Authority: string,
    Account: optional(string),
    ProfileUdf: optional(string),
    Roles: list(string),
    Authentication: KeyData,
    Signature: KeyData,
    Encryption: KeyData,
    Command25519: optional(KeyData),
    Link: list(KeyData),
    Capabilities: optional(list(tagged(CapabilityCommand))),
  },
  {
    fields: {
      ...connectionNames,
      Account: ["AccountAddress"],
      Encryption: ["DeviceEncryption"],
      Signature: ["DeviceSignature"],
      Authentication: ["DeviceAuthentication"],
    },
  },
);

/** A host of a service, signed by ServiceSignature. */
export interface ConnectionHost {
  readonly Subject: string;
  readonly Authority: string;
  readonly Link: readonly KeyData[];
}
export const ConnectionHost: Struct<ConnectionHost> = struct<ConnectionHost>(
  "ConnectionHost",
  {
    Subject: string,
    Authority: string,
    Link: list(KeyData),
  },
  { fields: connectionNames },
);

/** The short credential that a device presents to its service in August 2021: a key, without its fingerprint. */
export interface ConnectionAddress {
  readonly Subject?: string;
  readonly Authority?: string;
  readonly Account?: string;
  readonly Authentication?: Partial<KeyData>;
}
export const ConnectionAddress: Struct<ConnectionAddress> = struct<ConnectionAddress>(
  "ConnectionAddress",
  {
    Subject: optional(string),
    Authority: optional(string),
    Account: optional(string),
    Authentication: optional(partial(KeyData)),
  },
  { fields: { ...connectionNames, Account: ["AccountAddress"] } },
);

/** What takes its place in 2022; schema-08 gives it no fields. */
export interface ConnectionService {
  readonly Subject?: string;
  readonly Authority?: string;
  readonly ProfileUdf?: string;
  readonly Authentication?: Partial<KeyData>;
}
export const ConnectionService: Struct<ConnectionService> = struct<ConnectionService>(
  "ConnectionService",
  {
    Subject: optional(string),
    Authority: optional(string),
    ProfileUdf: optional(string),
    Authentication: optional(partial(KeyData)),
  },
  { fields: connectionNames },
);

/** Binds a member to a group, or a device to an application; the draft gives them no fields of their own. */
export interface ConnectionOfSubject {
  readonly Subject?: string;
  readonly Authority?: string;
  readonly Authentication?: KeyData;
}
const subjectFields = { Subject: optional(string), Authority: optional(string), Authentication: optional(KeyData) };
export const ConnectionGroup: Struct<ConnectionOfSubject> = struct<ConnectionOfSubject>("ConnectionGroup", subjectFields, {
  fields: connectionNames,
});
export const ConnectionApplication: Struct<ConnectionOfSubject> = struct<ConnectionOfSubject>("ConnectionApplication", subjectFields, {
  fields: connectionNames,
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
