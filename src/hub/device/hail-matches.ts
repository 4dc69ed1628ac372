/**
 * Whose a hail is: each key has to be tried. Those who were found last are tried last, since a house that comes back hails device by device, and the same hail
 * is asked for twice, at a login and when it is heard: two hundred devices that come back cost 50 tries each and not 200.
 */
import { toHex } from "../../base/bytes.ts";
import { matchesHail } from "../../link/index.ts";
import type { HailMatch, KnownDevice } from "./known-devices.ts";

/** What is looked at of a device. */
type Hailing = Pick<KnownDevice, "udf" | "activation">;

/** Bound on the keys tried for one hail: a flood of hails must stay cheap. */
const mostTrials = 8192;
/** Hails that were found, and are known for a while. */
const mostKnown = 1024;

/** The keys of a hub's devices, in the order in which they are tried. */
export class HailMatches<T extends Hailing> {
  readonly #devices = new Map<string, T>();
  /** Of the deals in force alone; the oldest first. */
  readonly #found = new Map<string, T>();

  /** Takes a device in, or what has changed of it. */
  set(device: T): void {
    this.#devices.set(device.udf, device);
    this.#found.clear();
  }

  delete(udf: string): void {
    this.#devices.delete(udf);
    this.#found.clear();
  }

  /** The device that a hail belongs to; the deal in force is preferred. */
  match(hail: Uint8Array): { readonly device: T; readonly deal: HailMatch["deal"] } | undefined {
    const name = toHex(hail);
    const known = this.#found.get(name);
    if (known) return { device: known, deal: "current" };
    let trials = 0;
    let previous: T | undefined;
    for (const device of this.#devices.values()) {
      trials += 1 + formerKeys(device).length;
      if (trials > mostTrials) break;
      const deal = matchDevice(device, hail);
      if (deal === "previous") previous = device;
      if (deal !== "current") continue;
      this.#note(name, device);
      return { device, deal };
    }
    return previous && { device: previous, deal: "previous" };
  }

  #note(name: string, device: T): void {
    this.#devices.delete(device.udf);
    this.#devices.set(device.udf, device);
    this.#found.set(name, device);
    const [oldest] = this.#found.keys();
    if (this.#found.size > mostKnown && oldest !== undefined) this.#found.delete(oldest);
  }
}

/** Whether a hail is this device's, and under which deal. */
export function matchDevice({ activation }: Pick<KnownDevice, "activation">, hail: Uint8Array): HailMatch["deal"] | undefined {
  if (matchesHail(activation.HailKey, hail)) return "current";
  return formerKeys({ activation }).some((key) => matchesHail(key, hail)) ? "previous" : undefined;
}

/** Keys under which the device may hail until it has taken the deal in force. */
function formerKeys({ activation: { PreviousHailKey, FormerHailKeys = [] } }: Pick<KnownDevice, "activation">): readonly Uint8Array[] {
  return PreviousHailKey ? [PreviousHailKey, ...FormerHailKeys] : FormerHailKeys;
}
