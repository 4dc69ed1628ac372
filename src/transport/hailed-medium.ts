/** What all media do alike: they keep the hails that they hear in a book, and tell of them. */
import type { Clock } from "../base/clock.ts";
import { HailBook } from "./hail-book.ts";
import type { Hail, Peer } from "./medium.ts";

/** The part of a medium that hears. */
export abstract class HailedMedium {
  protected readonly book: HailBook;

  constructor(clock: Clock) {
    this.book = new HailBook(clock);
  }

  onHail(listener: (hail: Hail) => void): () => void {
    return this.book.onHail(listener);
  }

  onGone(listener: (peer: Peer) => void): () => void {
    return this.book.onGone(listener);
  }

  hails(): readonly Hail[] {
    return this.book.current();
  }
}
