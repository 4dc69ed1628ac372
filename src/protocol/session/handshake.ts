/**
 * Payloads and prologue of the session handshake. No request travels in it: message 1 can be replayed.
 * The X448 key on the wire is its u-coordinate alone, while fingerprints cover the extended form, so the client names its extended key.
 */
import { concat, utf8 } from "../../base/bytes.ts";
import type { Struct } from "../../codec/field.ts";
import { binary, dateTime, optional, string, struct } from "../../codec/field.ts";

/** Payload of message 1. */
export interface SessionRequest {
  /** Address the client speaks for; the Access catalog decides what that is worth. */
  readonly Account?: string;
  /** The client's link key in its extended form, 57 octets. */
  readonly Link: Uint8Array;
}
export const SessionRequest: Struct<SessionRequest> = struct<SessionRequest>("SessionRequest", { Account: optional(string), Link: binary });

/** Payload of message 2. */
export interface SessionResponse {
  readonly Ticket: Uint8Array;
  /** 32 octets. */
  readonly Secret: Uint8Array;
  /** When the ticket ends. */
  readonly Expires: string;
}
export const SessionResponse: Struct<SessionResponse> = struct<SessionResponse>("SessionResponse", {
  Ticket: binary,
  Secret: binary,
  Expires: dateTime,
});

/** Prologue: protocol, version, service. */
export function sessionPrologue(serviceUdf: string): Uint8Array {
  return concat(utf8("mmm/service/1"), Uint8Array.of(0), utf8(serviceUdf));
}
