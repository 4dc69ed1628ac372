/**
 * Handshakes one after the other, with a turn of the event loop after each: what a flood of them takes is time between the requests of those
 * whose sessions stand, never a heap of work in front of them.
 */
import { MeshError } from "../../base/errors.ts";
import { Mutex } from "../../base/mutex.ts";

/** Handshakes that wait; each holds one packet. */
const mostWaiting = 256;

/** The handshakes of one service. */
export class HandshakeTurns {
  readonly #turns = new Mutex();
  #waiting = 0;

  /** Computes a handshake when it is its turn. ERR_SERVICE_UNREACHABLE when too many wait; those of the task. */
  async run<T>(task: () => T): Promise<T> {
    if (this.#waiting >= mostWaiting) throw new MeshError("ERR_SERVICE_UNREACHABLE", `${mostWaiting} handshakes wait already`);
    this.#waiting += 1;
    try {
      return await this.#turns.run(async () => {
        await new Promise((resolve) => setImmediate(resolve));
        return task();
      });
    } finally {
      this.#waiting -= 1;
    }
  }
}
