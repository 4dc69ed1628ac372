/**
 * Stands in front of an MQTT parser, the broker's or that of a client at a broker that is not ours, which by itself collects any packet up to 256 MB.
 * Reads fixed headers only (MQTT 3.1.1 §2.2): the first packet must be CONNECT (of a broker: CONNACK), no packet may announce more than the limit in force,
 * and packets and octets are counted against quotas. What breaks a rule never reaches the parser, nor does what is malformed (packet-gate.ts).
 */
import type { Clock } from "../../../base/clock.ts";
import { type Quota, TokenBucket } from "../../../base/token-bucket.ts";

/** What one connection may send. */
export interface Allowance {
  /** Largest packet, fixed header not counted, in octets. */
  readonly maxPacket: number;
  readonly packets?: Quota;
  readonly octets?: Quota;
}

/** First octets of the packets that begin a connection: what a client says, and what it is answered. */
const firstOctet = { connect: 0x10, connack: 0x20 } as const;

/** Checks the octets of one connection in order. */
export class LengthGuard {
  readonly #clock: Clock;
  readonly #begins: keyof typeof firstOctet;
  #maxPacket = 0;
  #packets: TokenBucket | undefined;
  #octets: TokenBucket | undefined;
  #first = true;
  /** Octets of the present packet that are still to come. */
  #body = 0;
  #inHeader = false;
  #length = 0;
  #shift = 0;

  /** @param begins what the first packet has to be */
  constructor(before: Allowance, clock: Clock, begins: keyof typeof firstOctet = "connect") {
    this.#clock = clock;
    this.#begins = begins;
    this.allow(before);
  }

  /** Changes what may be sent from the next packet on: called when the client is known. */
  allow(allowance: Allowance): void {
    this.#maxPacket = allowance.maxPacket;
    this.#packets = allowance.packets && new TokenBucket(allowance.packets, this.#clock);
    this.#octets = allowance.octets && new TokenBucket(allowance.octets, this.#clock);
  }

  /** Takes the next octets; gives the reason when the connection has to be closed. */
  inspect(chunk: Uint8Array): string | undefined {
    if (this.#octets?.take(chunk.length) === false) return "octet quota exceeded";
    let at = 0;
    while (at < chunk.length) {
      if (this.#body > 0) {
        const skipped = Math.min(this.#body, chunk.length - at);
        this.#body -= skipped;
        at += skipped;
        continue;
      }
      const octet = chunk[at++] ?? 0;
      const reason = this.#inHeader ? this.#lengthOctet(octet) : this.#typeOctet(octet);
      if (reason !== undefined) return reason;
    }
    return undefined;
  }

  #typeOctet(octet: number): string | undefined {
    if (this.#first && octet !== firstOctet[this.#begins]) return `first packet is not ${this.#begins}`;
    this.#first = false;
    if (this.#packets?.take() === false) return "packet quota exceeded";
    this.#inHeader = true;
    this.#length = 0;
    this.#shift = 0;
    return undefined;
  }

  #lengthOctet(octet: number): string | undefined {
    this.#length += (octet & 0x7f) * 2 ** this.#shift;
    this.#shift += 7;
    if (this.#length > this.#maxPacket) return `packet of more than ${this.#maxPacket} octets`;
    if (octet < 0x80) {
      this.#inHeader = false;
      this.#body = this.#length;
      return undefined;
    }
    return this.#shift > 21 ? "malformed packet length" : undefined;
  }
}
