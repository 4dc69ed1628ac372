/** Hello (protocol-09 §5.2): who the service is and what it accepts. The one transaction outside a session. */
import type { Struct } from "../../codec/field.ts";
import { boolean, count, integer, list, optional, string, struct } from "../../codec/field.ts";
import type { ConnectionHost, Enveloped, ProfileService, ProfileUser } from "../../schema/index.ts";
import { enveloped } from "../../schema/index.ts";
import { type Response, responseFields } from "./response.ts";

/** Asks for the service's description; inside a session also for the profile of an account (extensions §10). */
export interface HelloRequest {
  readonly Account?: string;
}
export const HelloRequest: Struct<HelloRequest> = struct<HelloRequest>("HelloRequest", { Account: optional(string) });

/** An encoding that requests may have, by its media types. */
export interface Encoding {
  readonly ID: readonly string[];
  /** Dictionaries for JSON-C that the service knows. */
  readonly Dictionary?: readonly string[];
}
export const Encoding: Struct<Encoding> = struct<Encoding>("Encoding", { ID: list(string), Dictionary: optional(list(string)) });

/** Revision of the protocol, how it is encoded, and where it is spoken. */
export interface Version {
  readonly Major: number;
  readonly Minor: number;
  readonly Encodings?: readonly Encoding[];
  readonly URI?: readonly string[];
}
export const Version: Struct<Version> = struct<Version>("Version", {
  Major: integer,
  Minor: integer,
  Encodings: optional(list(Encoding)),
  URI: optional(list(string)),
});

/** What the user part of an account address must be like. */
export interface PolicyAccount {
  /** Fewest and most characters. */
  readonly Minimum?: number;
  readonly Maximum?: number;
  /** ASCII characters that it must not have. */
  readonly InvalidCharacters?: string;
}
export const PolicyAccount: Struct<PolicyAccount> = struct<PolicyAccount>("PolicyAccount", {
  Minimum: optional(count),
  Maximum: optional(count),
  InvalidCharacters: optional(string),
});

/** Limits of what is sent or answered at a time. */
export interface ConstraintsData {
  readonly BytesMax?: number;
  readonly MaxEntries?: number;
  /** Where in a body to begin, and which parts of a frame to give: parts of the draft that no service of ours carries out. */
  readonly BytesOffset?: number;
  readonly Header?: boolean;
  readonly Payload?: boolean;
  readonly Trailer?: boolean;
}
export const ConstraintsData: Struct<ConstraintsData> = struct<ConstraintsData>("ConstraintsData", {
  BytesMax: optional(count),
  MaxEntries: optional(count),
  BytesOffset: optional(count),
  Header: optional(boolean),
  Payload: optional(boolean),
  Trailer: optional(boolean),
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
  readonly PolicyAccount?: PolicyAccount;
  /** Profile of the account that was asked for. */
  readonly EnvelopedProfileAccount?: Enveloped<ProfileUser>;
}
export const MeshHelloResponse: Struct<MeshHelloResponse> = struct<MeshHelloResponse>("MeshHelloResponse", {
  ...responseFields,
  Version: optional(Version),
  EnvelopedProfileService: enveloped<ProfileService>(),
  EnvelopedConnectionHost: enveloped<ConnectionHost>(),
  Extensions: optional(list(string)),
  ConstraintsUpdate: optional(ConstraintsData),
  ConstraintsPost: optional(ConstraintsData),
  PolicyAccount: optional(PolicyAccount),
  EnvelopedProfileAccount: optional(enveloped<ProfileUser>()),
});
