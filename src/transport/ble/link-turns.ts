/**
 * An adapter carries few connections at once. Who wants one waits in line; when somebody waits, the connection that has been idle longest
 * gives way, once it has been idle for a while: its device is met again in its turn. Whom a person waits for goes first, and is given way to sooner.
 */
import type { Clock } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";

/** How many connections there are, and how they are shared. */
export interface LinkTurnsOptions {
  readonly most: number;
  readonly clock: Clock;
  /** Milliseconds without a packet after which a connection may be asked to give way. */
  readonly idleMs?: number;
  /** Milliseconds that somebody waits at most. */
  readonly patienceMs?: number;
}

/** A place for one connection. */
export interface Turn {
  /** A packet went or came. */
  used(): void;
  /** Sets what ends the connection when it has to give way; before that it is not asked to. */
  onGiveWay(end: () => void): void;
  leave(): void;
}

interface Held {
  usedAt: number;
  giveWay: (() => void) | undefined;
}

interface Waiter {
  readonly address: string;
  readonly admit: () => void;
}

const usualIdleMs = 2000;
/** The same for who gives way to one in a hurry: most devices answer sooner. */
const hurriedIdleMs = 500;
/** How long somebody in a hurry is taken for one, and how many are. */
const hurryMs = 20_000;
const mostHurried = 256;
const usualPatienceMs = 60_000;
const mostWaiting = 256;
const lookMs = 100;

/** The connections of one adapter. */
export class LinkTurns {
  readonly #options: LinkTurnsOptions;
  readonly #held = new Set<Held>();
  readonly #waiting = new Set<Waiter>();
  /** Until when, by address. */
  readonly #hurried = new Map<string, number>();
  #looking: Promise<void> | undefined;

  constructor(options: LinkTurnsOptions) {
    this.#options = options;
  }

  /** Somebody waits for the connection with this device. */
  hurry(address: string): void {
    this.#hurried.delete(address);
    this.#hurried.set(address, this.#options.clock.monotonic() + hurryMs);
    const [first] = this.#hurried.keys();
    if (this.#hurried.size > mostHurried && first !== undefined) this.#hurried.delete(first);
    this.#giveWay();
  }

  /** Waits for a place. Throws ERR_DEVICE_OFFLINE when none comes free in time, the signal's reason when aborted. */
  async take(address: string, signal?: AbortSignal): Promise<Turn> {
    signal?.throwIfAborted();
    const { most, clock, patienceMs = usualPatienceMs } = this.#options;
    if (this.#held.size < most && this.#waiting.size === 0) return this.#enter(address);
    if (this.#waiting.size >= mostWaiting) throw new MeshError("ERR_DEVICE_OFFLINE", `${mostWaiting} devices wait for the Bluetooth adapter already`);
    const settled = new AbortController();
    const ends = signal === undefined ? settled.signal : AbortSignal.any([settled.signal, signal]);
    let turn: Turn | undefined;
    let waiter: Waiter | undefined;
    const admitted = new Promise<void>((resolve) => {
      waiter = {
        address,
        admit: () => {
          turn = this.#enter(address);
          resolve();
        },
      };
      this.#waiting.add(waiter);
    });
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    try {
      await Promise.race([admitted, clock.sleep(patienceMs, ends)]);
    } catch (error) {
      (turn as Turn | undefined)?.leave();
      throw error;
    } finally {
      settled.abort();
      if (waiter !== undefined) this.#waiting.delete(waiter);
    }
    if (turn === undefined) throw new MeshError("ERR_DEVICE_OFFLINE", `all ${most} connections of the Bluetooth adapter are in use`);
    return turn;
  }

  #enter(address: string): Turn {
    const { clock } = this.#options;
    this.#hurried.delete(address);
    const held: Held = { usedAt: clock.monotonic(), giveWay: undefined };
    this.#held.add(held);
    return {
      used: () => {
        held.usedAt = clock.monotonic();
      },
      onGiveWay: (end) => {
        held.giveWay = end;
      },
      leave: () => {
        if (this.#held.delete(held)) this.#admit();
      },
    };
  }

  #admit(): void {
    const inOrder = [...this.#waiting].sort((a, b) => Number(this.#isHurried(b)) - Number(this.#isHurried(a)));
    for (const waiter of inOrder.slice(0, Math.max(0, this.#options.most - this.#held.size))) {
      this.#waiting.delete(waiter);
      waiter.admit();
    }
  }

  #isHurried({ address }: Waiter): boolean {
    return (this.#hurried.get(address) ?? Number.NEGATIVE_INFINITY) > this.#options.clock.monotonic();
  }

  async #look(): Promise<void> {
    while (this.#waiting.size > 0) {
      this.#giveWay();
      await this.#options.clock.sleep(lookMs);
    }
  }

  /** While somebody waits: the one that has been idle longest gives way. */
  #giveWay(): void {
    const { clock, idleMs = usualIdleMs } = this.#options;
    if (this.#waiting.size === 0) return;
    const [idlest] = [...this.#held].filter(({ giveWay }) => giveWay !== undefined).sort((a, b) => a.usedAt - b.usedAt);
    const leastMs = [...this.#waiting].some((waiter) => this.#isHurried(waiter)) ? Math.min(idleMs, hurriedIdleMs) : idleMs;
    if (idlest === undefined || clock.monotonic() - idlest.usedAt < leastMs) return;
    const { giveWay } = idlest;
    idlest.giveWay = undefined;
    giveWay?.();
  }
}
