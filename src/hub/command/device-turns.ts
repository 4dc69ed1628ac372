/**
 * Orders wait for a device one behind the other, whoever gave them: so many of each principal, for so long, and judged once more when their turn has
 * come, by the rights of then.
 */
import type { Clock } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import { KeyedMutex } from "../../base/keyed-mutex.ts";
import { Tally } from "../../base/tally.ts";
import type { Principal } from "./principal.ts";

/** Orders of one principal that wait for one device, the one under way with them. */
export const mostWaiting = 32;

/** What takes a turn. */
export interface Turn {
  readonly principal: Principal;
  readonly deviceUdf: string;
  /** Milliseconds after which it is not given any more. */
  readonly mostWaitMs: number;
  /** Why it may not be given, asked when its turn has come: rights may have ended in the queue. */
  readonly refusal: () => MeshError | undefined;
}

/** The turns of all devices. */
export class DeviceTurns {
  readonly #clock: Clock;
  readonly #turns = new KeyedMutex();
  /** Orders that wait, by principal and device. */
  readonly #waiting = new Tally();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Runs a task when its turn has come. Errors: ERR_BUSY beyond `mostWaiting`, ERR_COMMAND_EXPIRED, the refusal, those of the task. */
  async run<T>({ principal, deviceUdf, mostWaitMs, refusal }: Turn, task: () => Promise<T>): Promise<T> {
    const name = `${principal.id} ${deviceUdf}`;
    if (this.#waiting.of(name) >= mostWaiting)
      throw new MeshError("ERR_BUSY", `${mostWaiting} orders of ${principal.name} wait for ${deviceUdf}, and no more`);
    const queued = this.#clock.monotonic();
    const whenItsTurn = async (): Promise<T> => {
      const ended = refusal();
      if (ended) throw ended;
      if (this.#clock.monotonic() - queued > mostWaitMs)
        throw new MeshError("ERR_COMMAND_EXPIRED", "the command expired while the device was busy with others");
      return task();
    };
    return this.#waiting.during(name, () => this.#turns.run(deviceUdf, whenItsTurn));
  }
}
