/** Places for connections to the broker, whatever they speak in: each is counted when it comes, before anything is computed for it. */
import type { Socket } from "node:net";
import type { Clock } from "../../../base/clock.ts";
import { ConnectionCounter } from "../../../base/crowd/connection-counter.ts";
import { plainAddress } from "../../../base/crowd/network.ts";
import { type Place, PlacePool } from "../../../base/crowd/place-pool.ts";
import { type BrokerLimits, defaultBrokerLimits, mostUnproven } from "./broker-limits.ts";

/** What seats are made of. */
export interface SeatsOptions {
  readonly limits?: BrokerLimits | undefined;
  readonly clock: Clock;
  /** Told of each connection that gets none, or has to leave. */
  readonly onRefused: (refused: { readonly address: string; readonly reason: string }) => void;
}

/** The seats of a broker. */
export class Seats {
  readonly #options: SeatsOptions;
  readonly #counter: ConnectionCounter;
  readonly #unproven: PlacePool;
  readonly #taken = new Set<Socket>();

  constructor(options: SeatsOptions) {
    const { limits = defaultBrokerLimits, clock } = options;
    this.#options = options;
    this.#counter = new ConnectionCounter(limits, clock);
    this.#unproven = new PlacePool({ most: limits.unproven ?? mostUnproven });
  }

  /** The seat of a connection until it ends; undefined when there is none, and the connection is closed. */
  take(socket: Socket): Place | undefined {
    const address = plainAddress(socket.remoteAddress);
    const leave = this.#counter.enter(address);
    const refuse = (reason: string): void => {
      this.#options.onRefused({ address, reason });
      socket.destroy();
    };
    if (typeof leave === "string") {
      refuse(leave);
      return undefined;
    }
    const seat: Place = { address, evict: () => refuse("too many connections that have proven nothing") };
    this.#unproven.enter(seat);
    this.#taken.add(socket);
    socket.once("close", () => {
      this.#taken.delete(socket);
      this.#unproven.leave(seat);
      leave();
    });
    return seat;
  }

  /** Who sits there has proven who he is: he gives way to no newcomer. */
  proven(seat: Place): void {
    this.#unproven.leave(seat);
  }

  /** Ends all connections. */
  clear(): void {
    for (const socket of this.#taken) socket.destroy();
  }
}
