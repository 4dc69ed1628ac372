/** Step find: the peers that hail with the key of one code, on all media. A hail proves nothing; who replays one is found out later. */
import type { Place } from "../../base/crowd/place-pool.ts";
import { PlacePool } from "../../base/crowd/place-pool.ts";
import { Listeners } from "../../base/listeners.ts";
import { matchesHail } from "../../link/index.ts";
import type { Hail, Medium, Peer } from "../../transport/medium.ts";
import { keyOf, originOf } from "../../transport/medium.ts";

/** Peers kept at once; a flood of replayed hails pushes out the oldest of the network that most of them come from. */
const most = 16;

/** Watches from its making until `stop`. */
export class HailWatch {
  readonly #key: Uint8Array;
  readonly #peers = new Map<string, { readonly peer: Peer; readonly place: Place }>();
  readonly #places = new PlacePool({ most });
  readonly #heardOf = new Listeners();
  readonly #undo: (() => void)[] = [];

  constructor(options: { readonly media: readonly Medium[]; readonly hailKey: Uint8Array }) {
    this.#key = options.hailKey;
    for (const medium of options.media) {
      this.#undo.push(
        medium.onHail((hail) => this.#heard(hail)),
        medium.onGone((peer) => this.#forget(peer)),
      );
      for (const hail of [...medium.hails()].reverse()) this.#heard(hail);
      medium.refresh?.();
    }
  }

  /** Peers that hail with the key, oldest first. */
  get peers(): readonly Peer[] {
    return [...this.#peers.values()].map(({ peer }) => peer);
  }

  /** Calls the listener whenever a peer hails with the key. */
  onPeer(listener: () => void): () => void {
    return this.#heardOf.add(listener);
  }

  stop(): void {
    for (const undo of this.#undo.splice(0)) undo();
    this.#peers.clear();
    this.#heardOf.clear();
  }

  #heard({ octets, peer }: Hail): void {
    if (!matchesHail(this.#key, octets)) return;
    this.#forget(peer);
    const place: Place = { address: originOf(peer), evict: () => this.#forget(peer) };
    this.#peers.set(keyOf(peer), { peer, place });
    this.#places.enter(place);
    this.#heardOf.tell();
  }

  #forget(peer: Peer): void {
    const known = this.#peers.get(keyOf(peer));
    if (known === undefined) return;
    this.#peers.delete(keyOf(peer));
    this.#places.leave(known.place);
  }
}
