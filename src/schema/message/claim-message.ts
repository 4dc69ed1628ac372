/** Claims of publications. schema-08 §8.3, protocol-09 §7.5; ClaimMac and Release: extensions §3. */
import type { Struct } from "../../codec/field.ts";
import { binary, boolean, dateTime, optional, string, struct } from "../../codec/field.ts";
import type { Enveloped } from "../enveloped.ts";
import { enveloped } from "../enveloped.ts";
import type { ProfileUser } from "../profile/profile.ts";

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
