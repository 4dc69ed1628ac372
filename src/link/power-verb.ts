/**
 * The verbs by which a device and its hub use the keys that they hold in parts (docs/device-link.md §7.1): orders that the device judges, reports
 * that both sign. Agree and Sign are started by the device, which is the last to compute; the hub sees points and what is to be signed, and learns
 * success or failure.
 */
import type { Struct } from "../codec/field.ts";
import { binary, integer, optional, struct } from "../codec/field.ts";

/** Hub: give a nonce for one order, good for so many seconds at most. Answered by Nonce. */
export interface Challenge {
  readonly Id: number;
  readonly Seconds: number;
  /** The hub's number, from 1, for who is going to order: the device bounds what one may have out. */
  readonly For?: number;
}
export const Challenge: Struct<Challenge> = struct<Challenge>("Challenge", { Id: integer, Seconds: integer, For: optional(integer) });

/** Device: 16 octets that it draws for one order, and how long they count by its uptime. */
export interface Nonce {
  readonly Id: number;
  readonly Nonce: Uint8Array;
  readonly Seconds: number;
}
export const Nonce: Struct<Nonce> = struct<Nonce>("Nonce", { Id: integer, Nonce: binary, Seconds: integer });

/** Hub: whose orders the owner wants obeyed; octets of EnvelopedDelegation. */
export interface Delegate {
  readonly Id: number;
  readonly Delegation: Uint8Array;
}
export const Delegate: Struct<Delegate> = struct<Delegate>("Delegate", { Id: integer, Delegation: binary });

/** Hub: an order, sealed to the key that device and hub hold in parts. */
export interface SealedOrder {
  readonly Id: number;
  readonly Sealed: Uint8Array;
}
export const Order: Struct<SealedOrder> = struct<SealedOrder>("Order", { Id: integer, Sealed: binary });

/** Hub: sign how you are now, with the nonce of who asks. */
export interface Report {
  readonly Id: number;
  readonly Nonce?: Uint8Array;
}
export const Report: Struct<Report> = struct<Report>("Report", { Id: integer, Nonce: optional(binary) });

/** Device: multiply this point, Ed25519 in 32 octets, by your part of the Encryption key. Answered by Agreed. */
export interface Agree {
  readonly Id: number;
  readonly Ephemeral: Uint8Array;
}
export const Agree: Struct<Agree> = struct<Agree>("Agree", { Id: integer, Ephemeral: binary });

/** Hub: its part of the agreement, a point in 32 octets. */
export interface Agreed {
  readonly Id: number;
  readonly Share: Uint8Array;
}
export const Agreed: Struct<Agreed> = struct<Agreed>("Agreed", { Id: integer, Share: binary });

/** Device: begin a signature over the digest of this body, an object that the hub reads before it helps. Answered by Commitment. */
export interface Sign {
  readonly Id: number;
  readonly Body: Uint8Array;
}
export const Sign: Struct<Sign> = struct<Sign>("Sign", { Id: integer, Body: binary });

/** Hub: R' of the one session that is open for the key; an older session is void. */
export interface Commitment {
  readonly Id: number;
  readonly Commitment: Uint8Array;
}
export const Commitment: Struct<Commitment> = struct<Commitment>("Commitment", { Id: integer, Commitment: binary });

/** Device: R with its own commitment in it, and its part of S; the hub adds its own and has the signature. */
export interface SignatureShare {
  readonly Id: number;
  /** The R' that this answers: it names the session. */
  readonly Commitment: Uint8Array;
  readonly R: Uint8Array;
  readonly Share: Uint8Array;
}
export const Signature: Struct<SignatureShare> = struct<SignatureShare>("Signature", { Id: integer, Commitment: binary, R: binary, Share: binary });
