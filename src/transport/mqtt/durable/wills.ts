/** The wills of connected clients, in memory only: a broker that dies takes them along. */
import type { BrokerPacket, BrokerRef, ClientRef } from "./broker-packet.ts";

/** Wills by client. */
export class Wills {
  readonly #wills = new Map<string, BrokerPacket>();

  /** Keeps a client's will, in the name of the broker that it is connected to. */
  put(client: ClientRef, packet: BrokerPacket, broker: BrokerRef): void {
    packet.brokerId = broker.id;
    this.#wills.set(client.id, Object.assign(packet, { clientId: client.id }));
  }

  get(client: ClientRef): BrokerPacket | undefined {
    return this.#wills.get(client.id);
  }

  /** Gives a client's will and forgets it. */
  take(client: ClientRef): BrokerPacket | undefined {
    const will = this.#wills.get(client.id);
    this.#wills.delete(client.id);
    return will;
  }

  /** Wills of clients of brokers that are not among those that live. */
  orphaned(living: Readonly<Record<string, unknown>>): BrokerPacket[] {
    return [...this.#wills.values()].filter(({ brokerId }) => brokerId === undefined || !(brokerId in living));
  }
}
