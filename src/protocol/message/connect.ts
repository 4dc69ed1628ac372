/** Connect and Complete (protocol-09 §6.6): a device asks to join an account, and fetches the answer. */
import type { Struct } from "../../codec/field.ts";
import { count, optional, string, struct } from "../../codec/field.ts";
import type { AcknowledgeConnection, Enveloped, ProfileUser, RequestConnection, RespondConnection } from "../../schema/index.ts";
import { enveloped } from "../../schema/index.ts";
import { type Response, responseFields } from "./response.ts";

/** Files a request to join. The session's link key must be one of ProfileDevice.Link. */
export interface ConnectRequest {
  readonly Account: string;
  readonly EnvelopedRequestConnection: Enveloped<RequestConnection>;
}
export const ConnectRequest: Struct<ConnectRequest> = struct<ConnectRequest>("ConnectRequest", {
  Account: string,
  EnvelopedRequestConnection: enveloped<RequestConnection>(),
});

/** The service's note of the request, with its nonce and the witness. */
export interface ConnectResponse extends Response {
  readonly EnvelopedAcknowledgeConnection: Enveloped<AcknowledgeConnection>;
  readonly EnvelopedProfileAccount: Enveloped<ProfileUser>;
}
export const ConnectResponse: Struct<ConnectResponse> = struct<ConnectResponse>("ConnectResponse", {
  ...responseFields,
  EnvelopedAcknowledgeConnection: enveloped<AcknowledgeConnection>(),
  EnvelopedProfileAccount: enveloped<ProfileUser>(),
});

/** Fetches the answer to a request; the answer names its readers by their link keys (extensions §3). */
export interface CompleteRequest {
  readonly AccountAddress: string;
  /** Response id of the acknowledgement's MessageId. */
  readonly ResponseId: string;
  /** Seconds to wait for it. */
  readonly Wait?: number;
}
export const CompleteRequest: Struct<CompleteRequest> = struct<CompleteRequest>("CompleteRequest", {
  AccountAddress: string,
  ResponseId: string,
  Wait: optional(count),
});

/** The answer, sealed to the device. */
export interface CompleteResponse extends Response {
  readonly EnvelopedRespondConnection: Enveloped<RespondConnection>;
}
export const CompleteResponse: Struct<CompleteResponse> = struct<CompleteResponse>("CompleteResponse", {
  ...responseFields,
  EnvelopedRespondConnection: enveloped<RespondConnection>(),
});
