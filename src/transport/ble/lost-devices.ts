/**
 * Devices that left their connection, or did not come to it. An adapter that connects to one which is not there does nothing else for seconds, so each
 * has to be heard again first; who is there shows itself several times a second.
 */
import type { Clock } from "../../base/clock.ts";
import { Condition } from "../../base/condition.ts";

const withinMs = 1500;
const mostKept = 1024;

/** By address. Bounded: of more, those lost longest ago are connected to unheard. */
export class LostDevices {
  readonly #lost = new Set<string>();
  readonly #changed: Condition;

  constructor(clock: Clock) {
    this.#changed = new Condition(clock);
  }

  lost(address: string): void {
    this.#lost.delete(address);
    this.#lost.add(address);
    const [first] = this.#lost;
    if (this.#lost.size > mostKept && first !== undefined) this.heard(first);
  }

  heard(address: string): void {
    if (this.#lost.delete(address)) this.#changed.notify();
  }

  /** @returns false when it is lost, and is not heard in time. Errors: the signal's reason. */
  async isThere(address: string, signal?: AbortSignal): Promise<boolean> {
    const found = (): true | undefined => (this.#lost.has(address) ? undefined : true);
    return found() ?? (await this.#changed.until(found, { timeMs: withinMs, ...(signal === undefined ? {} : { signal }) })) ?? false;
  }
}
