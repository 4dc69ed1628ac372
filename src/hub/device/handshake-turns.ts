/**
 * The order in which devices are met when all of them are there at once, as after a power cut. A handshake's time limit begins with its turn, so that
 * waiting is no failure; a peer that does not answer loses its turn before its time is over, so that silent ones hold nobody up. Those that have
 * logged in as devices of the house come first; among the others, networks take turns, so that a crowd at one address costs one share.
 */
import type { Clock } from "../../base/clock.ts";
import { networkOf } from "../../base/crowd/network.ts";
import type { Peer } from "../../transport/medium.ts";
import { originOf } from "../../transport/medium.ts";

/** Handshakes under way at once: enough for slow devices, few enough that a small processor ends each within its time. */
const mostAtOnce = 16;
/** How long a peer may keep its turn without having been met. */
const turnMs = 500;

interface Waiter {
  readonly begin: () => void;
  /** Undefined for members. */
  readonly network: string | undefined;
}

/** Turns of one hub. */
export class HandshakeTurns {
  readonly #clock: Clock;
  readonly #members = new Set<Waiter>();
  /** By network; the first in the map is the next to have a turn. */
  readonly #strangers = new Map<string, Set<Waiter>>();
  #running = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many have a turn now. */
  get running(): number {
    return this.#running;
  }

  /** Does something when its turn has come. Errors: those of the task; the signal's reason while it waits. */
  async take<T>(peer: Peer, signal: AbortSignal, task: () => Promise<T>): Promise<T> {
    await this.#wait(peer, signal);
    const ended = new AbortController();
    const end = (): void => {
      if (ended.signal.aborted) return;
      ended.abort();
      this.#running -= 1;
      this.#next();
    };
    this.#clock.sleep(turnMs, ended.signal).then(end, () => undefined);
    try {
      return await task();
    } finally {
      end();
    }
  }

  async #wait(peer: Peer, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#running < mostAtOnce) {
      this.#running += 1;
      return;
    }
    const network = peer.isMember === true ? undefined : networkOf(originOf(peer));
    await new Promise<void>((resolve, reject) => {
      const giveUp = (): void => {
        this.#leave(waiter);
        reject(signal.reason as Error);
      };
      const waiter: Waiter = {
        network,
        begin: () => {
          signal.removeEventListener("abort", giveUp);
          resolve();
        },
      };
      signal.addEventListener("abort", giveUp, { once: true });
      this.#enter(waiter);
    });
  }

  #enter(waiter: Waiter): void {
    if (waiter.network === undefined) {
      this.#members.add(waiter);
      return;
    }
    const queue = this.#strangers.get(waiter.network) ?? new Set();
    this.#strangers.set(waiter.network, queue.add(waiter));
  }

  #leave(waiter: Waiter): void {
    this.#members.delete(waiter);
    if (waiter.network === undefined) return;
    const queue = this.#strangers.get(waiter.network);
    queue?.delete(waiter);
    if (queue?.size === 0) this.#strangers.delete(waiter.network);
  }

  #next(): void {
    const waiter = this.#first();
    if (waiter === undefined) return;
    this.#leave(waiter);
    this.#running += 1;
    waiter.begin();
  }

  /** The network that is served goes to the end. */
  #first(): Waiter | undefined {
    for (const member of this.#members) return member;
    for (const [network, queue] of this.#strangers) {
      this.#strangers.delete(network);
      this.#strangers.set(network, queue);
      for (const waiter of queue) return waiter;
    }
    return undefined;
  }
}
