/** Waiting for a device to be linked: whoever has something for it is given its next session, or told that it cannot be reached. */
import { type Clock, dateTime } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import type { LinkSession } from "../../link/index.ts";

/** The next session of one device. */
export class ExpectedSession {
  readonly #clock: Clock;
  readonly #deviceUdf: string;
  readonly #waiters = new Set<(session: LinkSession) => void>();

  constructor(clock: Clock, deviceUdf: string) {
    this.#clock = clock;
    this.#deviceUdf = deviceUdf;
  }

  /** Whether somebody waits for it. */
  get isAwaited(): boolean {
    return this.#waiters.size > 0;
  }

  /** Gives a session to all who wait. */
  arrived(session: LinkSession): void {
    for (const wake of [...this.#waiters]) wake(session);
  }

  /** The next session, within so many milliseconds; `wakesAt` says when a device wakes that sleeps. Errors: ERR_DEVICE_OFFLINE, and the reason of the signal. */
  async wait(ms: number, closing: AbortSignal, wakesAt?: number): Promise<LinkSession> {
    const settled = new AbortController();
    const signal = AbortSignal.any([settled.signal, closing]);
    let wake: (session: LinkSession) => void = () => undefined;
    const opened = new Promise<LinkSession>((resolve) => {
      wake = resolve;
      this.#waiters.add(resolve);
    });
    const over = this.#clock.sleep(Math.max(0, ms), signal).then(() => {
      if (wakesAt === undefined) throw new MeshError("ERR_DEVICE_OFFLINE", `device ${this.#deviceUdf} cannot be reached`);
      throw new MeshError("ERR_DEVICE_OFFLINE", `device ${this.#deviceUdf} sleeps until ${dateTime(wakesAt)}`, {
        hint: "order it again then, or from afar with a later end: the order waits for the device",
      });
    });
    try {
      return await Promise.race([opened, over]);
    } finally {
      this.#waiters.delete(wake);
      settled.abort();
    }
  }
}
