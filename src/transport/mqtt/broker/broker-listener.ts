/** What the hub's own parts learn from the broker: clients that come and go, messages. */
import type { Standing } from "./access-policy.ts";

/** An admitted client, as listeners see it. */
export interface BrokerClient {
  readonly id: string;
  readonly standing: Standing;
  readonly address: string;
}

/** A message as the hub's own parts see it; `from` is the publishing client's id, absent for the hub itself. */
export interface BrokerMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly from?: string;
}

/** What the hub's own parts may follow. */
export interface BrokerListener {
  /** The broker can be reached at this port from here on. */
  listening?(port: number): void;
  connected?(client: BrokerClient): void;
  disconnected?(client: BrokerClient): void;
  subscribed?(clientId: string, filters: readonly string[]): void;
}
