/**
 * Who may do what in the house besides the owner's own devices: guests, page sessions, tokens, and programs that speak for somebody else.
 * Entries of MMM_Grant, written by administration devices alone, read by hubs; the service cannot read them. docs/extensions.md §18.
 */
import type { Struct } from "../../codec/field.ts";
import { binary, boolean, dateTime, list, optional, string, struct } from "../../codec/field.ts";
import type { Enveloped } from "../enveloped.ts";
import { enveloped } from "../enveloped.ts";
import type { ProfileUser } from "../profile/profile.ts";

/** Who holds a grant. */
export const grantKinds = ["guest", "page", "token", "home-assistant", "mqtt", "satellite", "matter"] as const;
export type GrantKind = (typeof grantKinds)[number];

export function isGrantKind(text: string): text is GrantKind {
  return (grantKinds as readonly string[]).includes(text);
}

/** Programs that speak for whoever speaks to them: what can do harm is never theirs to order, whatever a grant says. */
const unattended: readonly string[] = ["home-assistant", "mqtt", "satellite", "matter"];

/** True for those that no person stands behind whom the hub could know. */
export function isUnattended(kind: string): boolean {
  return unattended.includes(kind);
}

/** One thing that a grant allows; a limit that is absent limits nothing, and an empty one allows nothing. */
export interface GrantRight {
  /** "read" or "command"; anything else allows nothing. */
  readonly Allows: string;
  /** Keys of places; what stands in a part of one stands in it. */
  readonly Places?: readonly string[];
  readonly Classes?: readonly string[];
  /** Fingerprints. */
  readonly Devices?: readonly string[];
  readonly Commands?: readonly string[];
  /** Also what can do harm. Absent: only what does none. */
  readonly Risky?: boolean;
}
export const GrantRight: Struct<GrantRight> = struct<GrantRight>("GrantRight", {
  Allows: string,
  Places: optional(list(string)),
  Classes: optional(list(string)),
  Devices: optional(list(string)),
  Commands: optional(list(string)),
  Risky: optional(boolean),
});

/** A passkey of a person at the page of a hub: what it has signed there, that person has asked for. */
export interface GrantPasskey {
  readonly CredentialId: Uint8Array;
  /** COSE key as the authenticator gave it. */
  readonly PublicKey: Uint8Array;
  readonly LocalName?: string;
  /** The name that it is bound to: that of the hub's page. Without one nothing that it has signed counts. */
  readonly RelyingParty?: string;
  /** The device of the account that opened the page which added it: it counts as long as that one is in the account. */
  readonly DeviceUdf?: string;
}
export const GrantPasskey: Struct<GrantPasskey> = struct<GrantPasskey>("GrantPasskey", {
  CredentialId: binary,
  PublicKey: binary,
  LocalName: optional(string),
  RelyingParty: optional(string),
  DeviceUdf: optional(string),
});

/** A grant. Key: a random nonce; how its holder shows that it is his depends on the kind. */
export interface CatalogedGrant {
  readonly Key: string;
  /** One of grantKinds; a kind that a reader does not know grants nothing. */
  readonly Kind: string;
  /** What lists and the audit call its holder. */
  readonly LocalName: string;
  readonly Rights: readonly GrantRight[];
  readonly NotBefore?: string;
  /** Judged by trusted time: while a hub has none, a grant with an end is none. */
  readonly NotOnOrAfter?: string;
  /** Of a guest: the account, and its profile as the owner has pinned it, by which a hub knows the guest's devices. */
  readonly Address?: string;
  readonly EnvelopedProfileUser?: Enveloped<ProfileUser>;
  /** Of a token: SHA-512 of its octets; the token itself is kept nowhere. */
  readonly SecretDigest?: Uint8Array;
  /** Of a page: whose signatures count for changes that are asked for there; without Rights it is good for nothing else. */
  readonly Passkeys?: readonly GrantPasskey[];
  /** The one hub that it is for; absent for all. */
  readonly HubUdf?: string;
  readonly Updated?: string;
}
export const CatalogedGrant: Struct<CatalogedGrant> = struct<CatalogedGrant>("CatalogedGrant", {
  Key: string,
  Kind: string,
  LocalName: string,
  Rights: list(GrantRight),
  NotBefore: optional(dateTime),
  NotOnOrAfter: optional(dateTime),
  Address: optional(string),
  EnvelopedProfileUser: optional(enveloped<ProfileUser>()),
  SecretDigest: optional(binary),
  Passkeys: optional(list(GrantPasskey)),
  HubUdf: optional(string),
  Updated: optional(dateTime),
});
