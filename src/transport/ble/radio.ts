/**
 * A Bluetooth LE adapter as the hub uses it: it hears advertisements and carries packets of the device link over GATT. One interface for the
 * packages that drive an adapter (noble-radio.ts), for the child process in which they run (radio-child.ts) and for the adapters of tests.
 * A radio is used once: whatever goes wrong with it ends it, and whoever uses it makes another (radio-keeper.ts).
 */

/** One advertisement with service data of the device link. */
export interface Advertisement {
  /** Address in lower-case hexadecimal without separators; random ones change. */
  readonly address: string;
  /** The service data as sent; nothing about it has been checked. */
  readonly data: Uint8Array;
}

/** What a radio tells. */
export interface RadioListener {
  heard(advertisement: Advertisement): void;
  /** Something was received, of whomever: the adapter is not deaf. */
  alive(): void;
  packet(link: number, packet: Uint8Array): void;
  /** A connection has ended by itself. */
  closed(link: number, reason: string): void;
  /** The radio is of no use any more, and all its connections are gone. Called once, unless it was stopped. */
  ended(reason: string): void;
}

/** What is agreed on when a connection stands. */
export interface RadioLink {
  /** ATT MTU. */
  readonly mtu: number;
  /** The value of the characteristic `largest`. */
  readonly largest: Uint8Array;
}

/** An adapter. Calls reject with an Error that says why, in words for the owner. */
export interface Radio {
  /** Resolves when the adapter is on. */
  start(listener: RadioListener): Promise<void>;
  stop(): Promise<void>;
  /** Listens to advertisements, or ceases to. */
  scan(on: boolean): Promise<void>;
  /** Connects and subscribes; `link` is the caller's number for the connection. One at a time. */
  connect(link: number, address: string): Promise<RadioLink>;
  /** Writes without response; in the order of the calls. */
  write(link: number, packet: Uint8Array): Promise<void>;
  /** Ends a connection, also one that is being made. */
  disconnect(link: number): Promise<void>;
  /** Puts the adapter into the state of after power-on; it ends the radio. */
  reset(): Promise<void>;
}
