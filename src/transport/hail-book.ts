/**
 * The hails that a medium has heard lately, bounded in number and age, and who wants to know about them.
 * One peer can hold only a few places, and a flood of invented hails pushes out those of the network that most of them come from.
 */

import { toHex } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import type { Place } from "../base/crowd/place-pool.ts";
import { PlacePool } from "../base/crowd/place-pool.ts";
import { Listeners } from "../base/listeners.ts";
import type { Hail, Peer } from "./medium.ts";
import { originOf } from "./medium.ts";

const mostHails = 1024;
const mostPerPeer = 16;
const lifetimeMs = 20 * 60_000;

/** Hails of one medium. */
export class HailBook {
  readonly #clock: Clock;
  /** By octets and peer; insertion order is age. */
  readonly #hails = new Map<string, { readonly hail: Hail; readonly place: Place }>();
  readonly #places = new PlacePool({ most: mostHails });
  readonly #byPeer = new Map<string, Set<string>>();
  readonly #heard = new Listeners<Hail>();
  readonly #left = new Listeners<Peer>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Notes a hail and tells the listeners; a repeated one counts as new. */
  heard(octets: Uint8Array, peer: Peer): void {
    const hail: Hail = { octets, peer, at: this.#clock.monotonic() };
    const key = `${toHex(octets)} ${peer.address}`;
    this.#drop(key);
    const place: Place = { address: originOf(peer), evict: () => this.#drop(key) };
    this.#hails.set(key, { hail, place });
    const ofPeer = this.#byPeer.get(peer.address) ?? new Set();
    this.#byPeer.set(peer.address, ofPeer.add(key));
    const [first] = ofPeer;
    if (ofPeer.size > mostPerPeer && first !== undefined) this.#drop(first);
    this.#places.enter(place);
    this.#heard.tell(hail);
  }

  /** Forgets a peer's hails; with `tell`, its leaving is announced, also when it had none. */
  gone(peer: Peer, tell = true): void {
    for (const key of [...(this.#byPeer.get(peer.address) ?? [])]) this.#drop(key);
    if (tell) this.#left.tell(peer);
  }

  /** The hails in force, newest first. */
  current(): readonly Hail[] {
    const oldest = this.#clock.monotonic() - lifetimeMs;
    for (const [key, { hail }] of this.#hails) {
      if (hail.at >= oldest) break;
      this.#drop(key);
    }
    return [...this.#hails.values()].map(({ hail }) => hail).reverse();
  }

  onHail(listener: (hail: Hail) => void): () => void {
    return this.#heard.add(listener);
  }

  onGone(listener: (peer: Peer) => void): () => void {
    return this.#left.add(listener);
  }

  clear(): void {
    for (const key of [...this.#hails.keys()]) this.#drop(key);
  }

  #drop(key: string): void {
    const known = this.#hails.get(key);
    if (known === undefined) return;
    const { hail, place } = known;
    this.#hails.delete(key);
    this.#places.leave(place);
    const ofPeer = this.#byPeer.get(hail.peer.address);
    ofPeer?.delete(key);
    if (ofPeer?.size === 0) this.#byPeer.delete(hail.peer.address);
  }
}
