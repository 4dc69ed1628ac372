/**
 * What is read of mDNS at all. bonjour-service compares every record of a packet with every other and with every service that it knows, so one
 * datagram of 64 kB would hold up the house for many seconds: packets are bounded by their own header, and records by quotas, before any parsing.
 * A sender's address proves nothing, so what is said beyond a modest share comes out of a pool of its own: whoever speaks under many addresses
 * uses that up, and the shares of the others stay. Only who speaks under a device's own address drowns it out.
 */
import type { BlockList } from "node:net";
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
/** Records of one sender and of all: shares that a home of 254 addresses does not use up, whoever speaks under them. */
const modest = { each: { perSecond: 1, burst: 32 }, all: { perSecond: 300, burst: 8192 } } as const satisfies Record<string, Quota>;
/** The same beyond the shares: a machine of many services, or one that reflects another network. */
const ample = { each: { perSecond: 100, burst: 2048 }, all: { perSecond: 200, burst: 4096 } } as const satisfies Record<string, Quota>;
const mostSenders = 1024;
/** RFC 6762 §11: what came to the group is of this link, whatever its sender's address says. All such senders have one share. */
const elsewhere = "elsewhere";

interface Sender {
  readonly modest: TokenBucket;
  readonly ample: TokenBucket;
}

/** Judges the packets of one socket. */
export class PacketGuard {
  readonly #clock: Clock;
  readonly #near: BlockList;
  readonly #modest: TokenBucket;
  readonly #ample: TokenBucket;
  /** By network; the order is that of last use. */
  readonly #senders = new Map<string, Sender>();

  /** @param near the interface's own networks */
  constructor(clock: Clock, near: BlockList) {
    this.#clock = clock;
    this.#near = near;
    this.#modest = new TokenBucket(modest.all, clock);
    this.#ample = new TokenBucket(ample.all, clock);
  }

  /** True when the packet may be read. */
  admits(packet: Uint8Array, sender: string): boolean {
    if (packet.length < headerOctets || packet.length > mostOctets) return false;
    let records = 0;
    for (let at = 4; at < headerOctets; at += 2) records += readUint(packet, at, 2);
    if (records > mostRecords) return false;
    const by = this.#senderOf(sender);
    // What asks nothing and says nothing counts as well: it is parsed.
    const cost = Math.max(1, records);
    return takeBoth(by.modest, this.#modest, cost) || takeBoth(by.ample, this.#ample, cost);
  }

  #senderOf(address: string): Sender {
    const network = this.#near.check(address, "ipv4") ? networkOf(address) : elsewhere;
    const sender = this.#senders.get(network) ?? {
      modest: new TokenBucket(modest.each, this.#clock),
      ample: new TokenBucket(ample.each, this.#clock),
    };
    this.#senders.delete(network);
    this.#senders.set(network, sender);
    for (const oldest of this.#senders.keys()) {
      if (this.#senders.size <= mostSenders) break;
      this.#senders.delete(oldest);
    }
    return sender;
  }
}

/** Nothing is taken of the one when the other has too little. */
function takeBoth(one: TokenBucket, other: TokenBucket, amount: number): boolean {
  if (!one.take(amount)) return false;
  if (other.take(amount)) return true;
  one.giveBack(amount);
  return false;
}
