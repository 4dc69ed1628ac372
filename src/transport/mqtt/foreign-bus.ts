/** The topics of a bridge, wherever its broker is: the hub's own, or one that somebody else runs and that nobody trusts. */
import type { MediumStatus } from "../medium.ts";

/** A message; `retained`: the broker had kept it, so it says nothing of now. */
export interface BusMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly retained: boolean;
}

/** Who listens. */
export interface BusListener {
  message(message: BusMessage): void;
  /** The broker can be reached from here on; what it has kept comes as messages. */
  up(): void;
  down(): void;
}

/** A way to the topics of one bridge. */
export interface ForeignBus {
  start(listener: BusListener): Promise<void>;
  /** Closes every handle; may be called again. */
  stop(): Promise<void>;
  status(): MediumStatus;
  /** Errors: ERR_DEVICE_OFFLINE while the broker cannot be reached, ERR_LINK. */
  publish(topic: string, payload: string): Promise<void>;
}

/** Octets of one message of a bridge, with its topic. */
export const mostBusPacket = 1024 * 1024 + 1024;
