/**
 * Finds automations that set themselves off, alone or in a ring. What an automation orders is remembered for a while: when one of these devices then sets
 * off another automation, that one was caused by the first. One that is among its own causes is stopped; so is one that runs too often, for what goes round
 * another way, through the air of a room, say.
 */
import type { Clock } from "../../base/clock.ts";

/** Keys of the automations that led to something, the first cause first. */
export type Chain = readonly string[];

/** For so long a change of a device counts as what the last order to it has caused. */
const causedMs = 30_000;
/** Automations that one cause may set off one after the other. */
export const mostLinks = 8;
/** Runs of one automation in so long. */
export const mostRuns = 60;
export const runsMs = 10 * 60_000;
/** Devices that are remembered: more than any hub orders in that time. */
const mostDevices = 4096;

/** Who caused what. */
export class LoopGuard {
  readonly #clock: Clock;
  readonly #caused = new Map<string, { readonly chain: Chain; readonly at: number }>();
  readonly #runs = new Map<string, number[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What led to the present change of a device; nothing when it came from outside. */
  causes(deviceUdf: string): Chain {
    const found = this.#caused.get(deviceUdf);
    return found === undefined || this.#clock.monotonic() - found.at > causedMs ? [] : found.chain;
  }

  /** Why an automation is not to be run any more; undefined when it may be, and then this run counts. @param said what each of them says */
  refusal(key: string, chain: Chain, said: (key: string) => string): string | undefined {
    const now = this.#clock.monotonic();
    if (chain.includes(key)) {
      const ring = chain.slice(chain.indexOf(key));
      if (ring.length === 1) return "it set itself off";
      return `it is in a ring of ${ring.length} automations that set each other off: ${ring.map((each) => JSON.stringify(said(each))).join(", ")}`;
    }
    if (chain.length >= mostLinks) return `it is the end of ${chain.length} automations that set each other off; ${mostLinks} may`;
    const runs = (this.#runs.get(key) ?? []).filter((at) => now - at < runsMs);
    if (runs.length >= mostRuns) return `it was carried out ${runs.length} times in ${runsMs / 60_000} minutes; ${mostRuns} times it may`;
    this.#runs.set(key, [...runs, now]);
    return undefined;
  }

  /** Notes that an automation orders devices now. */
  orders(key: string, chain: Chain, devices: readonly string[]): void {
    const at = this.#clock.monotonic();
    for (const device of devices) {
      this.#caused.delete(device);
      this.#caused.set(device, { chain: [...chain, key], at });
    }
    for (const [device, { at: then }] of this.#caused) {
      if (this.#caused.size <= mostDevices && at - then <= causedMs) break;
      this.#caused.delete(device);
    }
  }

  /** A person has ordered a device: what it reports from here on no automation has caused. */
  ordered(deviceUdf: string): void {
    this.#caused.delete(deviceUdf);
  }

  /** An automation that was changed, or is gone, begins anew. */
  forget(key: string): void {
    this.#runs.delete(key);
  }
}
