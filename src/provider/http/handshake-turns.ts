/**
 * Handshakes one after the other, with a turn of the event loop after each: what a flood of them takes is time between the requests of those
 * whose sessions stand, never a heap of work in front of them.
 */
import { AtMost } from "../../base/crowd/at-most.ts";
import { MeshError } from "../../base/errors.ts";
import { Mutex } from "../../base/mutex.ts";

/** Handshakes that wait; each holds one packet. */
const mostWaiting = 256;

/** The handshakes of one service. */
export class HandshakeTurns {
  readonly #turns = new Mutex();
  readonly #waiting = new AtMost(mostWaiting, (most) => new MeshError("ERR_SERVICE_UNREACHABLE", `${most} handshakes wait already`));

  /** Computes a handshake when it is its turn. ERR_SERVICE_UNREACHABLE when too many wait; those of the task. */
  async run<T>(task: () => T): Promise<T> {
    return this.#waiting.run(() =>
      this.#turns.run(async () => {
        await new Promise((resolve) => setImmediate(resolve));
        return task();
      }),
    );
  }
}
