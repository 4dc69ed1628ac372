/**
 * What is read of mDNS at all. bonjour-service compares every record of a packet with every other and with every service that it knows, so one
 * datagram of 64 kB would hold up the house for many seconds: packets are bounded by their own header, and records by quotas, before any parsing.
 */
import { readUint } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { networkOf } from "../../base/crowd/network.ts";
import type { Quota } from "../../base/token-bucket.ts";
import { TokenBucket } from "../../base/token-bucket.ts";

/** RFC 6762 §17. */
const mostOctets = 9000;
/** Questions and records of one packet; an announcement of a device has five. */
const mostRecords = 64;
const headerOctets = 12;
/** Records a second: of one sender, and of all. A house of 200 devices that all answer at once has 1000. */
const each: Quota = { perSecond: 100, burst: 2048 };
const all: Quota = { perSecond: 400, burst: 8192 };
const mostSenders = 1024;

/** Judges the packets of one socket. */
export class PacketGuard {
  readonly #clock: Clock;
  readonly #all: TokenBucket;
  /** By network; the order is that of last use. */
  readonly #senders = new Map<string, TokenBucket>();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#all = new TokenBucket(all, clock);
  }

  /** True when the packet may be read. */
  admits(packet: Uint8Array, sender: string): boolean {
    if (packet.length < headerOctets || packet.length > mostOctets) return false;
    let records = 0;
    for (let at = 4; at < headerOctets; at += 2) records += readUint(packet, at, 2);
    // What asks nothing and says nothing counts as well: it is parsed.
    return records <= mostRecords && this.#bucketOf(sender).take(Math.max(1, records)) && this.#all.take(Math.max(1, records));
  }

  #bucketOf(sender: string): TokenBucket {
    const network = networkOf(sender);
    const bucket = this.#senders.get(network) ?? new TokenBucket(each, this.#clock);
    this.#senders.delete(network);
    this.#senders.set(network, bucket);
    for (const oldest of this.#senders.keys()) {
      if (this.#senders.size <= mostSenders) break;
      this.#senders.delete(oldest);
    }
    return bucket;
  }
}
