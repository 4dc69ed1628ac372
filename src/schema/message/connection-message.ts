/** Connecting a device: request, note of the service, answer. schema-08 §8, protocol-09 §9. Messages are signed by their sender unless said otherwise. */
import type { Struct } from "../../codec/field.ts";
import { binary, list, optional, string, struct } from "../../codec/field.ts";
import { Head } from "../catalog/catalog-update.ts";
import { CatalogedDevice } from "../catalog/cataloged-device.ts";
import type { Enveloped } from "../enveloped.ts";
import { enveloped } from "../enveloped.ts";
import type { ProfileDevice, ProfileUser } from "../profile/profile.ts";
import { type Result, results } from "./result.ts";

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
  /** Shows a device that joins by PIN that the account knows the PIN: 64 octets, extensions §8. */
  readonly PinAnswer?: Uint8Array;
  /** Why a PIN did not count, as a code of the error catalogue; with Result Reject, extensions §8. */
  readonly ErrorCode?: string;
}
export const RespondConnection: Struct<RespondConnection> = struct<RespondConnection>("RespondConnection", {
  MessageId: string,
  Result: results,
  CatalogedDevice: optional(CatalogedDevice),
  EnvelopedProfileUser: optional(enveloped<ProfileUser>()),
  Heads: optional(list(Head)),
  PinAnswer: optional(binary),
  ErrorCode: optional(string),
});
