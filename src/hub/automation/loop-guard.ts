/**
 * Finds automations that set themselves off, alone or in a ring. What an automation orders is remembered for a while: when one of these devices then sets
 * off another automation, that one was caused by the first. One that is among its own causes is stopped; so is one that runs too often, for what goes round
 * another way, through the air of a room, say. One that orders of a program set off (Home Assistant, Matter) is stopped sooner, since the program may have
 * rules that answer it, but not at once: people use such programs.
 */
import type { Clock } from "../../base/clock.ts";
import type { Order } from "../command/order.ts";
import { isPerson } from "../command/principal.ts";

/** What led to something. */
export interface Chain {
  /** Keys of automations, the first cause first. */
  readonly keys: readonly string[];
  /** The program whose order came before all of them: whether a person stands behind it, or a rule of its own, nobody knows. */
  readonly program?: string;
}

/** Nothing did: somebody pressed it, ordered it, or it happened. */
export const fromOutside: Chain = { keys: [] };

/** For so long a change of a device counts as what the last order to it has caused. */
const causedMs = 30_000;
/** Automations that one cause may set off one after the other. */
export const mostLinks = 8;
/** Runs of one automation in so long. */
export const mostRuns = 60;
export const runsMs = 10 * 60_000;
/** Of these, what orders of a program have set off: more than people do by hand. */
export const mostByProgram = 20;
/** Devices that are remembered: more than any hub orders in that time. */
const mostDevices = 4096;

/** Who caused what. */
export class LoopGuard {
  readonly #clock: Clock;
  readonly #caused = new Map<string, { readonly chain: Chain; readonly at: number }>();
  readonly #runs = new Map<string, { readonly at: number; readonly isByProgram: boolean }[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What led to the present change of a device; nothing when it came from outside. */
  causes(deviceUdf: string): Chain {
    const found = this.#caused.get(deviceUdf);
    return found === undefined || this.#clock.monotonic() - found.at > causedMs ? fromOutside : found.chain;
  }

  /** Why an automation is not to be run any more; undefined when it may be, and then this run counts. @param said what each of them says */
  refusal(key: string, { keys, program }: Chain, said: (key: string) => string): string | undefined {
    const now = this.#clock.monotonic();
    if (keys.includes(key)) {
      const ring = keys.slice(keys.indexOf(key));
      if (ring.length === 1) return "it set itself off";
      return `it is in a ring of ${ring.length} automations that set each other off: ${ring.map((each) => JSON.stringify(said(each))).join(", ")}`;
    }
    if (keys.length >= mostLinks) return `it is the end of ${keys.length} automations that set each other off; ${mostLinks} may`;
    const runs = (this.#runs.get(key) ?? []).filter(({ at }) => now - at < runsMs);
    const minutes = runsMs / 60_000;
    if (runs.length >= mostRuns) return `it was carried out ${runs.length} times in ${minutes} minutes; ${mostRuns} times it may`;
    const byPrograms = runs.filter(({ isByProgram }) => isByProgram).length;
    if (program !== undefined && byPrograms >= mostByProgram)
      return `orders of programs, of ${program} the last, set it off ${byPrograms} times in ${minutes} minutes; ${mostByProgram} times they may`;
    this.#runs.set(key, [...runs, { at: now, isByProgram: program !== undefined }]);
    return undefined;
  }

  /** Notes that an automation orders devices now. */
  orders(key: string, chain: Chain, devices: readonly string[]): void {
    for (const device of devices) this.#note(device, { ...chain, keys: [...chain.keys, key] });
  }

  /** Somebody has ordered a device, or an automation has, which is known already. After a person's order no automation has caused what it reports. */
  ordered({ deviceUdf, principal, automation }: Pick<Order, "deviceUdf" | "principal" | "automation">): void {
    if (automation !== undefined || principal.kind === "automation") return;
    if (isPerson(principal)) this.#caused.delete(deviceUdf);
    else this.#note(deviceUdf, { keys: [], program: principal.name });
  }

  #note(device: string, chain: Chain): void {
    const at = this.#clock.monotonic();
    this.#caused.delete(device);
    this.#caused.set(device, { chain, at });
    for (const [oldest, { at: then }] of this.#caused) {
      if (this.#caused.size <= mostDevices && at - then <= causedMs) break;
      this.#caused.delete(oldest);
    }
  }

  /** An automation that was changed, or is gone, begins anew. */
  forget(key: string): void {
    this.#runs.delete(key);
  }
}
