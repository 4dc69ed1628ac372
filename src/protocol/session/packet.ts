/**
 * Bodies of the session over HTTP (extensions §8). The first octet tells the kind:
 *   01 handshake    Noise message (answer: Noise message)
 *   02 request      ticket length (2) || ticket || counter (8) || sealed request
 *   03 response     32 fresh octets || sealed response
 *   0e again        "handshake again": the ticket is unknown or expired. Unauthenticated, so only a hint
 *   0f cookie       challenge: cookie; as a request: cookie || Noise message
 * Requests travel in POST /.well-known/mmm (protocol-09) or /.well-known/srv/mmm (wsd-06).
 */
import { concat, readUint, readUint64, uint64Bytes, uintBytes } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";

/** First octet of a body. */
export const packetKind = { handshake: 0x01, request: 0x02, response: 0x03, again: 0x0e, cookie: 0x0f } as const;

/** Paths that a service answers on, the preferred one first. */
export const servicePaths = ["/.well-known/mmm", "/.well-known/srv/mmm"] as const;

/** Noise protocol of the session. */
export const sessionProtocol = "Noise_IK_448_AESGCM_SHA512";

/** Octets of a cookie: time (8) and MAC (32). */
export const cookieLength = 40;

/** Octets drawn for each response. */
export const freshLength = 32;

/** Most octets of a handshake body; checked before any Diffie-Hellman. */
export const maxHandshakeOctets = 2048;

/** Most octets of a request's JSON. One Transact fits the account journal's commit. */
export const maxRequestOctets = 768 * 1024;

/** Most octets of any body that is sent to a service. */
export const maxPacketOctets = maxRequestOctets + 4096;

/** A sealed request, taken apart but not opened. */
export interface RequestPacket {
  readonly ticket: Uint8Array;
  readonly counter: bigint;
  readonly sealed: Uint8Array;
}

/** A body of one of the simple kinds. */
export function packet(kind: number, ...parts: readonly Uint8Array[]): Uint8Array {
  return concat(Uint8Array.of(kind), ...parts);
}

/** Octets of a request packet. */
export function requestPacket({ ticket, counter, sealed }: RequestPacket): Uint8Array {
  return packet(packetKind.request, uintBytes(ticket.length, 2), ticket, uint64Bytes(counter), sealed);
}

/** Most octets of a body before its sender is known: each packet of another kind as a whole, and the ticket of a request. */
export const maxHeadOctets = 4096;

/** The ticket of a request of which no more than the beginning is there; undefined while that is too little. */
export function ticketOf(head: Uint8Array): Uint8Array | undefined {
  const end = head.length < 3 ? Number.POSITIVE_INFINITY : 3 + readUint(head, 1, 2);
  return head[0] === packetKind.request && head.length >= end ? head.subarray(3, end) : undefined;
}

/** Takes a request packet apart; ERR_ENCODING when it is too short. */
export function parseRequestPacket(octets: Uint8Array): RequestPacket {
  const ticketLength = octets.length < 3 ? 0 : readUint(octets, 1, 2);
  const end = 3 + ticketLength;
  if (octets[0] !== packetKind.request || octets.length < end + 8) throw new MeshError("ERR_ENCODING", "request packet is cut short");
  return { ticket: octets.subarray(3, end), counter: readUint64(octets, end), sealed: octets.subarray(end + 8) };
}
