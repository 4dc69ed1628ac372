/**
 * Connections that have proven nothing: before CONNECT, and unknown clients after it. They are few, so that strangers can neither fill the
 * memory nor take the places of those who log in. When there is no room, the address with the most of them loses its oldest: a stranger
 * with one address displaces himself, and one with many has to be faster than an honest login.
 */

/** Most of them at once: with a packet in part each, they stay below 10 MB. */
export const mostUnproven = 320;

/** A connection as the pool sees it. */
export interface Unproven {
  readonly address: string;
  /** Ends the connection. */
  readonly evict: () => void;
}

/** The connections of one broker that have proven nothing. */
export class UnprovenPool {
  readonly #most: number;
  /** In order of age. */
  readonly #byAddress = new Map<string, Set<Unproven>>();
  #size = 0;

  constructor(most: number = mostUnproven) {
    this.#most = most;
  }

  /** Takes a connection in; another one is evicted when there is no room. */
  enter(connection: Unproven): void {
    const own = this.#byAddress.get(connection.address) ?? new Set();
    this.#byAddress.set(connection.address, own.add(connection));
    this.#size++;
    if (this.#size > this.#most) this.#evict();
  }

  /** The connection has proven itself or is gone; may be called again. */
  leave(connection: Unproven): void {
    const own = this.#byAddress.get(connection.address);
    if (own?.delete(connection) !== true) return;
    this.#size--;
    if (own.size === 0) this.#byAddress.delete(connection.address);
  }

  #evict(): void {
    let heaviest: Set<Unproven> | undefined;
    for (const connections of this.#byAddress.values()) if (heaviest === undefined || connections.size > heaviest.size) heaviest = connections;
    for (const oldest of heaviest ?? []) {
      this.leave(oldest);
      oldest.evict();
      return;
    }
  }
}
