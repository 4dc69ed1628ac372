/** Hello (protocol-09 §5.2): who the service is and what it accepts. The one transaction outside a session. */
import type { Struct } from "../../codec/field.ts";
import { integer, list, optional, string, struct } from "../../codec/field.ts";
import type { ConnectionHost, Enveloped, ProfileService } from "../../schema/index.ts";
import { enveloped } from "../../schema/index.ts";
import { type Response, responseFields } from "./response.ts";

/** Asks for the service's description. */
export type HelloRequest = Readonly<Record<never, never>>;
export const HelloRequest: Struct<HelloRequest> = struct<HelloRequest>("HelloRequest", {});

/** Revision of the protocol. */
export interface Version {
  readonly Major: number;
  readonly Minor: number;
}
export const Version: Struct<Version> = struct<Version>("Version", { Major: integer, Minor: integer });

/** Limits of what is sent or answered at a time. */
export interface ConstraintsData {
  readonly BytesMax?: number;
  readonly MaxEntries?: number;
}
export const ConstraintsData: Struct<ConstraintsData> = struct<ConstraintsData>("ConstraintsData", {
  BytesMax: optional(integer),
  MaxEntries: optional(integer),
});

/** The service's description. EnvelopedConnectionHost and Extensions are ours (extensions §8). */
export interface MeshHelloResponse extends Response {
  readonly Version?: Version;
  readonly EnvelopedProfileService: Enveloped<ProfileService>;
  /** Signed by ServiceSignature; its link key is the responder's static key of the session. */
  readonly EnvelopedConnectionHost: Enveloped<ConnectionHost>;
  /** Names of what this service does beyond the drafts. */
  readonly Extensions?: readonly string[];
  /** Largest request (octets of its JSON). */
  readonly ConstraintsUpdate?: ConstraintsData;
  /** Largest message body. */
  readonly ConstraintsPost?: ConstraintsData;
}
export const MeshHelloResponse: Struct<MeshHelloResponse> = struct<MeshHelloResponse>("MeshHelloResponse", {
  ...responseFields,
  Version: optional(Version),
  EnvelopedProfileService: enveloped<ProfileService>(),
  EnvelopedConnectionHost: enveloped<ConnectionHost>(),
  Extensions: optional(list(string)),
  ConstraintsUpdate: optional(ConstraintsData),
  ConstraintsPost: optional(ConstraintsData),
});
