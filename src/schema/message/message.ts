/** Messages of the spools. schema-08 §8, protocol-09 §8-9; hub messages: extensions §3, §7. Every message is signed by its sender unless said otherwise. */
import type { Struct } from "../../codec/field.ts";
import { binary, boolean, dateTime, integer, list, optional, string, struct, word } from "../../codec/field.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import { envelope } from "../../dare/index.ts";
import { CatalogedDevice, CatalogedState, Head } from "../catalog/catalog.ts";
import { StateValue } from "../device/state.ts";
import type { Enveloped } from "../enveloped.ts";
import { enveloped } from "../enveloped.ts";
import type { ProfileDevice, ProfileUser } from "../profile/profile.ts";

const results = word("Accept", "Reject", "Pending", "Expired");

/** What became of a request. */
export type Result = "Accept" | "Reject" | "Pending" | "Expired";

/** Asks to connect a device; bound to a PIN or to the witness. Signed by ProfileDevice.Signature. */
export interface RequestConnection {
  readonly MessageId: string;
  readonly AccountAddress: string;
  readonly AuthenticatedData: Enveloped<ProfileDevice>;
  readonly ClientNonce: Uint8Array;
  readonly PinId?: string;
  readonly PinWitness?: Uint8Array;
  /** Name that the device proposes. */
  readonly LocalName?: string;
}
export const RequestConnection: Struct<RequestConnection> = struct<RequestConnection>("RequestConnection", {
  MessageId: string,
  AccountAddress: string,
  AuthenticatedData: enveloped<ProfileDevice>(),
  ClientNonce: binary,
  PinId: optional(string),
  PinWitness: optional(binary),
  LocalName: optional(string),
});

/** The service's note that a device asked; MessageId = Witness. Unsigned: it is checked by recomputing the witness. */
export interface AcknowledgeConnection {
  readonly MessageId: string;
  readonly EnvelopedRequestConnection: Enveloped<RequestConnection>;
  readonly ServerNonce: Uint8Array;
  readonly Witness: string;
}
export const AcknowledgeConnection: Struct<AcknowledgeConnection> = struct<AcknowledgeConnection>("AcknowledgeConnection", {
  MessageId: string,
  EnvelopedRequestConnection: enveloped<RequestConnection>(),
  ServerNonce: binary,
  Witness: string,
});

/** The answer to a connecting device, sealed to its base encryption key, signed by AdministratorSignature. */
export interface RespondConnection {
  readonly MessageId: string;
  readonly Result: Result;
  readonly CatalogedDevice?: CatalogedDevice;
  readonly EnvelopedProfileUser?: Enveloped<ProfileUser>;
  readonly Heads?: readonly Head[];
}
export const RespondConnection: Struct<RespondConnection> = struct<RespondConnection>("RespondConnection", {
  MessageId: string,
  Result: results,
  CatalogedDevice: optional(CatalogedDevice),
  EnvelopedProfileUser: optional(enveloped<ProfileUser>()),
  Heads: optional(list(Head)),
});

/** A PIN that was issued; MessageId = PinId. Signed, and sealed to AdministratorEncryption. */
export interface MessagePin {
  readonly MessageId: string;
  readonly Account: string;
  readonly Expires: string;
  readonly Automatic: boolean;
  readonly SaltedPin: string;
  readonly Action: string;
  readonly Roles?: readonly string[];
  readonly LocalName?: string;
}
export const MessagePin: Struct<MessagePin> = struct<MessagePin>("MessagePin", {
  MessageId: string,
  Account: string,
  Expires: dateTime,
  Automatic: boolean,
  SaltedPin: string,
  Action: string,
  Roles: optional(list(string)),
  LocalName: optional(string),
});

/** Points to a message whose state changes. */
export interface Reference {
  readonly MessageId: string;
  readonly ResponseId?: string;
  readonly Relationship: string;
}
export const Reference: Struct<Reference> = struct<Reference>("Reference", { MessageId: string, ResponseId: optional(string), Relationship: string });

/** Changes the state of messages: "Closed", "Read". The newest reference wins. */
export interface MessageComplete {
  readonly MessageId: string;
  readonly References: readonly Reference[];
}
export const MessageComplete: Struct<MessageComplete> = struct<MessageComplete>("MessageComplete", {
  MessageId: string,
  References: list(Reference),
});

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

/** A command from afar, signed by the sender's Signature key, sealed to the hub, in MMM_Command. */
export interface RequestCommand {
  readonly MessageId: string;
  /** UDF of the sending device. */
  readonly Sender: string;
  readonly HubUdf: string;
  readonly DeviceUdf: string;
  readonly LocalName?: string;
  readonly Command: string;
  readonly Arguments: readonly StateValue[];
  readonly Expires: string;
  readonly CommandEpoch: string;
  readonly Heads?: readonly Head[];
}
export const RequestCommand: Struct<RequestCommand> = struct<RequestCommand>("RequestCommand", {
  MessageId: string,
  Sender: string,
  HubUdf: string,
  DeviceUdf: string,
  LocalName: optional(string),
  Command: string,
  Arguments: list(StateValue),
  Expires: dateTime,
  CommandEpoch: string,
  Heads: optional(list(Head)),
});

/** The hub's answer; MessageId = response id of the request. Signed by the hub, sealed to the sender, in MMM_Command. */
export interface RespondCommand {
  readonly MessageId: string;
  readonly HubUdf: string;
  readonly Result: Result;
  readonly State?: CatalogedState;
  readonly ErrorReport?: string;
  readonly Heads?: readonly Head[];
}
export const RespondCommand: Struct<RespondCommand> = struct<RespondCommand>("RespondCommand", {
  MessageId: string,
  HubUdf: string,
  Result: results,
  State: optional(CatalogedState),
  ErrorReport: optional(string),
  Heads: optional(list(Head)),
});

/** Claims a publication. Signed by the claimant's account key (extensions §3.6). */
export interface MessageClaim {
  readonly MessageId: string;
  /** Claimant's account address. */
  readonly Sender: string;
  readonly PublicationId: string;
  readonly ServiceAuthenticate: string;
  readonly DeviceAuthenticate: string;
  readonly Expires?: string;
  readonly EnvelopedProfileUser: Enveloped<ProfileUser>;
  /** HMAC(Kd, "mmm/hub/claim", address, AccountUdf, MessageId). */
  readonly ClaimMac?: Uint8Array;
  /** Gives the publication back. */
  readonly Release?: boolean;
}
export const MessageClaim: Struct<MessageClaim> = struct<MessageClaim>("MessageClaim", {
  MessageId: string,
  Sender: string,
  PublicationId: string,
  ServiceAuthenticate: string,
  DeviceAuthenticate: string,
  Expires: optional(dateTime),
  EnvelopedProfileUser: enveloped<ProfileUser>(),
  ClaimMac: optional(binary),
  Release: optional(boolean),
});
