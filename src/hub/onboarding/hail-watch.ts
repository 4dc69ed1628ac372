/** Step find: the peers that hail with the key of one code, on all media. A hail proves nothing; who replays one is found out later. */
import { Listeners } from "../../base/listeners.ts";
import { matchesHail } from "../../link/index.ts";
import type { Hail, Medium, Peer } from "../../transport/medium.ts";

/** Peers kept at once; a flood of replayed hails pushes out the oldest. */
const most = 16;

const keyOf = (peer: Peer): string => `${peer.medium} ${peer.address}`;

/** Watches from its making until `stop`. */
export class HailWatch {
  readonly #key: Uint8Array;
  readonly #peers = new Map<string, Peer>();
  readonly #heardOf = new Listeners();
  readonly #undo: (() => void)[] = [];

  constructor(options: { readonly media: readonly Medium[]; readonly hailKey: Uint8Array }) {
    this.#key = options.hailKey;
    for (const medium of options.media) {
      this.#undo.push(
        medium.onHail((hail) => this.#heard(hail)),
        medium.onGone((peer) => this.#peers.delete(keyOf(peer))),
      );
      for (const hail of [...medium.hails()].reverse()) this.#heard(hail);
      medium.refresh?.();
    }
  }

  /** Peers that hail with the key, oldest first. */
  get peers(): readonly Peer[] {
    return [...this.#peers.values()];
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
    this.#peers.set(keyOf(peer), peer);
    if (this.#peers.size > most) {
      const oldest = this.#peers.keys().next().value;
      if (oldest !== undefined) this.#peers.delete(oldest);
    }
    this.#heardOf.tell();
  }
}
