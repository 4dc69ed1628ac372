/** BindAccount and UnbindAccount (protocol-09 §5.3), with the authorization of extensions §6 that ties the request to one session. */
import type { Struct } from "../../codec/field.ts";
import { binary, boolean, optional, string, struct } from "../../codec/field.ts";
import type { Enveloped, EscrowedKeys, ProfileUser } from "../../schema/index.ts";
import { enveloped } from "../../schema/index.ts";
import { type Response, responseFields } from "./response.ts";

/** Consent of the account to a request over one session. Signed by the account's ProfileSignature. */
export interface BindAuthorization {
  readonly AccountAddress: string;
  readonly ServiceUdf: string;
  /** Link key of the session; it has all rights until the Access catalog has an entry. */
  readonly LinkUdf: string;
  readonly HandshakeHash: Uint8Array;
  /** The link key gets the owner's rights for an hour, whatever the Access catalog says: an account is recovered on a new machine. extensions §6 */
  readonly Recover?: boolean;
  /** With Recover, for ten minutes: nobody else uses the account meanwhile. Whoever makes its stores whole again is not disturbed. extensions §5 */
  readonly Alone?: boolean;
}
export const BindAuthorization: Struct<BindAuthorization> = struct<BindAuthorization>("BindAuthorization", {
  AccountAddress: string,
  ServiceUdf: string,
  LinkUdf: string,
  HandshakeHash: binary,
  Recover: optional(boolean),
  Alone: optional(boolean),
});

/** Asks the service to hold an account. */
export interface BindRequest {
  readonly AccountAddress: string;
  readonly EnvelopedProfileAccount: Enveloped<ProfileUser>;
  readonly EnvelopedBindAuthorization: Enveloped<BindAuthorization>;
  /** What whoever runs the service gave to the owner; not needed again for an account that is there. */
  readonly Invitation?: string;
}
export const BindRequest: Struct<BindRequest> = struct<BindRequest>("BindRequest", {
  AccountAddress: string,
  EnvelopedProfileAccount: enveloped<ProfileUser>(),
  EnvelopedBindAuthorization: enveloped<BindAuthorization>(),
  Invitation: optional(string),
});
/** What a recovery needs beside the seed, from the CapabilityRecover of MMM_Access; absent where the account has none, and for everybody else. */
export interface BindResponse extends Response {
  readonly EnvelopedEscrowedKeys?: Enveloped<EscrowedKeys>;
}
export const BindResponse: Struct<BindResponse> = struct<BindResponse>("BindResponse", {
  ...responseFields,
  EnvelopedEscrowedKeys: optional(enveloped<EscrowedKeys>()),
});

/** Asks the service to forget an account with all its stores. */
export interface UnbindRequest {
  readonly Account: string;
  readonly EnvelopedBindAuthorization: Enveloped<BindAuthorization>;
}
export const UnbindRequest: Struct<UnbindRequest> = struct<UnbindRequest>("UnbindRequest", {
  Account: string,
  EnvelopedBindAuthorization: enveloped<BindAuthorization>(),
});
export type UnbindResponse = Response;
export const UnbindResponse: Struct<UnbindResponse> = struct<UnbindResponse>("UnbindResponse", responseFields);
