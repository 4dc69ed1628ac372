/**
 * Split administration (docs/extensions.md §16): an administrator lets one device of the owner and the account's service, together and only together,
 * connect small devices in a house while no administration device is on. What they may is in `AdministratorSplit`; what they did in `SplitConnection`.
 */
import type { Struct } from "../../codec/field.ts";
import { binary, count, dateTime, integer, list, string, struct } from "../../codec/field.ts";
import type { Enveloped } from "../enveloped.ts";
import { enveloped } from "../enveloped.ts";
import { KeyData } from "../key/key-data.ts";

/** The limits, signed by AdministratorSignature25519, so that the device that is connected can check them too. */
export interface AdministratorSplit {
  /** A random nonce UDF: the service has its half under `capability:ID`. */
  readonly Id: string;
  readonly AccountUdf: string;
  /** Ed25519, in two halves: the grantee's and the service's. It stands in no profile. */
  readonly Key: KeyData;
  /** The owner's device that has the other half. */
  readonly GranteeUdf: string;
  /** The hub that speaks for what is connected. */
  readonly HubUdf: string;
  /** Device classes, none with a command that can do harm. */
  readonly Classes: readonly string[];
  /** How many devices; each takes one number from 1 on. */
  readonly Count: number;
  readonly NotOnOrAfter: string;
}
export const AdministratorSplit: Struct<AdministratorSplit> = struct<AdministratorSplit>("AdministratorSplit", {
  Id: string,
  AccountUdf: string,
  Key: KeyData,
  GranteeUdf: string,
  HubUdf: string,
  Classes: list(string),
  Count: count,
  NotOnOrAfter: dateTime,
});

/** One device that was connected, signed under AdministratorSplit.Key by both halves: all that the service sees of it. Digests are SHA-512. */
export interface SplitConnection {
  readonly AccountUdf: string;
  readonly SplitId: string;
  /** 1 to Count, each once. */
  readonly Serial: number;
  readonly HubUdf: string;
  readonly DeviceUdf: string;
  /** As in the description that the maker signed. */
  readonly Class: string;
  readonly DealEpoch: number;
  readonly Time: string;
  /** Of the body of the ConnectionDevice envelope. */
  readonly ConnectionDigest: Uint8Array;
  /** Of RespondDevice in JSON-B: what the device is given, which nobody else sees. */
  readonly RespondDigest: Uint8Array;
  /** Of the bodies of the sealed envelopes of ActivationHub and ActivationDeal. */
  readonly HubDigest: Uint8Array;
  readonly DealDigest: Uint8Array;
}
export const SplitConnection: Struct<SplitConnection> = struct<SplitConnection>("SplitConnection", {
  AccountUdf: string,
  SplitId: string,
  Serial: count,
  HubUdf: string,
  DeviceUdf: string,
  Class: string,
  DealEpoch: integer,
  Time: dateTime,
  ConnectionDigest: binary,
  RespondDigest: binary,
  HubDigest: binary,
  DealDigest: binary,
});

/** An administrator ended a split: these numbers count for ever, and no other does. Signed by AdministratorSignature. */
export interface SplitEnded {
  readonly SplitId: string;
  readonly AccountUdf: string;
  readonly Time: string;
  readonly Serials: readonly number[];
}
export const SplitEnded: Struct<SplitEnded> = struct<SplitEnded>("SplitEnded", {
  SplitId: string,
  AccountUdf: string,
  Time: dateTime,
  Serials: list(count),
});

/** What a device is given in the place of a signed RespondDevice, sealed alike (extensions §3.3). Its two envelopes vouch for the octets beside them. */
export interface RespondSplit {
  readonly EnvelopedAdministratorSplit: Enveloped<AdministratorSplit>;
  readonly EnvelopedSplitConnection: Enveloped<SplitConnection>;
  /** RespondDevice in JSON-B; the connections inside are not signed by themselves. */
  readonly Respond: Uint8Array;
}
export const RespondSplit: Struct<RespondSplit> = struct<RespondSplit>("RespondSplit", {
  EnvelopedAdministratorSplit: enveloped<AdministratorSplit>(),
  EnvelopedSplitConnection: enveloped<SplitConnection>(),
  Respond: binary,
});
