/** Streams of events that are open, in all and for each token or page: each of them is told of every change. */
import { MeshError } from "../../base/errors.ts";
import { Tally } from "../../base/tally.ts";

const most = 64;
const mostEach = 8;

/** Counts open streams. */
export class StreamCount {
  readonly #open = new Tally();

  /** Takes a place: the function that gives it back, which may be called again. ERR_QUOTA. */
  enter(id: string): () => void {
    if (this.#open.of(id) >= mostEach)
      throw new MeshError("ERR_QUOTA", `${mostEach} streams are open with this token or page, and there are no more`, {
        hint: "close one of its windows",
      });
    if (this.#open.total >= most)
      throw new MeshError("ERR_QUOTA", `this hub serves ${most} streams at once, and they are taken`, { hint: "close a window of the page" });
    this.#open.add(id);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#open.drop(id);
    };
  }
}
