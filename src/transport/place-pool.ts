/**
 * Places for connections of one kind, above all for those that have proven nothing (at a broker before CONNECT and unknown clients after it,
 * at a device before the handshake): they are few, so that strangers can neither fill the memory nor keep out those who prove themselves.
 * When there is no room, the address with the most of them loses its oldest: a stranger with one address displaces himself, and one with
 * many has to be faster than an honest login.
 */

/** A connection as the pool sees it. */
export interface Place {
  readonly address: string;
  /** Ends the connection. */
  readonly evict: () => void;
}

/** The connections of one listener. */
export class PlacePool {
  readonly #most: number;
  /** In order of age. */
  readonly #byAddress = new Map<string, Set<Place>>();
  #size = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Takes a connection in; another one is evicted when there is no room. */
  enter(connection: Place): void {
    const own = this.#byAddress.get(connection.address) ?? new Set();
    this.#byAddress.set(connection.address, own.add(connection));
    this.#size++;
    if (this.#size > this.#most) this.#evict();
  }

  /** The connection is gone, or of another kind now; may be called again. */
  leave(connection: Place): void {
    const own = this.#byAddress.get(connection.address);
    if (own?.delete(connection) !== true) return;
    this.#size--;
    if (own.size === 0) this.#byAddress.delete(connection.address);
  }

  #evict(): void {
    let heaviest: Set<Place> | undefined;
    for (const connections of this.#byAddress.values()) if (heaviest === undefined || connections.size > heaviest.size) heaviest = connections;
    for (const oldest of heaviest ?? []) {
      this.leave(oldest);
      oldest.evict();
      return;
    }
  }
}
