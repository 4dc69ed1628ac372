/** Transact (protocol-09 §6.4): appends to several stores, all or nothing. RequestId and the Command spool are ours (extensions §5, §8). */
import type { Struct } from "../../codec/field.ts";
import { list, optional, string, struct, word } from "../../codec/field.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import { envelope } from "../../dare/index.ts";
import type { ConnectionHost, Enveloped, ProfileService, ProfileUser } from "../../schema/index.ts";
import { enveloped } from "../../schema/index.ts";
import { ContainerStatus } from "./container.ts";
import { ContainerUpdate } from "./download.ts";
import { type Response, responseFields } from "./response.ts";
import { StageSwitch } from "./stage.ts";

/** Appends frames to catalogs and messages to spools. */
export interface TransactRequest {
  readonly Account: string;
  /** Chosen by the writer; the same one within 24 hours gives the same answer and appends nothing. */
  readonly RequestId: string;
  readonly Updates?: readonly ContainerUpdate[];
  /** Catalogs that go on in their next epoch; each stands here or in Updates. Ours. */
  readonly Switch?: readonly StageSwitch[];
  /** Frames of spools as the service wrote them, which it has lost: an administrator gives them back. Ours. */
  readonly GivenBack?: readonly ContainerUpdate[];
  readonly Inbound?: readonly DareEnvelope[];
  readonly Outbound?: readonly DareEnvelope[];
  readonly Local?: readonly DareEnvelope[];
  readonly Command?: readonly DareEnvelope[];
  /** RequestIds whose answers the writer has seen: the service need not keep them. Ours. */
  readonly Acknowledged?: readonly string[];
  /** Who gets the Outbound messages: each of them. */
  readonly Accounts?: readonly string[];
}
export const TransactRequest: Struct<TransactRequest> = struct<TransactRequest>("TransactRequest", {
  Account: string,
  RequestId: string,
  Updates: optional(list(ContainerUpdate)),
  Switch: optional(list(StageSwitch)),
  GivenBack: optional(list(ContainerUpdate)),
  Inbound: optional(list(envelope)),
  Outbound: optional(list(envelope)),
  Local: optional(list(envelope)),
  Command: optional(list(envelope)),
  Acknowledged: optional(list(string)),
  Accounts: optional(list(string)),
});

/** What became of one message for one recipient. */
export interface EntryResponse {
  readonly EnvelopeId: string;
  /** Recipient's address; absent for the account's own spools. */
  readonly Account?: string;
  readonly Result: "Accept" | "Reject" | "Conflict";
  /** Why it is not taken, where the sender may know. ERR_QUOTA and ERR_BUSY pass: it may come again. Ours. */
  readonly ErrorCode?: string;
  /** With ERR_KEY: what is to be sealed to, since the recipient has replaced the key that the message is sealed to. Ours. */
  readonly EnvelopedProfileAccount?: Enveloped<ProfileUser>;
}
export const EntryResponse: Struct<EntryResponse> = struct<EntryResponse>("EntryResponse", {
  EnvelopeId: string,
  Account: optional(string),
  Result: word("Accept", "Reject", "Conflict"),
  ErrorCode: optional(string),
  EnvelopedProfileAccount: optional(enveloped<ProfileUser>()),
});

/** State of the stores concerned after the append. A conflict is ERR_CONFLICT with the same list in its detail. */
export interface TransactResponse extends Response {
  readonly ContainerStatus: readonly ContainerStatus[];
  readonly Entries?: readonly EntryResponse[];
}
export const TransactResponse: Struct<TransactResponse> = struct<TransactResponse>("TransactResponse", {
  ...responseFields,
  ContainerStatus: list(ContainerStatus),
  Entries: optional(list(EntryResponse)),
});

/**
 * Posts messages to accounts of the service: in the name of the session's account, or as the service of the sender's (protocol-09 §7.3). Then
 * the last three members are there, and the session's link key is one of the host's. Ours.
 */
export interface PostRequest {
  readonly Accounts: readonly string[];
  readonly Messages: readonly DareEnvelope[];
  /** Address of the account that sent them, which the posting service vouches for. */
  readonly Sender?: string;
  readonly EnvelopedProfileService?: Enveloped<ProfileService>;
  readonly EnvelopedConnectionHost?: Enveloped<ConnectionHost>;
}
export const PostRequest: Struct<PostRequest> = struct<PostRequest>("PostRequest", {
  Accounts: list(string),
  Messages: list(envelope),
  Sender: optional(string),
  EnvelopedProfileService: optional(enveloped<ProfileService>()),
  EnvelopedConnectionHost: optional(enveloped<ConnectionHost>()),
});

/** One entry per message and recipient. */
export interface PostResponse extends Response {
  readonly Entries: readonly EntryResponse[];
}
export const PostResponse: Struct<PostResponse> = struct<PostResponse>("PostResponse", { ...responseFields, Entries: list(EntryResponse) });
