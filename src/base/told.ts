/** What a log is told once, and again only after a while, however often somebody brings it about. */
import type { Clock } from "./clock.ts";

const mostKept = 1024;

/** Remembers what was told. Bounded; what was told longest ago is forgotten first. */
export class Told {
  readonly #everyMs: number;
  readonly #clock: Clock;
  readonly #times = new Map<string, number>();

  /** @param options.everyMs after which something is worth telling again */
  constructor(options: { readonly everyMs: number; readonly clock: Clock }) {
    this.#everyMs = options.everyMs;
    this.#clock = options.clock;
  }

  /** True when this is to be told now. */
  isDue(what: string): boolean {
    const now = this.#clock.monotonic();
    const last = this.#times.get(what);
    if (last !== undefined && now - last < this.#everyMs) return false;
    this.#times.delete(what);
    this.#times.set(what, now);
    for (const oldest of this.#times.keys()) {
      if (this.#times.size <= mostKept) break;
      this.#times.delete(oldest);
    }
    return true;
  }

  /** It was not told after all: it is due the next time. */
  forget(what: string): void {
    this.#times.delete(what);
  }

  /** The same for everything that begins so. */
  forgetAll(beginning: string): void {
    for (const what of this.#times.keys()) if (what.startsWith(beginning)) this.#times.delete(what);
  }
}
