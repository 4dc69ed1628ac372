/** Shares that agree in one request: each is opened and split at random once, when the first agreement is due, and forgotten with the request. */
import { toHex } from "../../base/bytes.ts";
import type { SplitShare } from "../../crypto/index.ts";
import { splitShare } from "../../crypto/index.ts";
import type { CapabilityDecryptServiced } from "../../schema/index.ts";
import type { PowerTools } from "./exercise.ts";
import { openShare } from "./exercise.ts";

/** The shares of one request. */
export class RequestShares {
  readonly #split = new Map<string, SplitShare>();

  /** The share of a power, weighted and split. ERR_VERIFICATION when it was sealed for something else, ERR_KEY. */
  split(tools: PowerTools, { Id, EnvelopedKeyShare }: CapabilityDecryptServiced, keyCoefficient: Uint8Array | undefined): SplitShare {
    const name = `${Id} ${keyCoefficient === undefined ? "" : toHex(keyCoefficient)}`;
    const known = this.#split.get(name);
    if (known) return known;
    const made = openShare(tools, Id, EnvelopedKeyShare, (share) => splitShare(share, { keyCoefficient, random: tools.random }));
    this.#split.set(name, made);
    return made;
  }
}
