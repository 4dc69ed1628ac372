/** Offers of constrained devices between hub and administrators. extensions §3. */
import type { Struct } from "../../codec/field.ts";
import { binary, dateTime, integer, optional, string, struct } from "../../codec/field.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import { envelope } from "../../dare/index.ts";
import type { DevicePreconfigurationPublic } from "../device/preconfiguration.ts";
import { type Enveloped, enveloped } from "../enveloped.ts";
import { type Result, results } from "./result.ts";

/** The hub offers a device to the administrators. Signed by the hub, sealed to AdministratorEncryption, in MMM_Inbound. */
export interface OfferConnection {
  readonly MessageId: string;
  readonly Sender: string;
  readonly HubUdf: string;
  /** The URI, sealed to AdministratorEncryption. */
  readonly SealedUri: DareEnvelope;
  /** Envelope octets of the sealed description. */
  readonly Described?: Uint8Array;
  readonly EnvelopedDeviceContribution?: DareEnvelope;
  /** Base32 of the first 140 bits of the link's handshake hash. */
  readonly LinkWitness?: string;
  readonly LocalName?: string;
  /** Name of the place. */
  readonly Place?: string;
  readonly Expires: string;
}
export const OfferConnection: Struct<OfferConnection> = struct<OfferConnection>("OfferConnection", {
  MessageId: string,
  Sender: string,
  HubUdf: string,
  SealedUri: envelope,
  Described: optional(binary),
  EnvelopedDeviceContribution: optional(envelope),
  LinkWitness: optional(string),
  LocalName: optional(string),
  Place: optional(string),
  Expires: dateTime,
});

/**
 * The hub offers a device that speaks another protocol, behind a bridge: the hub has made its profile and holds its seed. Signed by the hub, sealed
 * to AdministratorEncryption, in MMM_Inbound. extensions §19.
 */
export interface OfferHosted {
  readonly MessageId: string;
  readonly Sender: string;
  readonly HubUdf: string;
  readonly EnvelopedDevicePreconfigurationPublic: Enveloped<DevicePreconfigurationPublic>;
  /** Which bridge has announced it: the kind of the bridge, or its name in the hub's configuration. */
  readonly Bridge: string;
  /** What the bridge calls it, in all times: an address, not the name that people gave it there. */
  readonly ForeignId: string;
  readonly LocalName?: string;
  readonly Expires: string;
}
export const OfferHosted: Struct<OfferHosted> = struct<OfferHosted>("OfferHosted", {
  MessageId: string,
  Sender: string,
  HubUdf: string,
  EnvelopedDevicePreconfigurationPublic: enveloped<DevicePreconfigurationPublic>(),
  Bridge: string,
  ForeignId: string,
  LocalName: optional(string),
  Expires: dateTime,
});

/** Wakes the hub after an offer was answered; MessageId = response id of the offer. Sealed to the hub, in MMM_Command. */
export interface RespondOffer {
  readonly MessageId: string;
  readonly Result: Result;
  readonly DeviceUdf?: string;
  readonly ErrorReport?: string;
}
export const RespondOffer: Struct<RespondOffer> = struct<RespondOffer>("RespondOffer", {
  MessageId: string,
  Result: results,
  DeviceUdf: optional(string),
  ErrorReport: optional(string),
});

/** Carries a device's AcceptConnection octets to the administrators. Signed by the hub, sealed to AdministratorEncryption, in MMM_Command. */
export interface ForwardAccept {
  readonly MessageId: string;
  readonly HubUdf: string;
  readonly DeviceUdf: string;
  readonly Accept: Uint8Array;
}
export const ForwardAccept: Struct<ForwardAccept> = struct<ForwardAccept>("ForwardAccept", {
  MessageId: string,
  HubUdf: string,
  DeviceUdf: string,
  Accept: binary,
});

/** The hub tells the administrators that a device has obeyed ReleaseDevice. Signed by the hub, in MMM_Command. */
export interface DeviceReleased {
  readonly MessageId: string;
  readonly HubUdf: string;
  readonly DeviceUdf: string;
  readonly DealEpoch: number;
}
export const DeviceReleased: Struct<DeviceReleased> = struct<DeviceReleased>("DeviceReleased", {
  MessageId: string,
  HubUdf: string,
  DeviceUdf: string,
  DealEpoch: integer,
});
