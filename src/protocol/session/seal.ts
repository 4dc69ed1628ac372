/**
 * Sealing of requests and responses under a session secret (extensions §8).
 * Request: key HKDF(secret, "req"), nonce = the counter, never used twice; AD = ticket.
 * Response: key HKDF(secret, "resp" || hash of the request packet || fresh octets): one key per response, so that a host which meets a
 * replayed request needs no memory to stay safe.
 */
import { concat, uint64Bytes, utf8, wipe } from "../../base/bytes.ts";
import { verificationError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import { aesGcmOpen, aesGcmSeal, hkdfSha512, sha512 } from "../../crypto/index.ts";
import type { RequestPacket } from "./packet.ts";
import { freshLength, packet, packetKind, requestPacket } from "./packet.ts";

const nonceOf = (counter: bigint): Uint8Array => concat(new Uint8Array(4), uint64Bytes(counter));
const responseNonce = new Uint8Array(12);

function requestKey(secret: Uint8Array): Uint8Array {
  return hkdfSha512({ ikm: secret, info: "req", length: 32 });
}

function responseKey(secret: Uint8Array, request: Uint8Array, fresh: Uint8Array): Uint8Array {
  return hkdfSha512({ ikm: secret, info: concat(utf8("resp"), sha512(request), fresh), length: 32 });
}

/** The packet of a request; the caller answers for a counter that was never used with this secret. */
export function sealRequest(options: {
  readonly secret: Uint8Array;
  readonly ticket: Uint8Array;
  readonly counter: bigint;
  readonly plain: Uint8Array;
}): Uint8Array {
  const { secret, ticket, counter, plain } = options;
  const key = requestKey(secret);
  const sealed = aesGcmSeal(key, nonceOf(counter), plain, ticket);
  wipe(key);
  return requestPacket({ ticket, counter, sealed });
}

/** Plaintext of a request packet; ERR_VERIFICATION. */
export function openRequest(secret: Uint8Array, { ticket, counter, sealed }: RequestPacket): Uint8Array {
  const key = requestKey(secret);
  try {
    return aesGcmOpen(key, nonceOf(counter), sealed, ticket);
  } finally {
    wipe(key);
  }
}

/** The packet that answers a request packet. */
export function sealResponse(options: {
  readonly secret: Uint8Array;
  readonly request: Uint8Array;
  readonly plain: Uint8Array;
  readonly random: Random;
}): Uint8Array {
  const { secret, request, plain, random } = options;
  const fresh = random.bytes(freshLength);
  const key = responseKey(secret, request, fresh);
  const sealed = aesGcmSeal(key, responseNonce, plain, fresh);
  wipe(key);
  return packet(packetKind.response, fresh, sealed);
}

/** Plaintext of a response packet to the request packet given; ERR_VERIFICATION. */
export function openResponse(options: { readonly secret: Uint8Array; readonly request: Uint8Array; readonly response: Uint8Array }): Uint8Array {
  const { secret, request, response } = options;
  if (response[0] !== packetKind.response || response.length < 1 + freshLength) throw verificationError("response");
  const fresh = response.subarray(1, 1 + freshLength);
  const key = responseKey(secret, request, fresh);
  try {
    return aesGcmOpen(key, responseNonce, response.subarray(1 + freshLength), fresh);
  } finally {
    wipe(key);
  }
}
