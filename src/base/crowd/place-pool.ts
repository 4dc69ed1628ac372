/**
 * Room for those of one kind, above all for those that have proven nothing (at a broker before CONNECT and unknown clients after it, at a
 * device before the handshake, at a service before a ticket opens): it is small, so that strangers can neither fill the memory nor keep out
 * those who prove themselves. When there is no room, the network with the most of it loses its oldest: a stranger with one address displaces
 * himself, and one with many has to be faster than an honest login.
 */
import { networkOf } from "./network.ts";

/** A connection as the pool sees it. */
export interface Place {
  readonly address: string;
  /** Ends the connection. */
  readonly evict: () => void;
}

/** How much room there is, in what the pool counts: connections, or octets that they hold. */
export interface Room {
  readonly most: number;
  /** Of one network; by default as much as of all. */
  readonly each?: number;
}

interface Group {
  weight: number;
  /** Weights in order of age. */
  readonly places: Map<Place, number>;
}

/** The connections of one listener. */
export class PlacePool {
  readonly #room: Room;
  /** In order of age. */
  readonly #groups = new Map<string, Group>();
  #weight = 0;

  constructor(room: Room) {
    this.#room = room;
  }

  /** Takes a connection in, or adds to what it holds; the oldest of the heaviest network are evicted until there is room. */
  enter(place: Place, weight = 1): void {
    const network = networkOf(place.address);
    const group = this.#groups.get(network) ?? { weight: 0, places: new Map() };
    this.#groups.set(network, group);
    group.places.set(place, (group.places.get(place) ?? 0) + weight);
    group.weight += weight;
    this.#weight += weight;
    while (group.weight > (this.#room.each ?? this.#room.most)) this.#evictOldest(group);
    while (this.#weight > this.#room.most) this.#evictOldest(this.#heaviest());
  }

  /** The connection is gone, or of another kind now; may be called again. */
  leave(place: Place): void {
    const network = networkOf(place.address);
    const group = this.#groups.get(network);
    const weight = group?.places.get(place);
    if (group === undefined || weight === undefined) return;
    group.places.delete(place);
    group.weight -= weight;
    this.#weight -= weight;
    if (group.places.size === 0) this.#groups.delete(network);
  }

  #heaviest(): Group | undefined {
    let heaviest: Group | undefined;
    for (const group of this.#groups.values()) if (heaviest === undefined || group.weight > heaviest.weight) heaviest = group;
    return heaviest;
  }

  #evictOldest(group: Group | undefined): void {
    for (const oldest of group?.places.keys() ?? []) {
      this.leave(oldest);
      oldest.evict();
      return;
    }
  }
}
