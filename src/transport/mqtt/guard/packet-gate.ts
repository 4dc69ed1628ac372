/**
 * Lets only whole, well-formed packets through to the broker's parser. Parts of a packet wait in one buffer that grows by doubling: a peer
 * that sends octet by octet costs what it sent, not an object for each of them.
 */
import { checkPacket, type Refusal } from "./packet-check.ts";

/** Header octets before the body, at least; and the most that a length may take. */
const leastHeader = 2;
const mostHeader = 5;
const firstBuffer = 64;

/** What came of some octets: those to pass on, or why to close. */
export interface Gated {
  readonly octets?: Uint8Array;
  readonly refusal?: Refusal;
}

/** The gate of one connection; whoever calls it has bounded the length of packets before (length-guard.ts). */
export class PacketGate {
  #buffer: Uint8Array = new Uint8Array();
  #length = 0;
  #isFirst = true;

  /** Takes the next octets; without `octets` in the answer there is no whole packet yet. */
  pass(chunk: Uint8Array): Gated {
    const octets = this.#length === 0 ? chunk : this.#joined(chunk);
    let at = 0;
    for (;;) {
      const found = nextPacket(octets, at);
      if (found === undefined) break;
      const refusal = checkPacket(octets[at] ?? 0, octets.subarray(found.body, found.end));
      // CONNACK answers the first packet of a connection and no other (§3.2).
      if (refusal !== undefined) return { refusal: this.#isFirst ? refusal : { reason: refusal.reason } };
      this.#isFirst = false;
      at = found.end;
    }
    // A whole chunk goes on as it is; what must wait is copied, so that a small part does not keep a large chunk.
    const whole = at === 0 ? undefined : octets === chunk ? chunk.subarray(0, at) : octets.slice(0, at);
    this.#keep(octets.subarray(at));
    return whole === undefined ? {} : { octets: whole };
  }

  #joined(chunk: Uint8Array): Uint8Array {
    const length = this.#length + chunk.length;
    if (length > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.#buffer.length));
      larger.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = larger;
    }
    this.#buffer.set(chunk, this.#length);
    this.#length = length;
    return this.#buffer.subarray(0, length);
  }

  #keep(rest: Uint8Array): void {
    if (rest.length === 0) {
      this.#buffer = new Uint8Array();
      this.#length = 0;
      return;
    }
    // Still the packet that was waiting: it stands where it is.
    if (rest.length === this.#length && rest.buffer === this.#buffer.buffer && rest.byteOffset === this.#buffer.byteOffset) return;
    this.#buffer = new Uint8Array(Math.max(firstBuffer, rest.length));
    this.#buffer.set(rest);
    this.#length = rest.length;
  }
}

/** Where the body of the packet at `at` begins and ends; undefined while it is not whole. */
function nextPacket(octets: Uint8Array, at: number): { readonly body: number; readonly end: number } | undefined {
  let length = 0;
  for (let header = leastHeader; header <= mostHeader; header++) {
    const place = at + header - 1;
    if (place >= octets.length) return undefined;
    const octet = octets[place] ?? 0;
    length += (octet & 0x7f) * 128 ** (header - leastHeader);
    if (octet >= 0x80) continue;
    const end = place + 1 + length;
    return end <= octets.length ? { body: place + 1, end } : undefined;
  }
  return undefined;
}
