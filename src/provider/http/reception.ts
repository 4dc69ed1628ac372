/**
 * Who may keep a connection and how much of one is held in memory. A connection begins among the strangers, whose places and octets are few
 * and go to newcomers of other networks first; a request of an account's own device gives it a place among the members. Requests that come
 * over one connection before the earlier ones were answered are few.
 */
import type { Socket } from "node:net";
import type { Clock } from "../../base/clock.ts";
import { plainAddress } from "../../base/crowd/network.ts";
import { NetworkQuota } from "../../base/crowd/network-quota.ts";
import type { Place } from "../../base/crowd/place-pool.ts";
import { PlacePool } from "../../base/crowd/place-pool.ts";
import { MeshError } from "../../base/errors.ts";
import type { Limits } from "../limits.ts";

/** Octets of one request and its answer, for as long as they are in memory. */
export interface Holding {
  /** Counts more of them; the connection may end by that. */
  add(octets: number): void;
  release(): void;
}

interface Visitor {
  readonly place: Place;
  isMember: boolean;
  underWay: number;
}

/** The connections of one service. */
export class Reception {
  readonly #strangers: PlacePool;
  readonly #members: PlacePool;
  readonly #requests: NetworkQuota;
  readonly #limits: Limits;
  readonly #strangerOctets: PlacePool;
  readonly #memberOctets: PlacePool;
  /** By both ends, because a TLS socket is another object than the one that was accepted. */
  readonly #visitors = new Map<string, Visitor>();

  constructor(limits: Limits, clock: Clock) {
    this.#limits = limits;
    this.#requests = new NetworkQuota({ burst: limits.strangerRequestBurst, everyMs: limits.strangerRequestEveryMs }, clock);
    this.#strangers = new PlacePool({ most: limits.strangerSockets, each: limits.strangerSocketsEach });
    this.#members = new PlacePool({ most: limits.memberSockets });
    this.#strangerOctets = new PlacePool({ most: limits.strangerOctets, each: limits.strangerOctetsEach });
    this.#memberOctets = new PlacePool({ most: limits.memberOctets, each: limits.memberOctetsEach });
  }

  /** Takes an accepted connection in. */
  greet(socket: Socket): void {
    const key = keyOf(socket);
    const visitor: Visitor = { place: { address: plainAddress(socket.remoteAddress), evict: () => socket.destroy() }, isMember: false, underWay: 0 };
    this.#visitors.set(key, visitor);
    socket.once("close", () => {
      if (this.#visitors.get(key) === visitor) this.#visitors.delete(key);
      this.#strangers.leave(visitor.place);
      this.#members.leave(visitor.place);
    });
    this.#strangers.enter(visitor.place);
  }

  /**
   * Counts a request until its answer is sent or given up. The connection of one request too many is closed: an answer would have to wait for
   * those that are under way. ERR_QUOTA.
   */
  begin(socket: Socket, answered: (listener: () => void) => void): void {
    const visitor = this.#visitors.get(keyOf(socket));
    if (visitor === undefined) return;
    visitor.underWay += 1;
    answered(() => {
      visitor.underWay -= 1;
    });
    const { requestsUnderWay } = this.#limits;
    if (visitor.underWay <= requestsUnderWay) return;
    socket.destroy();
    throw new MeshError("ERR_QUOTA", `more than ${requestsUnderWay} requests under way on one connection`);
  }

  /** Counts a request of somebody who is no member, before anything is opened or verified for it. ERR_QUOTA beyond the network's budget. */
  take(socket: Socket): void {
    if (this.#requests.take(plainAddress(socket.remoteAddress))) return;
    const { strangerRequestBurst: burst, strangerRequestEveryMs: everyMs } = this.#limits;
    throw new MeshError("ERR_QUOTA", `too many requests of strangers from your network: ${burst} at once, then one every ${everyMs} ms`);
  }

  /** A request that was counted and turned out to be a member's. */
  giveBack(socket: Socket): void {
    this.#requests.giveBack(plainAddress(socket.remoteAddress));
  }

  /** Gives the connection a place among the members. */
  admit(socket: Socket): void {
    const visitor = this.#visitors.get(keyOf(socket));
    if (visitor === undefined || visitor.isMember) return;
    visitor.isMember = true;
    this.#strangers.leave(visitor.place);
    this.#members.enter(visitor.place);
  }

  /**
   * Counts what a request holds: a member's beside the others of that account, a stranger's beside those of its network.
   * @param member folded address of the account
   */
  hold(socket: Socket, member?: string): Holding {
    const pool = member === undefined ? this.#strangerOctets : this.#memberOctets;
    const place: Place = { address: member ?? plainAddress(socket.remoteAddress), evict: () => socket.destroy() };
    return { add: (octets) => pool.enter(place, octets), release: () => pool.leave(place) };
  }
}

function keyOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}
